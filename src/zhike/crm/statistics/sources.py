"""What answers statistics: the snapshot beside the segment base, with the members of segments asked for."""

from __future__ import annotations

from dataclasses import replace

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.segments import present
from zhike.crm.segments.paired import Paired


def wide(base: Snapshot, segments: tuple[int, ...] = ()) -> Snapshot:
    """The same customers with everything that the segment base knows of them, and these segments' members."""
    brought = {"members": present.members(segments)} if segments else {}
    return replace(base, reader=Paired(brought))
