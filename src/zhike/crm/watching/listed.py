"""What the list of segments shows of their figures: the last that were stored, of the version in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery

from zhike.crm.segments.models import Segment
from zhike.crm.watching.choices import Kind
from zhike.crm.watching.models import Metric


def revenues(user: Any, segments: Sequence[Segment]) -> Mapping[int, Decimal]:
    """Net revenue of 365 days; a definition that was published since is not measured yet."""
    numbers = {one.pk: one.version.number for one in segments if one.version}
    kept = Metric.objects.visible_to(user).filter(kind=Kind.SEGMENT, net_revenue__isnull=False)
    latest = kept.filter(ref=OuterRef("ref")).order_by("-day").values("day")[:1]
    rows = kept.filter(ref__in=list(numbers), day=Subquery(latest)).order_by()
    found = rows.values_list("ref", "version", "net_revenue")
    return {
        ref: revenue for ref, version, revenue in found if version == numbers[ref] and revenue is not None
    }
