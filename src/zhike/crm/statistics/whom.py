"""Whose figures: everybody's, those of a segment's members, or the members against everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from zhike.crm.segments.models import Membership
from zhike.crm.statistics.dimensions import OWN, Dimension

MEMBERSHIP = "membership"
LABEL = gettext_lazy("Member or not")


@dataclass(frozen=True)
class Whom:
    """A segment that the reader may see."""

    pk: int
    name: str

    @property
    def dimension(self) -> Dimension:
        """Everybody in two groups: who is in the segment, and who is not."""
        return Dimension(
            MEMBERSHIP,
            LABEL,
            OWN,
            "(i.customer_id IS NOT NULL)",
            lambda key: {"segment" if key else "not_segment": self.pk},
            lambda _base, keys: {key: say(key) for key in keys},
            lambda _base: (True, False),
            joins=("inside",),
            rows=self.rows,
        )

    def rows(self, key: Any) -> Q:
        members = Membership.objects.filter(segment=self.pk, left_at__isnull=True).order_by()
        inside = Q(pk__in=members.values("customer_id"))
        return inside if key else ~inside


def say(key: Any) -> str:
    return pgettext("people", "Members") if key else _("Everybody else")
