"""Products to discover: what customers of similar taste bought and this one did not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
    """``penalty`` of EASE; ``ease_limit`` products above which BM25 neighbors take over; ``recent_weight`` of
    the share of recent customers who bought a product, added to its score; ``smallest_segment``: with fewer
    recent customers nothing is called popular, in a segment or at all."""

    penalty: float = 500.0
    ease_limit: int = EASE_LIMIT
    recent_weight: float = 0.2
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
        scoring = _Scoring(bought, _mask(bought, allowed), int(limit), filters.bought, chosen)
        parts = scoring.parts(wanted)
        if customers:
            cold = popular_offers(
                session, "_discover_goods", customers, "_discover_allowed", as_of, int(limit),
                days=chosen.recent_days, smallest=chosen.smallest_segment,
            )  # fmt: skip
            parts.append(_only(cold, wanted))
    schema = SCHEMA.set(2, pa.field("product_id", bought.products.type))
    return pa.concat_tables([part.cast(schema) for part in parts]) if parts else schema.empty_table()


def _mask(bought: Purchases, allowed: Any) -> Any:
    return np.isin(np.arange(len(bought.products)), _positions(bought, allowed))


def _positions(bought: Purchases, products: Any) -> Integers:
    found = pc.index_in(products, value_set=bought.products)
    return found.to_numpy(zero_copy_only=False).astype(np.int64)


def _only(table: pa.Table, wanted: Integers | None) -> pa.Table:
    return table if wanted is None else table.filter(np.isin(table["customer_id"].to_numpy(), wanted))


@dataclass(frozen=True)
class _Scoring:
    """Scores customers with a history, in blocks of dense scores; ``allowed`` (products,) may be offered."""

    bought: Purchases
    allowed: Any
    limit: int
    with_bought: bool
    settings: DiscoverSettings

    def parts(self, wanted: Integers | None) -> list[pa.Table]:
        """The offers of all customers, or of those of ``wanted``."""
        size = len(self.bought.products)
        if not self.allowed.any() or self.limit < 1:
            return []
        model = choose_model(size, penalty=self.settings.penalty, ease_limit=self.settings.ease_limit)
        model.fit(self.bought.matrix)
        rows = np.arange(len(self.bought.customers))
        if wanted is not None:
            rows = rows[np.isin(self.bought.customers, wanted)]
        step = max(1, _CELLS // size)
        texts = product_texts(self.bought.products), self._popular_texts()
        return [self._block(model, rows[at : at + step], *texts) for at in range(0, len(rows), step)]

    def _block(self, model: Ease | Bm25, rows: Integers, own: pa.Array, popular: pa.Array) -> pa.Table:
        history = self.bought.matrix[rows]
        offered, values = best(self._scores(model, history), self.limit)
        links = strongest_links(model, history, offered)
        owner, place = np.nonzero(offered >= 0)
        codes = pa.array(offered[owner, place])
        alone = pa.array(links[owner, place, 0] < 0)
        evidence = pc.if_else(alone, popular.take(codes), bought_with(links[owner, place], own))
        return pa.table(
            {
                "customer_id": self.bought.customers[rows][owner],
                "rank": (place + 1).astype(np.int32),
                "product_id": self.bought.products.take(codes),
                "score": values[owner, place].astype(np.float64),
                "evidence": evidence,
            }
        )

    def _scores(self, model: Ease | Bm25, history: Any) -> Floats:
        scores = model.scores(history)
        scores += self._recent()
        scores[:, ~self.allowed] = -np.inf
        if not self.with_bought:
            scores[np.repeat(np.arange(len(scores)), np.diff(history.indptr)), history.indices] = -np.inf
        return scores

    def _recent(self) -> Floats:
        buyers = self.bought.buyers
        weight = self.settings.recent_weight if buyers >= self.settings.smallest_segment else 0.0
        return (weight * self.bought.recent / max(buyers, 1)).astype(np.float32)

    def _popular_texts(self) -> pa.Array:
        days, buyers = self.settings.recent_days, self.bought.buyers
        counts = self.bought.recent.tolist()
        return pa.array([popular_text(None, buyers, count, days) for count in counts], pa.string())


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
