"""How well the expected need meets the last basket, beside "the same as last time"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.cycles.gaps import Floats, Integers
from zhike.analytics.cycles.need import Needs, learn_needs, most_regular
from zhike.analytics.cycles.rhythm import CycleSettings
from zhike.analytics.engine.session import Session
from zhike.analytics.recommend.goods import NOT_GOODS, goods_sql, scratch

_ALL, _CUTS, _PAST = "_need_all", "_need_cuts", "_need_past"
_CUTS_SQL = """
SELECT customer_id, MAX(day) AS cut FROM (
  SELECT DISTINCT customer_id, day FROM {goods} WHERE customer_id IS NOT NULL
) AS d GROUP BY customer_id HAVING COUNT(*) >= 3
"""
_PAST_SQL = (
    "SELECT g.* FROM {goods} AS g JOIN {cuts} AS c ON c.customer_id = g.customer_id WHERE g.day < c.cut"
)
_TRUTH_SQL = """
SELECT g.customer_id, g.product_id, CAST(c.cut AS BIGINT) AS day, CAST(SUM(g.quantity) AS DOUBLE) AS quantity
FROM {goods} AS g JOIN {cuts} AS c ON c.customer_id = g.customer_id AND g.day = c.cut
GROUP BY g.customer_id, g.product_id, c.cut
"""
_BEFORE_SQL = """
SELECT g.customer_id, g.product_id, CAST(l.day AS BIGINT) AS day, CAST(SUM(g.quantity) AS DOUBLE) AS quantity
FROM {past} AS g JOIN (SELECT customer_id, MAX(day) AS day FROM {past} GROUP BY customer_id) AS l
ON l.customer_id = g.customer_id AND l.day = g.day GROUP BY g.customer_id, g.product_id, l.day
"""


@dataclass(frozen=True)
class NeedReport:
    """``customers`` were judged. ``expected`` and ``same_again`` (the basket before) each hold ``precision``
    of the products named, ``recall`` of the basket and ``f1``, both counted over all customers; and of the
    products met ``quantity_within_half``, the share of quantities off by half of the true one at most.
    ``date_mae`` in days is that of the products met."""

    customers: int
    expected: dict[str, float]
    same_again: dict[str, float]
    date_mae: float

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class _Named:
    """Products named for customers, aligned: ids, quantities, and days."""

    customer: Integers
    product: Any
    quantity: Floats
    day: Integers


def evaluate_need(
    session: Session,
    lines: str,
    as_of: int,
    limit: int = 10,
    *,
    settings: CycleSettings | None = None,
    drop: Iterable[int | str] = NOT_GOODS,
) -> NeedReport:
    """Hide the last basket (day) of everybody with three or more, and expect it from the day of the one
    before."""
    with scratch(session, _ALL, _CUTS, _PAST):
        session.create(_ALL, goods_sql(lines, as_of, drop))
        session.create(_CUTS, _CUTS_SQL.format(goods=_ALL))
        session.create(_PAST, _PAST_SQL.format(goods=_ALL, cuts=_CUTS))
        needs = learn_needs(session, _PAST, None, 2, settings or CycleSettings())
        truth = _read(session.sql(_TRUTH_SQL.format(goods=_ALL, cuts=_CUTS)))
        before = _read(session.sql(_BEFORE_SQL.format(past=_PAST)))
    named = _named(needs, most_regular(needs, int(limit)))
    judged = np.unique(named.customer)
    truth, before = _of(truth, judged), _of(before, judged)
    place = _meet(named, truth)
    met = place >= 0
    late = np.abs(named.day[met] - truth.day[place[met]])
    return NeedReport(
        len(judged), _scores(named, truth), _scores(before, truth), float(late.mean()) if met.any() else 0.0
    )


def _read(found: pa.Table) -> _Named:
    columns = [found[name].to_numpy() for name in ("customer_id", "quantity", "day")]
    return _Named(columns[0], found["product_id"].combine_chunks(), columns[1], columns[2])


def _named(needs: Needs, kept: Integers) -> _Named:
    return _Named(
        needs.customers[needs.customer[kept]], needs.products.take(pa.array(needs.product[kept])),
        needs.quantity[kept], needs.expected[kept],
    )  # fmt: skip


def _of(named: _Named, customers: Integers) -> _Named:
    mask = np.isin(named.customer, customers)
    return _Named(
        named.customer[mask], named.product.filter(pa.array(mask)), named.quantity[mask], named.day[mask]
    )


def _meet(named: _Named, truth: _Named) -> Integers:
    """The place in ``truth`` of each entry of ``named``, -1 where it is not there."""
    names = pc.unique(truth.product)
    base = max(len(names), 1)
    code = pc.fill_null(pc.index_in(named.product, value_set=names), -1).to_numpy(zero_copy_only=False)
    real = truth.customer * base + pc.index_in(truth.product, value_set=names).to_numpy()
    order = np.argsort(real)
    keys = named.customer * base + code.astype(np.int64)
    place = np.minimum(np.searchsorted(real[order], keys), max(len(real) - 1, 0))
    if not len(real):
        return np.full(len(keys), -1)
    found = order[place]
    return np.where((code >= 0) & (real[found] == keys), found, -1)


def _scores(named: _Named, truth: _Named) -> dict[str, float]:
    place = _meet(named, truth)
    met = place >= 0
    hits = int(met.sum())
    real = truth.quantity[place[met]]
    close = np.abs(named.quantity[met] - real) <= real / 2
    return {
        "precision": hits / max(len(place), 1),
        "recall": hits / max(len(truth.customer), 1),
        "f1": 2 * hits / max(len(place) + len(truth.customer), 1),
        "quantity_within_half": float(close.mean()) if hits else 0.0,
    }
