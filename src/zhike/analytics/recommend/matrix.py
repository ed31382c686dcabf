"""Who bought what, as a sparse matrix of ones, and the numbers of its rows and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from zhike.analytics.engine.session import Session

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

_PAIRS = """
SELECT d.customer_id, c.code FROM (SELECT DISTINCT customer_id, product_id FROM {goods}
WHERE customer_id IS NOT NULL) AS d JOIN {catalogue} AS c ON c.product_id = d.product_id
"""
# ``ever`` and ``recent`` count customers.
_CATALOGUE = """
SELECT product_id, CAST(ROW_NUMBER() OVER (ORDER BY product_id) - 1 AS INT) AS code, ever, recent FROM (
  SELECT product_id, COUNT(*) AS ever, SUM(CASE WHEN last_day > {since} THEN 1 ELSE 0 END) AS recent FROM (
    SELECT customer_id, product_id, MAX(day) AS last_day FROM {goods} WHERE customer_id IS NOT NULL
    GROUP BY customer_id, product_id
  ) AS pairs GROUP BY product_id
) AS counted
"""


@dataclass(frozen=True)
class Purchases:
    """``matrix`` of shape (customers, products) holds 1 where bought, float32, rows and columns sorted.

    ``customers`` (n,) are the ids of the rows; ``products`` is an Arrow array of the columns' ids;
    ``recent`` (products,) counts who bought each product in the recent window, out of ``buyers`` who bought
    anything in it.
    """

    matrix: Any
    customers: Integers
    products: pa.Array
    recent: Integers
    buyers: int

    def position(self, product: int | str) -> int | None:
        """Column of a product, None when nobody bought it."""
        found = self.products.index(pa.scalar(product, self.products.type)).as_py()
        return None if found < 0 else int(found)


def purchases(session: Session, goods: str, as_of: int, *, recent_days: int = 90) -> Purchases:
    """Read the relation of goods into a matrix; the same for any order of its rows."""
    since = int(as_of) - int(recent_days)
    session.create("_matrix_catalogue", _CATALOGUE.format(goods=goods, since=since))
    try:
        columns = session.sql("SELECT product_id, ever, recent FROM _matrix_catalogue ORDER BY code")
        pairs = session.sql(_PAIRS.format(goods=goods, catalogue="_matrix_catalogue"))
        bought = f"SELECT DISTINCT customer_id FROM {goods} WHERE day > {since} AND customer_id IS NOT NULL"
        buyers = session.rows(f"SELECT COUNT(*) AS n FROM ({bought}) AS b")[0][0]
    finally:
        session.drop("_matrix_catalogue")
    customers, rows = np.unique(pairs["customer_id"].to_numpy(), return_inverse=True)
    codes = pairs["code"].to_numpy()
    shape = (len(customers), columns.num_rows)
    matrix = sparse.csr_matrix((np.ones(len(codes), np.float32), (rows, codes)), shape=shape)
    matrix.sort_indices()
    recent = columns["recent"].to_numpy().astype(np.int64)
    return Purchases(matrix, customers, columns["product_id"].combine_chunks(), recent, int(buyers))
