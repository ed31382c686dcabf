"""The report's sections about the future: figures, charts and lists for the template."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.analyze import model_charts
from zhike.analytics.analyze.cards import Remark
from zhike.analytics.analyze.forecasts import Forecasts
from zhike.analytics.analyze.leaving import probabilities
from zhike.analytics.analyze.report_words import ReportWords
from zhike.analytics.analyze.wording import number_text, percent_text
from zhike.analytics.orders import day_number, day_of

LISTED, WEEKS = 12, 12
_METHODS = ("model", "past rate", "past spend", "recency")


@dataclass(frozen=True)
class Section:
    """``figures`` are (label, value, hint); ``remarks`` sentences; without ``made`` there is no data."""

    made: bool
    remarks: tuple[str, ...] = ()
    lead: str = ""
    figures: tuple[tuple[str, str, str], ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


class ModelSections:
    """What the template ``models.html.j2`` shows."""

    def __init__(
        self, ahead: Forecasts, table: pa.Table, ids: pa.Array, as_of: date, words: ReportWords
    ) -> None:
        """``ids`` are the engine's numbers of the rows of ``table``."""
        self.ahead, self.table, self.words, self.lang = ahead, table, words, words.lang
        self.ids, self.as_of = ids, as_of

    def all(self) -> dict[str, Section]:
        return {
            "value": self.value(),
            "leaving": self.leaving(),
            "coming": self.coming(),
            "offers": self.offers(),
        }

    # --- value -----------------------------------------------------------------------------------------

    def value(self) -> Section:
        found = self.ahead.value
        remarks = self._remarks(*(guard for card in found.cards for guard in card.guards))
        if found.table is None:
            return Section(made=False, remarks=remarks)
        lead = self.words(
            "value_lead",
            basis=self.words(found.basis + "_value"),
            months=found.horizon_months,
            discount=percent_text(found.discount, 0),
        )
        data = {
            "tenths": self._tenths(),
            "interval": percent_text(self._params()["interval"], 0),
            "top": self._rows(self._order("clv")[:LISTED]),
            **self._backtest(),
        }
        return Section(True, remarks, lead, self._value_figures(), data)

    def _params(self) -> Any:
        return self.ahead.value.cards[0].params

    def _value_figures(self) -> tuple[tuple[str, str, str], ...]:
        values, found = self._numbers("clv"), self.ahead.value
        total, best = values.sum(), np.sort(values)[::-1][: -(-len(values) // 5)].sum()
        rows = (
            ("value_total", number_text(float(total)), found.horizon_months),
            ("value_orders", number_text(float(self._numbers("expected_orders").sum())), ""),
            ("value_active", number_text(float(self._numbers("p_active").sum())), number_text(len(values))),
            ("value_top", percent_text(float(best / total) if total > 0 else None), ""),
        )
        return tuple((self.words(key), value, self.words(key + "_hint", n=n)) for key, value, n in rows)

    def _tenths(self) -> model_charts.BarChart:
        values = np.sort(self._numbers("clv"))[::-1]
        total = max(float(values.sum()), 1e-9)
        shares = [100 * float(part.sum()) / total for part in np.array_split(values, 10)]
        labels = [f"{number}" for number in range(1, 11)]
        return model_charts.bar_chart(labels, {self.words("value_share"): shares}, self.lang, 1, "%")

    def _backtest(self) -> dict[str, Any]:
        back = self.ahead.value.backtest
        if back is None:
            return {"tracking": None}
        tracking = back.tracking
        lines = {self.words("actual"): tracking["actual"], self.words("forecast"): tracking["expected"]}
        days = [day.isoformat()[:7] for day in tracking["day"]]
        pairs = {self.words("actual"): back.tenths["actual"], self.words("forecast"): back.tenths["expected"]}
        return {
            "tracking": model_charts.line_chart(days, lines, self.lang, back.at.isoformat()[:7]),
            "calibration": model_charts.bar_chart(
                [str(n) for n in range(1, len(back.tenths["actual"]) + 1)], pairs, self.lang
            ),
            "at": back.at,
            "methods": [self._method(name, back.scores[name]) for name in _METHODS],
            "note": self.words(
                "value_scores_hint",
                customers=number_text(back.customers),
                purchases=number_text(back.purchases),
                interval=percent_text(back.interval, 0),
                coverage=percent_text(back.coverage),
            ),
        }

    def _method(self, name: str, scores: dict[str, float | None]) -> list[str]:
        bias, mae = scores["bias"], scores["mae"]
        return [
            self.words("value_" + name.replace(" ", "_")),
            "—" if bias is None else ("+" if bias > 0 else "−") + percent_text(abs(bias)),
            "—" if mae is None else number_text(mae, 2),
            _share(scores["gini"]),
            percent_text(scores["top_fifth"]),
            _share(scores["auc"]),
        ]

    # --- churn -----------------------------------------------------------------------------------------

    def leaving(self) -> Section:
        found = self.ahead.leaving
        remarks = self._remarks(*found.card.guards)
        if not found.card.params:
            return Section(made=False, remarks=remarks)
        lead = self.words(
            "leaving_lead", days=found.horizon, basis=self.words(self.ahead.value.basis + "_value")
        )
        data = {
            "top": self._rows(self._order("value_at_risk")[:LISTED]),
            **self._leaving_charts(found.validation),
        }
        return Section(True, remarks, lead, self._leaving_figures(), data)

    def _leaving_figures(self) -> tuple[tuple[str, str, str], ...]:
        found = self.ahead.leaving
        known = probabilities(found)
        risk = self._numbers("value_at_risk").sum()
        tested, lift = found.validation, found.validation.get("lift_10")
        recency = _share(tested.get("baselines", {}).get("recency"))
        rows = (
            ("leaving_expected", number_text(float(known.sum())), number_text(len(known))),
            ("leaving_risk", number_text(float(risk)), found.horizon),
            ("leaving_auc", _share(tested.get("auc")), recency),
            ("leaving_lift", "—" if lift is None else f"{number_text(lift, 1)} ×", ""),
        )
        return tuple((self.words(key), value, self.words(key + "_hint", n=n)) for key, value, n in rows)

    def _leaving_charts(self, tested: dict[str, Any]) -> dict[str, Any]:
        groups = tested.get("reliability") or []
        if not groups:
            return {"calibration": None}
        pairs = {
            self.words("actual"): [100 * group["rate"] for group in groups],
            self.words("forecast"): [100 * group["p"] for group in groups],
        }
        labels = [str(n) for n in range(1, len(groups) + 1)]
        lift = tested.get("lift_by_decile") or []
        return {
            "calibration": model_charts.bar_chart(labels, pairs, self.lang, 1, "%"),
            "lift": None
            if not lift
            else model_charts.bar_chart(
                [str(n) for n in range(1, len(lift) + 1)], {self.words("leaving_tenths"): lift}, self.lang
            ),
        }

    # --- rhythm and offers -----------------------------------------------------------------------------

    def coming(self) -> Section:
        card, rhythm = self.ahead.coming.cards[0], self.ahead.coming.rhythm
        remarks = self._remarks(*card.guards)
        if not card.params:
            return Section(made=False, remarks=remarks)
        start = day_number(self.as_of) + 1
        days = rhythm["next_expected"].drop_null().to_numpy() - start
        weeks = np.bincount(days[days < 7 * WEEKS] // 7, minlength=WEEKS).astype(float).tolist()
        labels = [str(n) for n in range(1, WEEKS + 1)]
        data = {
            "weeks": model_charts.bar_chart(labels, {self.words("coming_customers"): weeks}, self.lang, 0),
            "day": day_of(start),
            "list": self._due_soon(),
        }
        lead = self.words("coming_lead")
        return Section(True, remarks, lead, self._coming_figures(days), data)

    def _coming_figures(self, days: Any) -> tuple[tuple[str, str, str], ...]:
        card, rhythm = self.ahead.coming.cards[0], self.ahead.coming.rhythm
        overdue = sum(status == "overdue" for status in rhythm["status"].to_pylist())
        scores = card.validation["scores"]
        judged = scores["own rhythm"]["all"]["customers"] > 0
        own, common = (scores[name]["all"]["mae"] for name in ("own rhythm", "global median"))
        rows = (
            ("coming_due", number_text(int((days < 30).sum())), number_text(len(days))),
            ("coming_overdue", number_text(overdue), ""),
            ("coming_mae", number_text(own, 1) if judged else "—", number_text(common, 1) if judged else "—"),
        )
        return tuple((self.words(key), value, self.words(key + "_hint", n=n)) for key, value, n in rows)

    def _due_soon(self) -> list[dict[str, Any]]:
        """The customers of the highest net revenue among those expected within 30 days."""
        limit = day_number(self.as_of) + 30
        expected = self.table["next_order_expected"].cast(pa.int32()).fill_null(10**6).to_numpy()
        order = self._order("net_revenue")
        places = order[expected[order] <= limit][:LISTED]
        places = places[np.argsort(expected[places], kind="stable")]
        rhythm = self._by_customer(self.ahead.coming.rhythm, places)
        return [row | extra for row, extra in zip(self._rows(places), rhythm, strict=True)]

    def _by_customer(self, table: pa.Table, places: Any) -> list[dict[str, Any]]:
        """The rows of an engine's table for rows of the customer table."""
        ids = self.ids.take(pa.array(places))
        rows = table.take(pc.index_in(ids, value_set=table["customer_id"].combine_chunks()))
        return [
            {
                "cycle_days": row["cycle_days"],
                "low": day_of(row["next_low"]),
                "high": day_of(row["next_high"]),
            }
            for row in rows.select(["cycle_days", "next_low", "next_high"]).to_pylist()
        ]

    def offers(self) -> Section:
        card, found = self.ahead.coming.cards[1], self.ahead.coming
        remarks = self._remarks(*card.guards)
        if found.offers is None or not found.offers.num_rows:
            return Section(made=False, remarks=remarks)
        order = self._order("clv" if self.ahead.value.table is not None else "net_revenue")
        offered = self.table["recommended_products"].is_valid().to_numpy(zero_copy_only=False)
        places = order[offered[order]][:LISTED]
        rows = [
            row | {"offers": self._offers_of(place)}
            for row, place in zip(self._rows(places), places, strict=True)
        ]
        return Section(
            True, remarks, self.words("offers_lead"), self._offer_figures(int(offered.sum())), {"list": rows}
        )

    def _offer_figures(self, customers: int) -> tuple[tuple[str, str, str], ...]:
        scores = self.ahead.coming.cards[1].validation["scores"]
        rows = [("offers_customers", number_text(customers), number_text(self.table.num_rows))]
        for key, method, rival in (
            ("offers_again", "rebuy all", "popular all"),
            ("offers_fresh", "discover new", "popular new"),
        ):
            ours, best = (percent_text(scores[name]["recall"]) for name in (method, rival))
            rows.append((key, ours, best))
        return tuple((self.words(key), value, self.words(key + "_hint", n=n)) for key, value, n in rows)

    def _offers_of(self, place: int) -> list[tuple[str, str]]:
        offers = self.ahead.coming.offers
        assert offers is not None
        mine = offers.filter(pc.equal(offers["customer_id"], self.ids[int(place)]))
        return [
            (self._product(row["product_id"]), self._evidence(row["evidence"])) for row in mine.to_pylist()
        ]

    def _product(self, code: Any) -> str:
        return self.ahead.coming.names.get(str(code), str(code))

    def _evidence(self, text: str) -> str:
        found = json.loads(text)
        code = found["code"]
        if code == "bought_times":
            return self.words("offer_bought_times", times=found["times"], visits=found["visits"])
        if code == "bought_with" and found.get("products"):
            return self.words("offer_bought_with", product=self._product(found["products"][0]))
        return self.words("offer_popular_in_segment")

    # --- columns of the customer table -----------------------------------------------------------------

    def _remarks(self, *guards: Remark) -> tuple[str, ...]:
        return tuple(dict.fromkeys(guard.words.text(self.lang) for guard in guards))

    def _numbers(self, name: str) -> Any:
        return self.table[name].cast(pa.float64()).fill_null(0.0).to_numpy()

    def _order(self, name: str) -> Any:
        """Rows with a value above zero, highest first."""
        values = self._numbers(name)
        order = np.argsort(-values, kind="stable")
        return order[values[order] > 0]

    def _rows(self, places: Any) -> list[dict[str, Any]]:
        return self.table.take(pa.array(places)).to_pylist()


def _share(value: float | None) -> str:
    return "—" if value is None else number_text(value, 2)
