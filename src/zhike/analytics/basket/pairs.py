"""Pairs of products bought together, counted as whole numbers in the engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.basket.significance import adjusted, upper_tail, wilson_low
from zhike.analytics.engine.session import Session
from zhike.analytics.recommend.goods import NOT_GOODS, goods_sql, scratch

MIN_COUNT = 10
BASKET_CAP = 100
BASKETS = {"order": "order_id", "day": "customer_id, day"}

_ITEMS, _KEPT, _COUNTS = "_basket_items", "_basket_kept", "_basket_counts"
# A basket holds a product once, however many lines or pieces. Wholesale baskets say little about taste and
# cost the square of their size: above the cap they are left out whole, so that all counts stay exact.
_ITEMS_SQL = """
WITH items AS (SELECT DISTINCT {key}, product_id FROM ({goods}) AS g),
sizes AS (
  SELECT {key}, ROW_NUMBER() OVER (ORDER BY {key}) AS basket FROM items GROUP BY {key} {having}
)
SELECT s.basket, i.product_id FROM items AS i JOIN sizes AS s ON {same}
"""
_COUNTS_SQL = """
SELECT product_id, CAST(ROW_NUMBER() OVER (ORDER BY product_id) AS INT) AS code, n FROM (
  SELECT product_id, COUNT(*) AS n FROM {items} GROUP BY product_id
) AS c WHERE n >= {least}
"""
_KEPT_SQL = "SELECT i.basket, c.code FROM {items} AS i JOIN {counts} AS c ON c.product_id = i.product_id"
_PAIRS_SQL = """
WITH pairs AS (
  SELECT a.code AS left_code, b.code AS right_code, COUNT(*) AS n_both FROM {kept} AS a
  JOIN {kept} AS b ON b.basket = a.basket AND b.code > a.code GROUP BY a.code, b.code
  HAVING COUNT(*) >= {least}
)
SELECT l.product_id AS left, r.product_id AS right, l.n AS n_left, r.n AS n_right, p.n_both
FROM pairs AS p JOIN {counts} AS l ON l.code = p.left_code JOIN {counts} AS r ON r.code = p.right_code
ORDER BY p.n_both DESC, p.left_code, p.right_code
"""


def pair_counts(
    session: Session,
    lines: str,
    min_count: int = MIN_COUNT,
    *,
    as_of: int | None = None,
    basket: str = "order",
    cap: int | None = BASKET_CAP,
    drop: Iterable[int | str] = NOT_GOODS,
) -> pa.Table:
    """Every pair that meets in ``min_count`` baskets or more, once, the smaller product id on the left.

    ``basket`` is an ``order`` or what a customer bought on one ``day``; baskets of more than ``cap``
    products are left out of every count. Returns left, right, n_left, n_right, n_both, n_baskets (BIGINT),
    most frequent first; the schema's metadata ``tests`` holds how many pairs could have reached the count.
    """
    least = max(int(min_count), 1)
    with scratch(session, _ITEMS, _COUNTS, _KEPT):
        session.create(_ITEMS, items_sql(goods_sql(lines, as_of, drop), basket, cap))
        baskets = session.rows(f"SELECT COUNT(*) AS n FROM (SELECT DISTINCT basket FROM {_ITEMS}) AS b")[0][0]
        session.create(_COUNTS, _COUNTS_SQL.format(items=_ITEMS, least=least))
        session.create(_KEPT, _KEPT_SQL.format(items=_ITEMS, counts=_COUNTS))
        found = session.sql(_PAIRS_SQL.format(kept=_KEPT, counts=_COUNTS, least=least))
        frequent = session.rows(f"SELECT COUNT(*) AS n FROM {_COUNTS}")[0][0]
    total = pa.array(np.full(found.num_rows, baskets, np.int64))
    tests = frequent * (frequent - 1) // 2
    return found.append_column("n_baskets", total).replace_schema_metadata({"tests": str(tests)})


def items_sql(goods: str, basket: str, cap: int | None) -> str:
    """One row per basket (numbered from 1) and product."""
    if basket not in BASKETS:
        raise ValueError("basket must be 'order' or 'day'")
    key = BASKETS[basket]
    same = " AND ".join(f"i.{part} = s.{part}" for part in key.split(", "))
    having = "" if cap is None else f"HAVING COUNT(*) <= {int(cap)}"
    return _ITEMS_SQL.format(key=key, goods=goods, same=same, having=having)


def pair_rules(
    session: Session,
    lines: str,
    min_count: int = MIN_COUNT,
    *,
    as_of: int | None = None,
    basket: str = "order",
    cap: int | None = BASKET_CAP,
    correction: str = "fdr",
    drop: Iterable[int | str] = NOT_GOODS,
) -> pa.Table:
    """ "Who buys left also buys right": both directions of every pair of :func:`pair_counts`.

    Adds support = n_both / n_baskets, confidence = n_both / n_left, lift, ``confidence_low`` (Wilson, 95 %),
    ``p_value`` (Fisher, one-sided) and ``q_value`` corrected (``fdr`` or ``holm``) for every pair of products
    that are each frequent enough to have reached the count. Strongest lift first.
    """
    found = pair_counts(session, lines, min_count, as_of=as_of, basket=basket, cap=cap, drop=drop)
    tests = int(found.schema.metadata[b"tests"])
    n = {name: found[name].to_numpy() for name in ("n_left", "n_right", "n_both", "n_baskets")}
    p = upper_tail(n["n_both"], n["n_left"], n["n_right"], n["n_baskets"])
    found = found.append_column("p_value", pa.array(p)).append_column(
        "q_value", pa.array(adjusted(p, tests, correction))
    )
    names = list(found.column_names)
    turned = {"left": "right", "right": "left", "n_left": "n_right", "n_right": "n_left"}
    mirror = found.select([turned.get(name, name) for name in names]).rename_columns(names)
    return _measured(pa.concat_tables([found, mirror]))


def _measured(rules: pa.Table) -> pa.Table:
    left, right, both, total = (
        rules[name].to_numpy().astype(np.float64) for name in ("n_left", "n_right", "n_both", "n_baskets")
    )
    added: dict[str, Any] = {
        "support": both / total,
        "confidence": both / left,
        "lift": both * total / (left * right),
        "confidence_low": wilson_low(both, left),
    }
    for name, values in added.items():
        rules = rules.append_column(name, pa.array(values, pa.float64()))
    order = ["left", "right", "n_left", "n_right", "n_both", "n_baskets", *added, "p_value", "q_value"]
    keys = [("lift", "descending"), ("n_both", "descending"), ("left", "ascending"), ("right", "ascending")]
    return rules.select(order).take(pc.sort_indices(rules, sort_keys=keys))
