"""What answers statistics: the snapshot beside the segment base, with the members of segments asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.segments import present
from zhike.crm.segments.paired import Paired

#: The members of one segment, as ``whom`` tells them from everybody else.
INSIDE = "inside"
_AMONG = f"c.customer_id IN (SELECT i.customer_id FROM {INSIDE} i)"


def wide(base: Snapshot, segments: tuple[int, ...] = ()) -> Snapshot:
    """The same customers with everything that the segment base knows of them, and these segments' members."""
    brought = {"members": present.members(segments)} if segments else {}
    return replace(base, reader=Paired({**_brought(base), **brought}))


def beside(base: Snapshot, segment: int, *, alone: bool) -> Snapshot:
    """With the members of one segment at hand; ``alone``: nobody else is counted."""
    found = replace(base, reader=Paired({**_brought(base), INSIDE: present.members([segment])}))
    return replace(found, scope=f"({base.scope}) AND {_AMONG}") if alone else found


def _brought(base: Snapshot) -> dict[str, Any]:
    return dict(base.reader.brought) if isinstance(base.reader, Paired) else {}
