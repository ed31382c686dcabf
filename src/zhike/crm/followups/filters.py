"""The state of contact as a filter of customer lists."""

from __future__ import annotations

from django.db.models import Q

from zhike.crm.customers.conditions import NOBODY
from zhike.crm.followups import queries


def contact(given: list[str]) -> Q:
    """Any of the states, all of which must be known."""
    if not set(given) <= set(queries.STATES):
        return NOBODY
    rhythm, found = queries.Rhythm(), NOBODY
    for code in sorted(set(given)):
        found |= queries.condition(code, rhythm)
    return queries.TIERED & found


def pairs() -> list[tuple[str, str]]:
    return [(code, queries.state_name(code)) for code in queries.STATES]
