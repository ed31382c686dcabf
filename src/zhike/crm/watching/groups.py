"""The groups that a person may look at: tiers and published segments, chosen in the address.

``group=tier:4&group=segment:12&group=model:3:2`` names them; what does not exist, or is not the person's to
see, is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from zhike.crm.insight import labels, links, queries, versions
from zhike.crm.insight.models import TierModel, Version
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Segment
from zhike.crm.watching.choices import Kind
from zhike.crm.watching.codes import OUTSIDE, RANKS, Member
from zhike.platform import charts

#: More lines than these cannot be told apart.
MOST = 8


@dataclass(frozen=True)
class Group:
    """A tier (``ref`` its rank), a segment (its number) or a tier of another model (as ``codes.Member``)."""

    kind: str
    ref: int
    name: str
    color: str
    #: What the name begins with where it names a model first.
    of: str = ""

    @property
    def key(self) -> str:
        return Member(self.kind, self.ref).key

    @property
    def is_tier(self) -> bool:
        return self.kind == Kind.TIER

    @property
    def filters(self) -> dict[str, Any]:
        """What the customer list calls the group."""
        if self.kind == Kind.MODEL:
            return {"member": self.key}
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
        relation = "assigned" if self.kind == Kind.MODEL else "members"
        return f"(c.customer_id IN (SELECT m.customer_id FROM {relation} m WHERE m.ref = {int(self.ref)}))"


def offered(user: Any, base: Snapshot) -> list[Group]:
    """All groups of the person: tiers from the highest, those of other models, then segments by name."""
    tiers = [Group(Kind.TIER.value, rank, base.names[rank], charts.tier_color(rank)) for rank in base.ranks]
    segments = Segment.objects.visible_to(user).filter(state=SegmentState.PUBLISHED, as_of__isnull=False)
    return [
        *tiers,
        *of_models(),
        *(
            Group(Kind.SEGMENT.value, pk, name, charts.PALETTE[place % len(charts.PALETTE)])
            for place, (pk, name) in enumerate(segments.values_list("pk", "name"))
        ),
    ]


def of_models() -> list[Group]:
    """The tiers of the models beside the primary one, from the highest."""
    in_use = Version.objects.filter(
        is_current=True, model__is_primary=False, model__retired_at__isnull=True
    ).select_related("model")
    return [group for version in in_use.order_by("model_id") for group in _of_model(version)]


def model_name(model: TierModel) -> str:
    """The default model is called by its words; the others as somebody named them."""
    return _("Customer value") if model.name == versions.MODEL_NAME else model.name


def _of_model(version: Version) -> list[Group]:
    names = labels.tier_names(queries.calibration_of(version).model)
    begin = f"{model_name(version.model)}: "
    return [
        Group(
            Kind.MODEL.value,
            version.model_id * RANKS + rank,
            f"{begin}{names[rank]}",
            charts.tier_color(rank),
            begin,
        )
        for rank in sorted(names, reverse=True)
        if rank
    ]


def together(groups: Sequence[Group], outside: Sequence[Group] = ()) -> str:
    """The customers who are in all of some groups and in none of others."""
    keys = [*(one.key for one in groups), *(f"{OUTSIDE}{one.key}" for one in outside)]
    return f"{reverse('customers:list')}?{urlencode([('member', key) for key in keys])}"


def chosen(
    query: QueryDict, groups: Sequence[Group], *, name: str = "group", most: int = MOST
) -> list[Group]:
    """The groups that the address names, in the order of the page."""
    wanted = set(query.getlist(name))
    return [group for group in groups if group.key in wanted][:most]


def one(query: QueryDict, name: str, groups: Sequence[Group]) -> Group | None:
    return next((group for group in groups if group.key == query.get(name)), None)
