"""What customers will need next: products bought before on two days or more, with quantity and day.

A product has a rhythm of its own for each customer, learned as the customers' rhythm is. It is expected with
the customer's next order, or later when it is not due by then. The quantity is the median of the last five.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.cycles.gaps import Floats, Gaps, Integers
from zhike.analytics.cycles.rhythm import CycleSettings, Rhythms
from zhike.analytics.engine.session import Session
from zhike.analytics.recommend.goods import NOT_GOODS, goods_sql, scratch

RECENT_QUANTITIES = 5
_GOODS = "_need_goods"
_DAYS = "SELECT DISTINCT customer_id, day FROM {goods} WHERE customer_id IS NOT NULL"
# Only what was bought on two days or more; the newest quantities are numbered from 1.
_PRODUCTS = """
WITH days AS (
  SELECT customer_id, product_id, day, SUM(quantity) AS quantity FROM {goods} WHERE customer_id IS NOT NULL
  GROUP BY customer_id, product_id, day
), again AS (
  SELECT customer_id, product_id FROM days GROUP BY customer_id, product_id HAVING COUNT(*) >= {least}
)
SELECT d.customer_id, d.product_id, d.day, CAST(d.quantity AS DOUBLE) AS quantity,
       ROW_NUMBER() OVER (PARTITION BY d.customer_id, d.product_id ORDER BY d.day DESC) AS place
FROM days AS d JOIN again AS a ON a.customer_id = d.customer_id AND a.product_id = d.product_id
"""


@dataclass(frozen=True)
class Needs:
    """Ids of all ``customers`` and ``products``, and aligned arrays with one entry per customer and product
    (their positions): how often and on how many visits, the last day, and what is expected."""

    customers: Integers
    products: pa.Array
    customer: Integers
    product: Integers
    times: Integers
    visits: Integers
    last: Integers
    cycle: Floats
    expected: Integers
    quantity: Floats


def expected_need(
    session: Session,
    lines: str,
    as_of: int,
    limit: int = 10,
    *,
    min_times: int = 2,
    settings: CycleSettings | None = None,
    drop: Iterable[int | str] = NOT_GOODS,
) -> pa.Table:
    """The ``limit`` most regular products of each customer with the day and quantity to expect.

    Returns customer_id, product_id, expected_on (day after ``as_of``), quantity (of the lines' unit) and
    evidence ``{"code": "usual_need", "times", "visits", "cycle_days", "last"}``, by customer and day.
    Products bought on fewer than ``min_times`` (at least two) days have no rhythm and are left out.
    """
    with scratch(session, _GOODS):
        session.create(_GOODS, goods_sql(lines, as_of, drop))
        needs = learn_needs(session, _GOODS, int(as_of), max(int(min_times), 2), settings or CycleSettings())
    return _table(needs, most_regular(needs, int(limit)))


def learn_needs(
    session: Session, goods: str, as_of: int | None, min_times: int, settings: CycleSettings
) -> Needs:
    """What each customer will need as of a day; None: as of the day of the customer's own last purchase."""
    days = session.sql(_DAYS.format(goods=goods))
    bought = session.sql(_PRODUCTS.format(goods=goods, least=min_times))
    customers, owner = np.unique(days["customer_id"].to_numpy(), return_inverse=True)
    products = pc.unique(bought["product_id"]).sort()
    place = np.searchsorted(customers, bought["customer_id"].to_numpy())
    code = pc.index_in(bought["product_id"], value_set=products).to_numpy().astype(np.int64)
    keys, whose = np.unique(place * max(len(products), 1) + code, return_inverse=True)
    customer, product = np.divmod(keys, max(len(products), 1))
    visits, gaps = Gaps.of(owner, days["day"].to_numpy()), Gaps.of(whose, bought["day"].to_numpy())
    until = visits.last if as_of is None else np.full(len(customers), as_of)
    cycle, due = _due(gaps, until[customer], settings)
    order = _due(visits, until, settings)[1] if len(keys) else due
    quantity = _medians(whose, bought["quantity"].to_numpy(), bought["place"].to_numpy(), len(keys))
    return Needs(
        customers, products, customer, product, gaps.counts + 1, visits.counts[customer] + 1, gaps.last,
        cycle, np.maximum(due, order[customer]), quantity,
    )  # fmt: skip


def _due(gaps: Gaps, as_of: Integers, settings: CycleSettings) -> tuple[Floats, Integers]:
    """Cycle and middle expected day of every owner."""
    rhythms = Rhythms.learn(gaps, settings)
    if rhythms is None:
        return np.zeros(len(gaps.last)), np.zeros(len(gaps.last), np.int64)
    cycle = rhythms.cycles(gaps, settings)
    ahead = rhythms.beyond((as_of - gaps.last) / cycle, 0.5) * cycle
    return cycle, np.maximum(np.rint(gaps.last + ahead), as_of + 1).astype(np.int64)


def _medians(owner: Integers, quantity: Floats, place: Integers, size: int) -> Floats:
    """Median of each owner's newest quantities."""
    new = place <= RECENT_QUANTITIES
    owner, quantity = owner[new], quantity[new]
    order = np.lexsort((quantity, owner))
    counts = np.bincount(owner, minlength=size)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64) if size else np.zeros(0, np.int64)
    sorted_quantity = quantity[order]
    low, high = starts + (counts - 1) // 2, starts + counts // 2
    return (sorted_quantity[low] + sorted_quantity[high]) / 2


def most_regular(needs: Needs, limit: int) -> Integers:
    """Entries kept, the most often bought of each customer, then the latest, then by product."""
    order = np.lexsort((needs.product, -needs.last, -needs.times, needs.customer))
    owner = needs.customer[order]
    place = np.arange(len(order)) - np.searchsorted(owner, owner)
    return order[place < limit]


def _table(needs: Needs, kept: Integers) -> pa.Table:
    order = kept[
        np.lexsort((needs.product[kept], -needs.times[kept], needs.expected[kept], needs.customer[kept]))
    ]
    return pa.table(
        {
            "customer_id": needs.customers[needs.customer[order]].astype(np.int64),
            "product_id": needs.products.take(pa.array(needs.product[order])),
            "expected_on": needs.expected[order].astype(np.int32),
            "quantity": needs.quantity[order],
            "evidence": _evidence(needs, order),
        }
    )


def _evidence(needs: Needs, order: Integers) -> Any:
    def text(values: Any) -> pa.Array:
        return pa.array(values[order]).cast(pa.string())

    return pc.binary_join_element_wise(
        '{"code": "usual_need", "times": ', text(needs.times), ', "visits": ', text(needs.visits),
        ', "cycle_days": ', text(np.rint(needs.cycle).astype(np.int64)),
        ', "last": ', text(needs.last), "}", "",
    )  # fmt: skip
