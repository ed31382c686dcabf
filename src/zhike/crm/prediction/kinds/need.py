"""What the next order will hold: a part of the purchase rhythm, learned from the lines of the orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.analytics.cycles import CycleSettings, Rhythms, Usual, evaluate_need, expected_need, usual_rhythms
from zhike.analytics.engine import Session
from zhike.crm.prediction.kinds.products import not_goods, off_sale
from zhike.crm.prediction.sources import Sources

TABLE = "scored_need"
LIMIT = 5
#: Fewer customers with three baskets say nothing of how good the expectation is.
MIN_JUDGED = 30

Stored = Callable[[Rhythms], dict[str, Any]]
Restored = Callable[[dict[str, Any]], Rhythms]
# One list per customer as text, and a hash of what is expected without its dates, which drift daily.
_LISTS = f"""
INSERT INTO {TABLE} SELECT customer_id,
  '[' || string_agg('{{"product": ' || product_id || ', "on": ' || expected_on || ', "quantity": '
    || round(quantity, 3) || ', "why": ' || evidence || '}}', ', '
    ORDER BY expected_on, product_id) || ']',
  CAST(bit_xor(hash(product_id, quantity)) >> 1 AS BIGINT)
FROM _need GROUP BY customer_id
"""


def learn(sources: Sources, settings: CycleSettings, stored: Stored) -> dict[str, Any] | None:
    """The rhythms of visits and of products; None where nothing was bought twice."""
    lines = sources.sampled_lines()
    found = usual_rhythms(sources.session, lines, sources.day, settings=settings, drop=not_goods())
    if found.visits is None or found.products is None:
        return None
    return {"visits": stored(found.visits), "products": stored(found.products)}


def test(sources: Sources, settings: CycleSettings) -> dict[str, Any] | None:
    """How the last basket of everybody would have been met; None where too few have three."""
    lines = sources.sampled_lines()
    found = evaluate_need(
        sources.session, lines, sources.day, LIMIT, settings=settings, drop=not_goods()
    ).to_dict()
    return found if found["customers"] >= MIN_JUDGED else None


def score(sources: Sources, parameters: dict[str, Any], restored: Restored) -> None:
    """Fill ``TABLE`` for everybody, a part of the base after the other."""
    if not parameters.get("need"):
        return
    for lines in sources.parts(sources.lines):
        insert(sources.session, lines, sources.day, parameters, restored, engine=sources.engine)


def insert(
    session: Session,
    lines: str,
    day: int,
    parameters: dict[str, Any],
    restored: Restored,
    *,
    engine: Session | None = None,
) -> None:
    """Fill ``TABLE`` of the session for the customers of ``lines``, which lie in ``engine``."""
    kept = parameters.get("need")
    if not kept:
        return
    usual = Usual(restored(kept["visits"]), restored(kept["products"]))
    settings = CycleSettings(**parameters["settings"])
    found = expected_need(
        engine or session,
        lines,
        day,
        LIMIT,
        settings=settings,
        drop=not_goods(),
        exclude=off_sale(),
        usual=usual,
    )
    session.load("_need", found)
    session.connection.execute(_LISTS)
    session.drop("_need")
