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


@dataclass(frozen=True)
class Usual:
    """What everybody's gaps teach: between visits, and between purchases of the same product. Kept with a
    model, so that one customer is expected to need what the whole base's computation says."""

    visits: Rhythms | None
    products: Rhythms | None


def usual_rhythms(
    session: Session,
    lines: str,
    as_of: int,
    *,
    settings: CycleSettings | None = None,
    drop: Iterable[int | str] = NOT_GOODS,
) -> Usual:
    """The rhythms that :func:`expected_need` would learn from these lines."""
    with scratch(session, _GOODS):
        session.create(_GOODS, goods_sql(lines, as_of, drop))
        past = _histories(session, _GOODS, 2)
    return _learned(past, settings or CycleSettings())


def _learned(past: _Histories, settings: CycleSettings) -> Usual:
    return Usual(Rhythms.learn(past.visits, settings), Rhythms.learn(past.gaps, settings))


def expected_need(
    session: Session,
    lines: str,
    as_of: int,
    limit: int = 10,
    *,
    min_times: int = 2,
    settings: CycleSettings | None = None,
    drop: Iterable[int | str] = NOT_GOODS,
    exclude: Iterable[int | str] = (),
    usual: Usual | None = None,
) -> pa.Table:
    """The ``limit`` most regular products of each customer with the day and quantity to expect.

    Those in ``exclude`` (no longer sold) are not named but count as history; ``usual`` are rhythms learned
    before, without it the lines at hand teach them.

    Returns customer_id, product_id, expected_on (day after ``as_of``), quantity (of the lines' unit) and
    evidence ``{"code": "usual_need", "times", "visits", "cycle_days", "last"}``, by customer and day.
    Products bought on fewer than ``min_times`` (at least two) days have no rhythm and are left out.
    """
    with scratch(session, _GOODS):
        session.create(_GOODS, goods_sql(lines, as_of, drop))
        needs = learn_needs(
            session, _GOODS, int(as_of), max(int(min_times), 2), settings or CycleSettings(), usual
        )
    return _table(needs, most_regular(needs, int(limit), tuple(exclude)))


def learn_needs(
    session: Session,
    goods: str,
    as_of: int | None,
    min_times: int,
    settings: CycleSettings,
    usual: Usual | None = None,
) -> Needs:
    """What each customer will need as of a day; None: as of the day of the customer's own last purchase."""
    past = _histories(session, goods, min_times)
    customer, product = np.divmod(past.keys, max(len(past.products), 1))
    until = past.visits.last if as_of is None else np.full(len(past.customers), as_of)
    learned = usual or _learned(past, settings)
    cycle, due = _due(past.gaps, until[customer], settings, learned.products)
    order = _due(past.visits, until, settings, learned.visits)[1] if len(past.keys) else due
    return Needs(
        past.customers, past.products, customer, product, past.gaps.counts + 1,
        past.visits.counts[customer] + 1, past.gaps.last, cycle, np.maximum(due, order[customer]),
        past.quantity,
    )  # fmt: skip


@dataclass(frozen=True)
class _Histories:
    """Gaps between ``visits`` of each of ``customers``, and ``gaps`` and usual ``quantity`` of each of
    ``keys``: the customer's position times the number of products, plus the product's."""

    customers: Integers
    products: pa.Array
    keys: Integers
    visits: Gaps
    gaps: Gaps
    quantity: Floats


def _histories(session: Session, goods: str, min_times: int) -> _Histories:
    days = session.sql(_DAYS.format(goods=goods))
    bought = session.sql(_PRODUCTS.format(goods=goods, least=min_times))
    customers, owner = np.unique(days["customer_id"].to_numpy(), return_inverse=True)
    products = pc.unique(bought["product_id"]).sort()
    place = np.searchsorted(customers, bought["customer_id"].to_numpy())
    code = pc.index_in(bought["product_id"], value_set=products).to_numpy().astype(np.int64)
    keys, whose = np.unique(place * max(len(products), 1) + code, return_inverse=True)
    visits, gaps = Gaps.of(owner, days["day"].to_numpy()), Gaps.of(whose, bought["day"].to_numpy())
    quantity = _medians(whose, bought["quantity"].to_numpy(), bought["place"].to_numpy(), len(keys))
    return _Histories(customers, products, keys, visits, gaps, quantity)


def _due(
    gaps: Gaps, as_of: Integers, settings: CycleSettings, rhythms: Rhythms | None
) -> tuple[Floats, Integers]:
    """Cycle and middle expected day of every owner."""
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


def most_regular(needs: Needs, limit: int, exclude: tuple[int | str, ...] = ()) -> Integers:
    """Entries kept, the most often bought of each customer, then the latest, then by product."""
    order = np.lexsort((needs.product, -needs.last, -needs.times, needs.customer))
    if exclude and len(needs.products):
        sold = ~pc.is_in(needs.products, pa.array(list(exclude), needs.products.type)).to_numpy(
            zero_copy_only=False
        )
        order = order[sold[needs.product[order]]]
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
