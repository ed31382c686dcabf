"""Products to discover: what customers of similar taste bought and this one did not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics.engine.session import Session
from zhike.analytics.recommend.cold import popular_offers
from zhike.analytics.recommend.evidence import bought_with, popular_text, product_texts, strongest_links
from zhike.analytics.recommend.goods import NOT_GOODS, Filters, goods_sql, scratch
from zhike.analytics.recommend.matrix import Floats, Integers, Purchases, purchases
from zhike.analytics.recommend.models import EASE_LIMIT, Bm25, Ease, choose_model

SCHEMA = pa.schema(
    [("customer_id", pa.int64()), ("rank", pa.int32()), ("product_id", pa.int64()), ("score", pa.float64()),
     ("evidence", pa.string())]
)  # fmt: skip
# Cells of one block of dense scores: 64 MB of float32.
_CELLS = 16_000_000


@dataclass(frozen=True, slots=True)
class DiscoverSettings:
    """``penalty`` of EASE; ``ease_limit`` products above which BM25 neighbours take over; ``recent_weight``
    of the share of recent customers who bought a product, added to its score; ``smallest_segment``: a segment
    with fewer customers in the recent window offers nothing to newcomers."""

    penalty: float = 500.0
    ease_limit: int = EASE_LIMIT
    recent_weight: float = 0.0
    recent_days: int = 90
    smallest_segment: int = 50


def discover(
    session: Session,
    lines: str,
    as_of: int,
    limit: int = 10,
    *,
    customers: str | None = None,
    only: Iterable[int] | None = None,
    filters: Filters | None = None,
    settings: DiscoverSettings | None = None,
    drop: Iterable[int | str] = NOT_GOODS,
) -> pa.Table:
    """Products each customer has not bought, the most promising first.

    ``customers`` names a relation (customer_id, segment): those of it who have bought nothing get what was
    popular in their segment within the last 90 days. ``only`` limits who is scored, never what is learned
    from. Returns customer_id, rank (from 1), product_id, score (comparable within a customer alone) and
    evidence: ``bought_with`` names the customer's own products behind the offer, strongest first.
    """
    chosen, filters = settings or DiscoverSettings(), filters or Filters()
    wanted = None if only is None else np.unique(np.fromiter((int(one) for one in only), np.int64))
    with scratch(session, "_discover_goods", "_discover_allowed"):
        session.create("_discover_goods", goods_sql(lines, as_of, drop))
        session.create("_discover_allowed", filters.select("_discover_goods"))
        bought = purchases(session, "_discover_goods", as_of, recent_days=chosen.recent_days)
        allowed = session.sql("SELECT product_id FROM _discover_allowed")["product_id"]
        parts = _warm(bought, _mask(bought, allowed), wanted, int(limit), filters.bought, chosen)
        if customers:
            cold = popular_offers(session, "_discover_goods", customers, "_discover_allowed", as_of, int(limit),
                                  days=chosen.recent_days, smallest=chosen.smallest_segment)  # fmt: skip
            parts.append(_only(cold, wanted))
    schema = SCHEMA.set(2, pa.field("product_id", bought.products.type))
    return pa.concat_tables([part.cast(schema) for part in parts]) if parts else schema.empty_table()


def _mask(bought: Purchases, allowed: Any) -> Any:
    return np.isin(np.arange(len(bought.products)), _positions(bought, allowed))


def _positions(bought: Purchases, products: Any) -> Integers:
    import pyarrow.compute as pc

    found = pc.index_in(products, value_set=bought.products)
    return found.to_numpy(zero_copy_only=False).astype(np.int64)


def _only(table: pa.Table, wanted: Integers | None) -> pa.Table:
    return table if wanted is None else table.filter(np.isin(table["customer_id"].to_numpy(), wanted))


def _warm(
    bought: Purchases, allowed: Any, wanted: Integers | None, limit: int, with_bought: bool,
    settings: DiscoverSettings,
) -> list[pa.Table]:  # fmt: skip
    """Offers of all customers with a history, in blocks of dense scores."""
    size = len(bought.products)
    if not size or not allowed.any() or limit < 1:
        return []
    model = choose_model(size, penalty=settings.penalty, ease_limit=settings.ease_limit).fit(bought.matrix)
    rows = np.arange(len(bought.customers))
    if wanted is not None:
        rows = rows[np.isin(bought.customers, wanted)]
    step = max(1, _CELLS // size)
    texts = product_texts(bought.products)
    extra = np.float32(settings.recent_weight) * bought.popular
    return [
        _block(bought, model, rows[start : start + step], allowed, limit, with_bought, extra, texts, settings)
        for start in range(0, len(rows), step)
    ]


def _block(
    bought: Purchases, model: Ease | Bm25, rows: Integers, allowed: Any, limit: int, with_bought: bool,
    extra: Floats, texts: pa.Array, settings: DiscoverSettings,
) -> pa.Table:  # fmt: skip
    history = bought.matrix[rows]
    scores = model.scores(history)
    if extra.any():
        scores += extra
    scores[:, ~allowed] = -np.inf
    if not with_bought:
        scores[np.repeat(np.arange(len(rows)), np.diff(history.indptr)), history.indices] = -np.inf
    offered, values = best(scores, limit)
    links = strongest_links(model, history, offered)
    owner, place = np.nonzero(offered >= 0)
    evidence = bought_with(links[owner, place], texts)
    alone = links[owner, place, 0] < 0
    if alone.any():
        evidence = pa.array(np.where(alone, popular_text(None, 0, 0, settings.recent_days), evidence))
    return pa.table(
        {
            "customer_id": bought.customers[rows][owner],
            "rank": (place + 1).astype(np.int32),
            "product_id": bought.products.take(pa.array(offered[owner, place])),
            "score": values[owner, place].astype(np.float64),
            "evidence": evidence,
        }
    )


def best(scores: Floats, limit: int) -> tuple[Integers, Floats]:
    """Codes and scores (n, limit) of the highest scores above zero of each row, ties by code; -1 for none."""
    count = min(limit, scores.shape[1])
    border = np.partition(scores, -count, axis=1)[:, -count]
    # Everything at or above the border, so that ties are decided by the code and not by the partition.
    row, code = np.nonzero(scores >= np.maximum(border, np.finfo(np.float32).tiny)[:, None])
    value = scores[row, code]
    order = np.lexsort((code, -value, row))
    row, code, value = row[order], code[order], value[order]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    kept = place < count
    codes = np.full((len(scores), count), -1, np.int64)
    values = np.zeros((len(scores), count), np.float32)
    codes[row[kept], place[kept]] = code[kept]
    values[row[kept], place[kept]] = value[kept]
    return codes, values
