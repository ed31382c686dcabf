"""report.html: one page that needs nothing else, neither network nor script."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined

from zhike.analytics.analyze import charts
from zhike.analytics.analyze.customers import BETWEEN
from zhike.analytics.analyze.forecasts import Forecasts
from zhike.analytics.analyze.quality import ignored_words
from zhike.analytics.analyze.reading import OrdersFile
from zhike.analytics.analyze.report_models import ModelSections
from zhike.analytics.analyze.report_words import ReportWords
from zhike.analytics.analyze.scoring import Scored
from zhike.analytics.analyze.summary import Summary
from zhike.analytics.analyze.wording import number_text, percent_text, short_number
from zhike.analytics.columns import field_named
from zhike.analytics.tabular import describe

TOP, WIN_BACK = 20, 10


@dataclass(frozen=True, slots=True)
class KeyFigure:
    label: str
    value: str
    hint: str


@dataclass(frozen=True, slots=True)
class Share:
    """A group with its part of the customers and of the revenue."""

    code: str
    label: str
    color: str
    customers: int
    customer_share: float
    revenue: Decimal
    revenue_share: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class RowCount:
    label: str
    rows: int
    example: str = ""


def write_report(
    path: Path,
    summary: Summary,
    scored: Scored,
    ahead: Forecasts,
    table: pa.Table,
    file: OrdersFile,
    lang: str,
) -> None:
    page = Report(summary, scored, ahead, table, file, lang)
    path.write_text(page.html(), encoding="utf-8")


class Report:
    """Gathers what the template shows."""

    def __init__(
        self,
        summary: Summary,
        scored: Scored,
        ahead: Forecasts,
        table: pa.Table,
        file: OrdersFile,
        lang: str,
    ) -> None:
        self.summary, self.scored, self.ahead, self.table = summary, scored, ahead, table
        self.file, self.lang = file, lang
        self.words = ReportWords(lang)

    def html(self) -> str:
        environment = Environment(
            loader=PackageLoader("zhike.analytics.analyze"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {"number": number_text, "percent": percent_text, "short": self._short}
        return environment.get_template("report.html.j2").render(
            t=self.words,
            lang="zh-CN" if self.lang == "zh" else "en",
            s=self.summary,
            figures=self.key_figures(),
            pareto=self.pareto(),
            pareto_lead=self.pareto_lead(),
            top_shares=self.top_shares(),
            abc=self.shares(self.summary.abc, charts_abc()),
            abc_basis=self._basis(self.scored.calibration.abc.basis),
            months=charts.month_chart(self.summary.months, self.lang),
            months_note=self.months_note(),
            grid=self.rfm_grid(),
            segments=self.shares(self.summary.rfm, charts.SEGMENT_COLORS),
            stages=self.stages(),
            rhythm=self.scored.calibration.rhythm,
            tiers=self.tiers(),
            tier_parts=self.tier_parts(),
            models=ModelSections(
                self.ahead,
                self.table,
                self.scored.customers["customer_id"].combine_chunks(),
                self.summary.as_of,
                self.words,
            ).all(),
            top=self.top_customers(),
            win_back=self.win_back(),
            row_counts=self.row_counts(),
            notes=self.notes(),
            columns=self.columns(),
            rfm_basis=self._basis(self.scored.calibration.rfm.basis),
            version=metadata.version("zhike"),
        )

    def _short(self, value: float | Decimal) -> str:
        return short_number(value, self.lang)

    def _basis(self, name: str) -> str:
        return self.words(name + "_basis")

    # --- figures ---------------------------------------------------------------------------------------

    def key_figures(self) -> list[KeyFigure]:
        s, repeaters = self.summary, self._repeaters()
        values: list[tuple[str, str, str]] = [
            ("customers", number_text(s.customers), ""),
            ("orders", number_text(s.orders), number_text(s.orders / s.customers, 1)),
            ("revenue", number_text(s.revenue, 2), number_text(s.revenue / s.customers)),
            ("net", number_text(s.net_revenue, 2), ""),
            ("returns", number_text(s.returns, 2), percent_text(float(s.returns / s.revenue))),
            ("average", number_text(s.revenue / s.orders, 2), number_text(self._median_spend())),
            ("repeat", percent_text(repeaters / s.customers), number_text(repeaters)),
            ("top20", percent_text(s.pareto["revenue"]["top_20_share"], 2), ""),
        ]
        return [KeyFigure(self.words(k), value, self.words(k + "_hint", n=hint)) for k, value, hint in values]

    def _repeaters(self) -> int:
        return sum(1 for orders in self.table["frequency"].to_pylist() if orders > 1)

    def _median_spend(self) -> Decimal:
        return median(self.table["revenue"].to_pylist())

    def pareto(self) -> charts.ParetoChart:
        found = self.scored.pareto["revenue"]
        need = self.summary.pareto["revenue"]["customers_for_80_percent_share"]
        return charts.pareto_chart(found.curve, found.top_20_share, need)

    def pareto_lead(self) -> str:
        found = self.summary.pareto["revenue"]
        return self.words(
            "pareto_lead",
            n=number_text(-(-self.summary.customers // 5)),
            share=percent_text(found["top_20_share"], 2),
            need=number_text(found["customers_for_80_percent"] or 0),
            need_share=percent_text(found["customers_for_80_percent_share"]),
        )

    def top_shares(self) -> list[tuple[str, float | None, float | None]]:
        revenue, net = self.summary.pareto["revenue"], self.summary.pareto["net_revenue"]
        return [
            (self.words("top_k", k=f"{part}%"), revenue[f"top_{part}_share"], net[f"top_{part}_share"])
            for part in (1, 10, 20)
        ]

    def months_note(self) -> str:
        last = self.summary.last_order
        month = f"{last:%Y-%m}"
        if month not in self.summary.months or last.day >= 28:
            return ""
        return self.words("months_partial", month=month, day=last.isoformat())

    # --- groups ----------------------------------------------------------------------------------------

    def shares(self, groups: Mapping[str, Mapping[str, Any]], colors: Mapping[str, str]) -> list[Share]:
        return [
            self._share(code, group["customers"], group["revenue"], colors.get(code, "#9aa5b1"))
            for code, group in groups.items()
        ]

    def _share(self, code: str, customers: int, revenue: Decimal, color: str, note: str = "") -> Share:
        s = self.summary
        part = float(revenue / s.revenue) if s.revenue else 0.0
        label = s.labels.get(code, code)
        return Share(code, label, color, customers, customers / s.customers, revenue, part, note)

    def stages(self) -> list[Share]:
        revenue: Counter[str] = Counter()
        columns = (self.table[name].to_pylist() for name in ("lifecycle", "revenue"))
        for stage, amount in zip(*columns, strict=True):
            revenue[stage] += amount
        return [
            self._share(stage, count, Decimal(revenue[stage]), charts.STAGE_COLORS.get(stage, "#9aa5b1"))
            for stage, count in self.summary.lifecycle.items()
            if count or stage != "potential"
        ]

    def tiers(self) -> list[Share]:
        model = self.scored.calibration.model
        cuts = dict(zip((tier.code for tier in model.tiers), self.scored.calibration.tier_cuts, strict=True))
        tiers = {tier.code: tier for tier in model.tiers}
        return [
            self._share(code, g["customers"], g["revenue"], tiers[code].color, _score_text(cuts[code]))
            for code, g in self.summary.tiers.items()
            if code in tiers
        ]

    def tier_parts(self) -> str:
        calibration = self.scored.calibration
        active = [d for d in calibration.model.dimensions if calibration.knots[d.code]]
        total = sum(d.weight for d in active) or 1
        parts = [f"{d.name.text(self.lang)} {percent_text(d.weight / total, 0)}" for d in active]
        return ("、" if self.lang == "zh" else ", ").join(parts)

    def rfm_grid(self) -> list[tuple[int, list[dict[str, Any]]]]:
        """Rows from R 5 down to R 1, cells from F 1 to F 5."""
        cells: Counter[tuple[int, int]] = Counter()
        net: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        columns = (self.table[name].to_pylist() for name in ("r_score", "f_score", "net_revenue"))
        for r, f, amount in zip(*columns, strict=True):
            cells[(r, f)] += 1
            net[(r, f)] += amount
        most = max(cells.values(), default=1)
        return [
            (r, [self._cell(r, f, cells[(r, f)], net[(r, f)], most) for f in range(1, 6)])
            for r in range(5, 0, -1)
        ]

    def _cell(self, r: int, f: int, count: int, net: Decimal, most: int) -> dict[str, Any]:
        background, color = charts.shade(count / most) if count else ("#f7f9fb", "#9aa5b1")
        each = number_text(net / count) if count else "—"
        hint = self.words("rfm_cell", r=r, f=f, n=number_text(count), net=each)
        return {"count": count, "background": background, "color": color, "hint": hint}

    # --- customers -------------------------------------------------------------------------------------

    def top_customers(self) -> list[dict[str, Any]]:
        return self._listed(self._ranked()[:TOP])

    def win_back(self) -> list[dict[str, Any]]:
        """The upper half of the tiers, overdue by their own rhythm."""
        tiers = [tier.code for tier in self.scored.calibration.model.tiers]
        upper = set(tiers[len(tiers) // 2 :])
        late = [r for r in self._ranked() if r["tier"] in upper and r["lifecycle"] in ("at_risk", "lost")]
        return self._listed(late[:WIN_BACK])

    def _ranked(self) -> list[dict[str, Any]]:
        wanted = ["customer_id", "net_revenue", "lifecycle", "tier"]
        columns = [self.table[name].to_pylist() for name in wanted]
        rows = [
            dict(zip([*wanted, "place"], values, strict=True))
            for values in zip(*columns, range(len(columns[0])), strict=True)
        ]
        return sorted(rows, key=lambda row: (-row["net_revenue"], row["place"]))

    def _listed(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        colors = {tier.code: tier.color for tier in self.scored.calibration.model.tiers}
        found = []
        for row in rows:
            full = {name: self.table[name][row["place"]].as_py() for name in self.table.column_names}
            full["parts"] = full["tier_reason"].split(BETWEEN[self.lang])
            full |= {
                "color": colors.get(row["tier"], "#9aa5b1"),
                "stage_color": charts.STAGE_COLORS[row["lifecycle"]],
            }
            found.append(full)
        return found

    # --- quality ---------------------------------------------------------------------------------------

    def row_counts(self) -> list[RowCount]:
        """Adds up to the rows of the file."""
        quality = self.summary.quality
        counts = [
            RowCount(self.words("rows_" + name), quality[name + "_rows"])
            for name in ("purchase", "return", "anonymous")
        ]
        counts += [
            RowCount(self.words("rows_ignored", reason=ignored_words(code, self.lang)), rows)
            for code, rows in quality["ignored_rows"].items()
        ]
        counts += [self._rejected(code, rows) for code, rows in quality["rejected_rows"].items()]
        if quality["rows_after_as_of"]:
            counts.append(RowCount(self.words("rows_after"), quality["rows_after_as_of"]))
        return counts

    def _rejected(self, code: str, rows: int) -> RowCount:
        entry = self.file.quality.examples[code][0]
        where = f"{entry.header} ({code})" if entry.header else code
        reason = (
            entry.problem.text(self.lang) if entry.header else describe(code, self.lang, entry.problem.values)
        )
        example = self.words("example", row=entry.row, column=entry.header or "—", reason=reason)
        return RowCount(self.words("rows_rejected", reason=where), rows, example)

    def notes(self) -> list[str]:
        s, found = self.summary, list(self.summary.quality["notes"])
        if s.quality["rejected_rows"]:
            found.append(self.words("note_rejected"))
        if s.quality["repeated_rows"]:
            found.append(self.words("note_repeated", n=number_text(s.quality["repeated_rows"])))
        if s.returns_only["customers"]:
            amount = number_text(s.returns_only["returns"], 2)
            found.append(
                self.words("note_returns_only", n=number_text(s.returns_only["customers"]), amount=amount)
            )
        if s.anonymous["rows"]:
            found.append(self.words("note_anonymous", amount=number_text(s.anonymous["revenue"], 2)))
        return found

    def columns(self) -> list[tuple[str, str]]:
        return [
            (field_named("orders", name).label(self.lang), header)
            for name, header in self.summary.columns.items()
        ]


def charts_abc() -> dict[str, str]:
    return {"A": "#0072b2", "B": "#56b4e9", "C": "#b8c4d0"}


def _score_text(cut: float | None) -> str:
    return "—" if cut is None else number_text(cut, 1)
