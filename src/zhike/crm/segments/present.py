"""Who is in which segment at this moment, beside the analytical files; read again once it changes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db.models import OuterRef, Subquery

from zhike.crm.insight import extract
from zhike.crm.segments.models import Membership, Segment

MEMBERS = pa.schema([("ref", pa.int64()), ("customer_id", pa.int64())])
#: Segments kept in memory; a segment of a million customers takes eight megabytes.
KEPT = 12
#: So many are read sooner than a second connection is opened.
FEW = 20_000


def members(segment_ids: Iterable[int]) -> pa.Table:
    """``(ref, customer_id)`` of open memberships of these segments."""
    return members_of(stamps(sorted({int(pk) for pk in segment_ids})))


def members_of(found: list[tuple[Any, ...]]) -> pa.Table:
    """The same of segments whose ``stamps`` are known."""
    tables = [_read(*stamp) for stamp in found]
    return pa.concat_tables(tables) if tables else MEMBERS.empty_table()


def stamps(segment_ids: list[int]) -> list[tuple[Any, ...]]:
    """What differs as soon as somebody entered or left: the last times of both, and the count."""
    if not segment_ids:
        return []
    mine = Membership.objects.filter(segment=OuterRef("pk"))
    left = mine.filter(left_at__isnull=False).order_by("-left_at")
    rows = Segment.objects.filter(pk__in=segment_ids).annotate(
        entered=Subquery(mine.order_by("-entered_at").values("entered_at")[:1]),
        gone=Subquery(left.values("left_at")[:1]),
    )
    found = rows.order_by("pk").values_list("pk", "members", "entered", "gone")
    return [(str(settings.ZHIKE_HOME), *row) for row in found]


@lru_cache(maxsize=KEPT)
def _read(_home: str, segment_id: int, size: int, *_stamp: Any) -> pa.Table:
    text = (
        "SELECT m.segment_id AS ref, m.customer_id AS customer_id FROM segments_membership m "
        f"WHERE m.left_at IS NULL AND m.segment_id = {int(segment_id)}"
    )
    if size <= FEW:
        return extract.rows(text, MEMBERS)
    return extract.table(text, MEMBERS)
