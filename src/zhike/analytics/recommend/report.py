"""How good the recommendations are: the next basket against both lists, always beside popularity.

Recall@k is hits over the size of the true basket; NDCG@k discounts hits by log2(rank + 1) and divides by the
best possible for that basket. ALL counts every product of the true basket; NEW only those never bought
before, with customers who have none of them left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.engine.session import Session, identifier
from zhike.analytics.recommend.again import rebuy
from zhike.analytics.recommend.fresh import DiscoverSettings, discover
from zhike.analytics.recommend.goods import NOT_GOODS, goods_sql, scratch
from zhike.analytics.recommend.matrix import Purchases, purchases

_GOODS, _PAST, _TRUTH, _NEW = "_report_goods", "_report_past", "_report_truth", "_report_new"
_ROWS = 2_000
_CUTS = """
WITH days AS (SELECT DISTINCT customer_id, day FROM {goods} WHERE customer_id IS NOT NULL)
SELECT customer_id, MAX(day) AS cut FROM days GROUP BY customer_id HAVING COUNT(*) > 1
"""
_CUTS_AT = """
WITH days AS (SELECT DISTINCT customer_id, day FROM {goods} WHERE customer_id IS NOT NULL)
SELECT customer_id, MIN(CASE WHEN day > {at} THEN day END) AS cut FROM days GROUP BY customer_id
HAVING MIN(day) <= {at} AND MAX(day) > {at}
"""
_POPULAR = """
WITH bought AS (
  SELECT product_id, COUNT(*) AS score FROM (SELECT DISTINCT customer_id, day, product_id FROM {past}
  WHERE day > {since}) AS d GROUP BY product_id
)
SELECT product_id, CAST(score AS DOUBLE) AS score FROM bought ORDER BY score DESC, product_id
"""


@dataclass(frozen=True)
class RecommendationReport:
    """``scores`` maps a method to ``recall`` and ``ndcg`` at ``limit``; ``all`` and ``new`` are the numbers
    of customers behind them; ``split`` is ``last_basket`` or ``time``."""

    split: str
    limit: int
    all: int
    new: int
    mean_basket: float
    repeat_share: float
    scores: dict[str, dict[str, float]]

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def evaluate_recommendation(
    session: Session,
    lines: str,
    as_of: int,
    *,
    at: int | None = None,
    limit: int = 10,
    settings: DiscoverSettings | None = None,
    drop: Iterable[int | str] = NOT_GOODS,
) -> RecommendationReport:
    """Hold out baskets (what a customer bought on one day), recommend from the rest, and compare.

    Without ``at`` each customer's last basket is held out; others' later baskets then are in the history.
    With ``at`` everything after that day is hidden from everybody and the first basket after it is the truth.
    """
    with scratch(session, _GOODS, _PAST, _TRUTH, _NEW, "_report_cuts"):
        session.create(_GOODS, goods_sql(lines, as_of, drop))
        _split(session, at)
        truth = _pairs(session, f"SELECT customer_id, product_id FROM {_TRUTH}")
        new = _pairs(session, f"SELECT customer_id, product_id FROM {_NEW}")
        seen = as_of if at is None else at
        lists = _lists(session, seen, limit, settings or DiscoverSettings(), np.unique(truth[0]))
        scores = {
            name: measure(found, truth if name.endswith("all") else new, limit) for name, found in lists
        }
    customers = len(np.unique(truth[0]))
    return RecommendationReport(
        "last_basket" if at is None else "time", limit, customers, len(np.unique(new[0])),
        len(truth[0]) / max(customers, 1), 1 - len(new[0]) / max(len(truth[0]), 1), scores,
    )  # fmt: skip


def _split(session: Session, at: int | None) -> None:
    cuts = _CUTS.format(goods=_GOODS) if at is None else _CUTS_AT.format(goods=_GOODS, at=int(at))
    session.create("_report_cuts", cuts)
    kept = "c.customer_id IS NULL OR g.day < c.cut" if at is None else f"g.day <= {int(at)}"
    session.create(
        _PAST,
        f"SELECT g.* FROM {_GOODS} AS g LEFT JOIN _report_cuts AS c ON c.customer_id = g.customer_id "
        f"WHERE {kept}",
    )
    session.create(
        _TRUTH,
        f"SELECT DISTINCT g.customer_id, g.product_id FROM {_GOODS} AS g "
        "JOIN _report_cuts AS c ON c.customer_id = g.customer_id AND c.cut = g.day",
    )
    session.create(
        _NEW,
        f"SELECT t.customer_id, t.product_id FROM {_TRUTH} AS t LEFT JOIN "
        f"(SELECT DISTINCT customer_id, product_id FROM {_PAST}) AS p "
        "ON p.customer_id = t.customer_id AND p.product_id = t.product_id WHERE p.product_id IS NULL",
    )


def _lists(
    session: Session, seen: int, limit: int, settings: DiscoverSettings, customers: Any
) -> list[tuple[str, pa.Table]]:
    """Every method's list of every customer; a name ends in the truth that it is measured against."""
    found = [("rebuy all", rebuy(session, _PAST, seen, limit, drop=()))]
    fresh = discover(session, _PAST, seen, limit, only=customers, settings=settings, drop=())
    found.append(("discover new", fresh))
    history = purchases(session, _PAST, seen)
    for name, since in (("popular", None), ("popular_recent", seen - settings.recent_days)):
        popular = _popular(session, since)
        found.append((f"{name} all", _everybody(popular[:limit], customers)))
        found.append((f"{name} new", _unbought(history, popular, customers, limit)))
    return found


def _popular(session: Session, since: int | None) -> pa.Array:
    """All products by the number of customer days with them, most popular first."""
    floor = -(10**9) if since is None else since
    found = session.sql(_POPULAR.format(past=identifier(_PAST), since=floor))
    return found["product_id"].combine_chunks()


def _everybody(popular: pa.Array, customers: Any) -> pa.Table:
    rank = np.tile(np.arange(1, len(popular) + 1), len(customers))
    products = popular.take(pa.array(rank - 1))
    return pa.table({"customer_id": np.repeat(customers, len(popular)), "rank": rank, "product_id": products})


def _unbought(history: Purchases, popular: pa.Array, customers: Any, limit: int) -> pa.Table:
    """The most popular products that each customer has not bought."""
    columns = pc.index_in(popular, value_set=history.products).to_numpy()
    rows = np.searchsorted(history.customers, customers)
    parts = []
    for start in range(0, len(rows), _ROWS):
        free = history.matrix[rows[start : start + _ROWS]].toarray()[:, columns] == 0
        rank = np.cumsum(free, axis=1, dtype=np.int32)
        owner, place = np.nonzero(free & (rank <= limit))
        names = popular.take(pa.array(place))
        parts.append((customers[start + owner], rank[owner, place], names))
    if not parts:
        return _everybody(popular[:0], customers)
    who, ranks, products = zip(*parts, strict=True)
    return pa.table(
        {
            "customer_id": np.concatenate(who),
            "rank": np.concatenate(ranks),
            "product_id": pa.chunked_array(products),
        }
    )


def _pairs(session: Session, text: str) -> tuple[Any, pa.Array]:
    found = session.sql(text)
    return found["customer_id"].to_numpy(), found["product_id"].combine_chunks()


def measure(found: pa.Table, truth: tuple[Any, pa.Array], limit: int) -> dict[str, float]:
    """Mean recall and NDCG over the customers of ``truth``; who has no list counts as zero."""
    customers, sizes = np.unique(truth[0], return_counts=True)
    hit = _hits(found, truth)
    rows = np.searchsorted(customers, found["customer_id"].to_numpy()[hit])
    gains = 1 / np.log2(found["rank"].to_numpy()[hit] + 1.0)
    ideal = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, limit + 2)))])
    recall = np.bincount(rows, minlength=len(customers)) / sizes
    ndcg = np.bincount(rows, gains, len(customers)) / ideal[np.minimum(sizes, limit)]
    return {"recall": _mean(recall), "ndcg": _mean(ndcg)}


def _hits(found: pa.Table, truth: tuple[Any, pa.Array]) -> Any:
    """Which rows of a list are in the truth."""
    names = pc.unique(truth[1])
    place = pc.index_in(found["product_id"], value_set=names)
    code = pc.fill_null(place, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    wanted = truth[0].astype(np.int64) * len(names) + pc.index_in(truth[1], value_set=names).to_numpy()
    keys = found["customer_id"].to_numpy().astype(np.int64) * len(names) + code
    return (code >= 0) & np.isin(keys, wanted)


def _mean(values: Any) -> float:
    return float(values.mean()) if len(values) else 0.0
