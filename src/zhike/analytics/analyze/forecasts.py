"""All that is said about the future: each model's card, and its columns of the customer files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.analyze.cards import ModelCard
from zhike.analytics.analyze.coming import Coming, coming_orders, product_lists
from zhike.analytics.analyze.counting import Counted
from zhike.analytics.analyze.leaving import Leaving, leaving_customers, reason_words
from zhike.analytics.analyze.model_settings import ModelSettings
from zhike.analytics.analyze.valuing import COLUMNS, Valued, value_customers
from zhike.analytics.engine import Session

MONEY = pa.decimal128(18, 4)
_MONEY_COLUMNS = ("clv", "clv_low", "clv_high", "value_at_risk")
#: Money beyond what a cell of DECIMAL(18, 4) holds is no forecast.
_MOST = 9e13


@dataclass(frozen=True)
class Forecasts:
    value: Valued
    leaving: Leaving
    coming: Coming

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        return (*self.value.cards, self.leaving.card, *self.coming.cards)

    def columns(self, customers: Any, lang: str) -> dict[str, Any]:
        """Every forecast column for ``customers`` (ids of the engine), empty where nothing is known."""
        churn = _joined(self.leaving.table, customers, ("churn_probability", "reasons", "value_at_risk"))
        reasons = churn.pop("reasons")
        # Reasons say why a probability is high; without a probability there is nothing to explain.
        known = pc.is_valid(churn["churn_probability"])
        next_order = _joined(self.coming.rhythm, customers, ("next_expected",))["next_expected"]
        lists = None if self.coming.offers is None else product_lists(self.coming.offers)
        return {
            **_joined(self.value.table, customers, COLUMNS),
            **churn,
            "churn_reason": pc.if_else(known, reason_words(pc.fill_null(reasons, "[]"), lang), None),
            "next_order_expected": next_order.cast(pa.int32()).cast(pa.date32()),
            **_joined(lists, customers, ("recommended_products",)),
        }


def forecast(session: Session, counted: Counted, as_of: int, settings: ModelSettings) -> Forecasts:
    """Learn every model that the data allow, on the session's ``facts``."""
    margin, basis = settings.value.margin, settings.value.basis
    return Forecasts(
        value=value_customers(session, as_of, settings.value),
        leaving=leaving_customers(session, as_of, settings.churn, margin, basis),
        coming=coming_orders(session, counted, as_of, settings.recommendation),
    )


def _joined(table: pa.Table | None, customers: Any, names: tuple[str, ...]) -> dict[str, Any]:
    found = [] if table is None else table.column_names
    if table is None:
        return {name: pa.nulls(len(customers), _TYPES[name]) for name in names}
    place = pc.index_in(customers, value_set=table["customer_id"].combine_chunks())
    rows = table.take(place)
    return {
        name: _cell(name, rows[name]) if name in found else pa.nulls(len(customers), _TYPES[name])
        for name in names
    }


_TYPES = {
    **dict.fromkeys(("p_active", "expected_orders", "churn_probability"), pa.float64()),
    **dict.fromkeys(_MONEY_COLUMNS, MONEY),
    **dict.fromkeys(("reasons", "recommended_products"), pa.string()),
    "next_expected": pa.int32(),
}


def _cell(name: str, values: pa.ChunkedArray) -> Any:
    return money(values) if name in _MONEY_COLUMNS else values


def money(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Amounts as decimals, rounded to cents."""
    return pc.round(pc.min_element_wise(values, _MOST, skip_nulls=False), 2).cast(MONEY)
