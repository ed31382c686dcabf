"""After an event: the products of some customers anew, from their own lines.

What is bought again and again needs no model, and what the next order will hold follows from rhythms learned
before; both are computed as for everybody. What may be liked stays as the last scoring found it, less what
was bought meanwhile: it takes everybody's purchases to find it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from zhike.analytics.engine import Session
from zhike.crm.prediction.choices import RecommendationKind
from zhike.crm.prediction.models import Recommendation

LINES = "few_lines"
Offered = tuple[str, int, Any]


def offer(session: Session, day: int, parameters: dict[str, Any], customer_ids: Sequence[int]) -> set[int]:
    """Leave ``scored_products`` of these customers in the session, from the lines in ``LINES``; returns those
    whose products differ from what is published."""
    from zhike.crm.prediction.kinds import recommendation

    recommendation.again(session, LINES, day, parameters)
    published = _published(customer_ids)
    _keep_liked(session, published)
    fresh: dict[int, list[Offered]] = defaultdict(list)
    found = session.connection.execute(
        "SELECT customer_id, kind, rank, product_id, evidence FROM scored_products ORDER BY ALL"
    ).fetchall()
    for customer, kind, _rank, product, evidence in found:
        fresh[customer].append((kind, product, json.loads(evidence)))
    return {one for one in customer_ids if fresh[one] != _in_words(published[one])}


def _published(customer_ids: Sequence[int]) -> dict[int, list[Recommendation]]:
    rows: dict[int, list[Recommendation]] = defaultdict(list)
    for row in Recommendation.objects.filter(customer_id__in=customer_ids).order_by("kind", "rank"):
        rows[row.customer_id].append(row)
    return rows


def _in_words(rows: Iterable[Recommendation]) -> list[Offered]:
    return [(row.kind, row.product_id, row.evidence) for row in rows]


def _keep_liked(session: Session, published: dict[int, list[Recommendation]]) -> None:
    """Insert what may be liked and has not been bought since, in its order."""
    bought = set(
        session.connection.execute(f"SELECT DISTINCT customer_id, product_id FROM {LINES}").fetchall()
    )
    kept = []
    for customer, rows in published.items():
        liked = [row for row in rows if row.kind == RecommendationKind.DISCOVER]
        left = [row for row in liked if (customer, row.product_id) not in bought]
        kept += [
            (customer, row.kind, rank, row.product_id, row.score, json.dumps(row.evidence))
            for rank, row in enumerate(left, 1)
        ]
    if kept:
        names = ("customer_id", "kind", "rank", "product_id", "score", "evidence")
        columns = zip(*kept, strict=True)
        session.load("_liked", pa.table(dict(zip(names, map(list, columns), strict=True))))
        session.connection.execute("INSERT INTO scored_products SELECT * FROM _liked")
        session.drop("_liked")
