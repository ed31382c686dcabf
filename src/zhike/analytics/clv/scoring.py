"""Customer values computed where the base lies: fit on a sample, score every customer in the engine.

The engine makes one row per customer in exact integers; the fitted model, a handful of numbers, is then
applied to them part by part, on a cluster by the workers. Equal to scoring an ``RFMTable`` of all purchases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics.clv.groups import Floats
from zhike.analytics.clv.horizons import EPOCH
from zhike.analytics.clv.table import RFMTable
from zhike.analytics.clv.value import CustomerValue
from zhike.analytics.engine.contract import Engine
from zhike.analytics.engine.session import identifier
from zhike.analytics.orders import UNITS

SAMPLE = 200_000

_DAYS = (
    "SELECT customer_id, day, CAST(SUM(revenue) AS BIGINT) AS amount FROM {facts} "
    "WHERE purchase = 1 AND day <= {as_of} GROUP BY customer_id, day"
)
_HISTORIES = (
    "WITH days AS ({days}), whole AS (SELECT customer_id, CAST(MIN(day) AS INT) AS first_day, "
    "CAST(MAX(day) AS INT) AS last_day, CAST(COUNT(*) AS INT) AS purchase_days, "
    "CAST(SUM(amount) AS BIGINT) AS spend FROM days GROUP BY customer_id) "
    "SELECT w.customer_id, w.first_day, w.last_day, w.purchase_days, w.spend, d.amount AS first_amount "
    "FROM whole AS w JOIN days AS d ON d.customer_id = w.customer_id AND d.day = w.first_day"
)
_PLAIN = ("p_alive", "p_active", "expected_orders", "expected_spend", "clv")
_INTERVALS = ("clv_low", "clv_high")


def sample_table(engine: Engine, facts: str, as_of: int, customers: int = SAMPLE) -> RFMTable:
    """What a model is fitted on: all purchase days of about ``customers`` customers (every n-th by number).

    Amounts are in the base currency, days as in :class:`RFMTable`.
    """
    days = _DAYS.format(facts=identifier(facts), as_of=int(as_of))
    found = engine.rows(
        f"SELECT COUNT(DISTINCT customer_id) AS n FROM {identifier(facts)} "
        f"WHERE purchase = 1 AND day <= {int(as_of)}"
    )[0][0]
    step = max(1, -(-int(found) // customers))
    table = engine.sql(f"WITH days AS ({days}) SELECT * FROM days WHERE customer_id % {step} = 0")
    columns = {
        "customer_id": table["customer_id"],
        "date": table["day"].cast(pa.int32()).cast(pa.date32()),
        "amount": pa.array(table["amount"].to_numpy() / UNITS),
    }
    return RFMTable.from_events(columns, amount="amount", until=EPOCH + timedelta(days=as_of))


def score_value(
    engine: Engine,
    facts: str,
    value: CustomerValue,
    as_of: int,
    *,
    into: str = "customer_values",
    intervals: bool = True,
) -> str:
    """Store the columns of ``CustomerValue.predict`` for every customer with a purchase; returns ``into``.

    ``value`` is fitted on amounts in the base currency, with one margin for all customers.
    """
    names = (*_PLAIN, *(_INTERVALS if intervals else ()))
    schema = pa.schema([("customer_id", pa.int64()), *((name, pa.float64()) for name in names)])
    days = _DAYS.format(facts=identifier(facts), as_of=int(as_of))

    def scored(rows: pa.Table) -> pa.Table:
        if not rows.num_rows:
            return schema.empty_table()
        histories: Any = Histories(rows, as_of)
        return value.predict(histories, intervals=intervals)

    return engine.apply(into, _HISTORIES.format(days=days), scored, schema)


class Histories(Mapping[str, Any]):
    """One row per customer, as the models read it: the columns of :class:`RFMTable`, without its days."""

    def __init__(self, rows: pa.Table, as_of: int) -> None:
        self.until = EPOCH + timedelta(days=as_of)
        first, last = rows["first_day"].to_numpy(), rows["last_day"].to_numpy()
        counts, spend = rows["purchase_days"].to_numpy(), rows["spend"].to_numpy() / UNITS
        self._rest = (rows["spend"].to_numpy() - rows["first_amount"].to_numpy()) / UNITS
        self._columns: dict[str, Any] = {
            "customer_id": rows["customer_id"].combine_chunks(),
            "x": (counts - 1).astype(np.int32),
            "t_x": last - first,
            "T": np.int32(as_of) - first,
            "mean_spend": spend / counts,
            "spend": spend,
            "first_day": first,
        }

    def spend_columns(self, *, include_first: bool) -> dict[str, Floats]:
        """``x`` and ``mean_spend`` as the spend model reads them, with or without the first purchase."""
        x = self._columns["x"].astype(np.float64)
        if include_first:
            return {"x": x + 1.0, "mean_spend": self._columns["mean_spend"]}
        return {"x": x, "mean_spend": np.where(x > 0, np.maximum(self._rest, 0) / np.maximum(x, 1), 0.0)}

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)
