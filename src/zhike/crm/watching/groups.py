"""The groups that a person may look at: tiers and published segments, chosen in the address.

``group=tier:4&group=segment:12`` names them; what does not exist, or is not the person's to see, is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from zhike.crm.insight import links
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Segment
from zhike.crm.watching.choices import Kind
from zhike.platform import charts

#: More lines than these cannot be told apart.
MOST = 8


@dataclass(frozen=True)
class Group:
    """A tier (``ref`` its rank) or a segment (``ref`` its number)."""

    kind: str
    ref: int
    name: str
    color: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.ref}"

    @property
    def is_tier(self) -> bool:
        return self.kind == Kind.TIER

    @property
    def filters(self) -> dict[str, int]:
        """What the customer list calls the group."""
        return {"tier" if self.is_tier else "segment": self.ref}

    @property
    def url(self) -> str:
        """Its customers of today."""
        return links.customers(**self.filters)

    @property
    def condition(self) -> str:
        """Who is in it today, as a condition on the snapshot's customers ``c``; made of numbers alone."""
        if self.is_tier:
            return f"(c.frequency > 0 AND c.tier = {int(self.ref)})"
        return f"(c.customer_id IN (SELECT m.customer_id FROM members m WHERE m.ref = {int(self.ref)}))"


def offered(user: Any, base: Snapshot) -> list[Group]:
    """All groups of the person: tiers from the highest, then segments by name."""
    tiers = [Group(Kind.TIER.value, rank, base.names[rank], charts.tier_color(rank)) for rank in base.ranks]
    segments = Segment.objects.visible_to(user).filter(state=SegmentState.PUBLISHED, as_of__isnull=False)
    return tiers + [
        Group(Kind.SEGMENT.value, pk, name, charts.PALETTE[place % len(charts.PALETTE)])
        for place, (pk, name) in enumerate(segments.values_list("pk", "name"))
    ]


def chosen(
    query: QueryDict, groups: Sequence[Group], *, name: str = "group", most: int = MOST
) -> list[Group]:
    """The groups that the address names, in the order of the page."""
    wanted = set(query.getlist(name))
    return [group for group in groups if group.key in wanted][:most]


def one(query: QueryDict, name: str, groups: Sequence[Group]) -> Group | None:
    return next((group for group in groups if group.key == query.get(name)), None)
