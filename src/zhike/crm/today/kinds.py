"""What the reasons of a day are about, in the few words that the page counts and narrows by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.today.ranking import Rank


@dataclass(frozen=True)
class Kind:
    """``reasons`` are the codes of the reasons that the reader takes for one."""

    code: str
    label: Promise
    icon: str
    reasons: tuple[str, ...]

    def speaks_for(self, rank: Rank) -> bool:
        return any(reason.code in self.reasons for reason in rank.reasons)


#: In the order of their urgency.
KINDS = (
    Kind("promise", _("Promised steps"), icon="calendar-due", reasons=("promise",)),
    Kind("complaint", _("Open complaints"), icon="alert-triangle", reasons=("complaint",)),
    Kind("task", _("Tasks due"), icon="checkbox", reasons=("task",)),
    Kind("rhythm", _("Should have ordered"), icon="activity-heartbeat", reasons=("rhythm",)),
    Kind("fell", _("Fell back"), icon="trending-down", reasons=("fell_tier", "fell_stage")),
    Kind("alert", _("Alerts"), icon="bell", reasons=("alert",)),
    Kind("silent", _("Key customers waiting"), icon="message-off", reasons=("silent",)),
    Kind("occasion", _("Birthdays and festivals"), icon="cake", reasons=("occasion",)),
)
_BY_CODE = {kind.code: kind for kind in KINDS}


@dataclass(frozen=True)
class Counted:
    """``more``: at least so many, as not all of them were read."""

    kind: Kind
    customers: int
    more: bool = False


def counted(ranks: Mapping[int, Rank], cut: Set[str] = frozenset()) -> list[Counted]:
    """How many customers there are of each kind, ``cut`` the reasons not read to their end.

    Kinds without any are left out.
    """
    found = Counter(kind.code for rank in ranks.values() for kind in KINDS if kind.speaks_for(rank))
    return [
        Counted(kind, found[kind.code], more=not cut.isdisjoint(kind.reasons))
        for kind in KINDS
        if found[kind.code]
    ]


def narrowed(ranks: dict[int, Rank], code: str) -> dict[int, Rank]:
    """The customers of one kind; all of them when no such kind is known."""
    kind = _BY_CODE.get(code)
    return ranks if kind is None else {pk: rank for pk, rank in ranks.items() if kind.speaks_for(rank)}


def known(code: str) -> str:
    """The code of a kind that there is, else ""."""
    return code if code in _BY_CODE else ""
