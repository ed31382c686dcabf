"""The usual gap between purchases of a category: what can be said of a customer who bought once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics.cycles.gaps import Gaps
from zhike.analytics.engine.session import Session, identifier
from zhike.analytics.recommend.goods import goods_sql

SCHEMA = pa.schema([("category", pa.string()), ("customers", pa.int64()), ("cycle_days", pa.float64())])


def category_cycles(
    session: Session, lines: str, products: str, as_of: int, *, min_customers: int = 50
) -> pa.Table:
    """The median over customers of their own mean gap between purchases of a category.

    ``products`` is a relation (product_id, category). Categories with fewer than ``min_customers`` customers
    who came back are left out. Returns category (text), customers, cycle_days, by category.
    """
    found = session.sql(
        "SELECT DISTINCT g.customer_id, g.day, CAST(p.category AS STRING) AS category "
        f"FROM ({goods_sql(lines, as_of)}) AS g "
        f"JOIN {identifier(products)} AS p ON p.product_id = g.product_id "
        "WHERE p.category IS NOT NULL AND g.customer_id IS NOT NULL"
    )
    names, code = np.unique(np.array(found["category"].to_pylist(), dtype=object), return_inverse=True)
    pairs = (
        np.stack([code, found["customer_id"].to_numpy()]) if found.num_rows else np.zeros((2, 0), np.int64)
    )
    owners, owner = np.unique(pairs, axis=1, return_inverse=True)
    gaps = Gaps.of(owner.ravel(), found["day"].to_numpy())
    back = gaps.counts > 0
    means, of = gaps.trimmed_means(0.0)[back], owners[0][back]
    return _medians(names, of, means, min_customers)


def _medians(names: Any, of: Any, means: Any, least: int) -> pa.Table:
    rows = [(name, means[of == number]) for number, name in enumerate(names)]
    kept = [(name, len(own), float(np.median(own))) for name, own in rows if len(own) >= max(least, 1)]
    columns = list(zip(*kept, strict=True)) or [(), (), ()]
    return pa.table(
        [pa.array(values, f.type) for values, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )
