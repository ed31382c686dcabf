"""What a customer will be worth: expected purchases times expected spend times margin, discounted by dates.

Dropout is inside the expected purchases; nothing is multiplied by a survival or churn probability again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import pyarrow as pa

from zhike.analytics.clv.base import NotFitted, PurchaseModel
from zhike.analytics.clv.choice import Choice, choose
from zhike.analytics.clv.gamma_gamma import GammaGamma
from zhike.analytics.clv.groups import DataError, Floats, distinct_rows
from zhike.analytics.clv.horizons import DAYS_PER_YEAR, Horizon, add_months, day_number, end_of
from zhike.analytics.clv.moments import pairs_given_alive, sum_interval
from zhike.analytics.clv.seasonal import SeasonalClock
from zhike.analytics.clv.table import RFMTable

# Customers scored at once: bounds the memory of ten million.
CHUNK = 1_000_000


@dataclass(frozen=True)
class _Steps:
    """Operational days from the end of observation to each month's end, and the months' discounts."""

    ends: Floats
    discounts: Floats


class CustomerValue:
    """Customer lifetime value within a horizon, from a purchase model and a spend model.

    ``transactions``: "auto" (chosen on an inner hold-out, see :mod:`zhike.analytics.clv.choice`) or a
    purchase model; ``spend``: a spend model; ``include_first``: whether the first purchase's amount informs
    the spend, or "auto"; ``margin``: contribution per unit of revenue, a number or one per customer;
    ``discount``: per year; ``horizon``: a date or a duration such as "12 months"; ``interval``: probability
    of the predictive interval.
    """

    def __init__(
        self,
        transactions: PurchaseModel | str = "auto",
        spend: GammaGamma | None = None,
        *,
        include_first: bool | str = "auto",
        margin: Any = 1.0,
        discount: float = 0.10,
        horizon: Horizon = "12 months",
        interval: float = 0.90,
    ) -> None:
        if not 0 < interval < 1 or discount <= -1:
            raise DataError("the interval lies between 0 and 1, the discount above -1 per year")
        self.transactions = transactions
        self.spend = spend or GammaGamma()
        self.include_first = include_first
        self.margin = margin
        self.discount = discount
        self.horizon = horizon
        self.interval = interval

    def fit(self, table: RFMTable, choice: Choice | None = None) -> Self:
        """Choose what is to be chosen (or take an earlier ``choice``), then fit on all of ``table``.

        Sets ``model_``, ``spend_``, ``clock_``, ``choice_`` and ``warnings_``.
        """
        self.choice_: Choice = choice or choose(table, self.transactions, self.include_first)
        self.clock_: SeasonalClock = self.choice_.clock(table)
        self.model_ = self.choice_.new_model().fit(self.clock_.columns(table))
        self.spend_ = self.spend.fit(table.spend_columns(include_first=self.choice_.include_first))
        self.warnings_ = [*self.choice_.reasons, *self.model_.warnings_, *self.spend_.warnings_]
        return self

    def predict(self, table: RFMTable, *, intervals: bool = True) -> pa.Table:
        """One row per customer of ``table``, in its order.

        Columns: ``customer_id``, ``p_alive`` (at the end of observation), ``p_active`` (buys within the
        horizon), ``expected_orders``, ``expected_spend`` per order, ``clv`` and, with ``intervals``,
        ``clv_low`` and ``clv_high``: the predictive interval of the realised, discounted margin.
        """
        if not hasattr(self, "model_"):
            raise NotFitted("CustomerValue is not fitted; call fit first")
        columns = self.clock_.columns(table)
        steps = self._steps(table.until)
        spend_columns = table.spend_columns(include_first=self.choice_.include_first)
        size = len(table["x"])
        margin = np.broadcast_to(np.asarray(self.margin, dtype=np.float64), size)
        parts = []
        for start in range(0, size, CHUNK):
            part = slice(start, start + CHUNK)
            rows = {name: np.asarray(values)[part] for name, values in columns.items()}
            spends = {name: values[part] for name, values in spend_columns.items()}
            parts.append(self._scored(rows, spends, margin[part], steps, intervals))
        found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return pa.table({"customer_id": table["customer_id"], **found})

    def _scored(
        self, rows: dict[str, Any], spends: dict[str, Floats], margin: Floats, steps: _Steps, intervals: bool
    ) -> dict[str, Floats]:
        model = self.model_
        (x, t_x, T), place = distinct_rows([rows["x"], rows["t_x"], rows["T"]])
        whole = float(steps.ends[-1])
        alive = model._alive(x, t_x, T)
        cumulative = np.stack([model._expected(x, t_x, T, end) for end in steps.ends])
        slices = np.diff(cumulative, axis=0, prepend=0.0)
        orders, discounted = cumulative[-1], np.maximum(slices, 0.0).T @ steps.discounts
        active = alive * (1 - model._silent(x, T, whole))
        spend = self.spend_.predict(spends)
        found = {
            "p_alive": alive[place],
            "p_active": active[place],
            "expected_orders": orders[place],
            "expected_spend": spend,
            "clv": discounted[place] * spend * margin,
        }
        if intervals:
            pairs = alive * pairs_given_alive(model, x, T, np.full_like(x, whole))
            factor = margin * np.where(orders > 0, discounted / np.maximum(orders, 1e-300), 1.0)[place]
            low, high = self._interval(spends, spend, active[place], orders[place], pairs[place])
            found |= {"clv_low": low * factor, "clv_high": high * factor}
        return found

    def _interval(
        self, spends: dict[str, Floats], spend: Floats, active: Floats, orders: Floats, pairs: Floats
    ) -> tuple[Floats, Floats]:
        """Quantiles of the revenue in the horizon: a random number of purchases of an uncertain size."""
        once, twice = _spend_moments(self.spend_, spends, spend)
        second = orders * once + pairs * twice
        return sum_interval(active, orders * spend, second, self.interval)

    def _steps(self, start: date) -> _Steps:
        end = end_of(self.horizon, start)
        ends, month = [], 1
        while (step := add_months(start, month)) < end:
            ends.append(step)
            month += 1
        days = np.array([day_number(day) for day in [*ends, end]])
        begin = day_number(start)
        middles = (np.concatenate([[begin], days[:-1]]) + days) / 2 - begin
        return _Steps(
            self.clock_.elapsed(np.full_like(days, begin), days),
            (1 + self.discount) ** (-middles / DAYS_PER_YEAR),
        )


def _spend_moments(model: GammaGamma, spends: dict[str, Floats], mean: Floats) -> tuple[Floats, Floats]:
    """``E[M**2]`` of one purchase, and ``E[M M']`` of two purchases of the same customer."""
    p, q = model.params_["p"], model.params_["q"]
    shape = p * spends["x"] + q
    # A customer's mean has a variance only for shape > 2; just above, it is as wide as the model can say.
    spread = np.maximum(shape - 1, 0.2) / np.maximum(shape - 2, 0.2)
    twice = mean**2 * spread
    return twice * (p + 1) / p, twice
