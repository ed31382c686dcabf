"""Definitions and questions that tests of segments share."""

from __future__ import annotations

from zhike.crm.segments.models import Membership, Segment

EVERYBODY = {"op": "and", "children": []}
BUYERS = {"t": "attr", "field": "frequency", "cmp": "gte", "value": 1}
OFTEN = {"t": "attr", "field": "frequency", "cmp": "gte", "value": 4}


def asks(segment: Segment) -> dict:
    return {"t": "segment", "id": str(segment.pk)}


def inside(segment: Segment) -> set[int]:
    """Who is in, as the rows say; the number kept with the segment must say the same."""
    found = Membership.objects.filter(segment=segment, left_at=None).values_list("customer_id", flat=True)
    assert Segment.objects.get(pk=segment.pk).members == len(found)
    return set(found)


def whole(*conditions: dict) -> dict:
    return {"v": 1, "entity": "customer", "root": {"op": "and", "children": list(conditions)}}


def never() -> bool:
    raise AssertionError("a few changed customers need no evaluation of everybody")
