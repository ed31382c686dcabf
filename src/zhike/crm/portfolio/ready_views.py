"""Lists that everybody finds ready: the own customers, the key ones, those that want something now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from zhike.crm.insight import labels
from zhike.platform.permissions import RowScope, allowed, row_scope

#: What says how a list looks, not whom it shows.
LOOKS = ("sort", "columns", "cursor")
NEW_DAYS = 30
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Ready:
    """``pairs`` are the parameters of the address; none where the list makes no sense for the person."""

    label: Promise
    icon: str
    pairs: Callable[[Any, Mapping[int, str]], Pairs]
    insight: bool = True


@dataclass(frozen=True)
class Entry:
    label: Promise
    icon: str
    url: str
    active: bool


def _own(user: Any, _tiers: Mapping[int, str]) -> Pairs:
    return [] if row_scope(user) == RowScope.OWN else [("owner", str(user.pk))]


def _key(_user: Any, tiers: Mapping[int, str]) -> Pairs:
    """The two highest of at least two tiers."""
    codes = list(labels.tier_codes().values()) if tiers else []
    return [("tier", code) for code in codes[-2:]] if len(codes) > 1 else []


def _new(_user: Any, _tiers: Mapping[int, str]) -> Pairs:
    return [("created_from", str(timezone.localdate() - timedelta(days=NEW_DAYS)))]


def _always(*pairs: tuple[str, str]) -> Callable[[Any, Mapping[int, str]], Pairs]:
    return lambda _user, _tiers: list(pairs)


READY = (
    Ready(_("My customers"), icon="user", pairs=_own, insight=False),
    Ready(_("Key customers"), icon="diamond", pairs=_key),
    Ready(_("To be contacted"), icon="phone", pairs=_always(("contact", "overdue"), ("contact", "due"))),
    Ready(_("At risk of leaving"), icon="heart-broken", pairs=_always(("lifecycle", "at_risk"))),
    Ready(_("New in 30 days"), icon="user-plus", pairs=_new, insight=False),
)


def entries(user: Any, query: QueryDict, tiers: Mapping[int, str]) -> list[Entry]:
    """Those that the person may open; the one being looked at is active, however it is sorted."""
    now, insight = shown(query), allowed(user, "insight.view")
    found = []
    for one in READY:
        pairs = one.pairs(user, tiers) if insight or not one.insight else []
        if pairs:
            found.append(Entry(one.label, one.icon, f"?{urlencode(pairs)}", now == sorted(pairs)))
    return found


def shown(query: QueryDict) -> Pairs:
    """Of an address, whom it shows."""
    return sorted((name, value) for name in query if name not in LOOKS for value in query.getlist(name))
