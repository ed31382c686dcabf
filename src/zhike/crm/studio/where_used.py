"""Segments and saved views that name a tier which a draft would drop, or set beside other tiers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from zhike.analytics.segments import NO_TIER
from zhike.analytics.segments.catalogue import LEVEL
from zhike.analytics.segments.comparisons import OPERATORS, WITHOUT_VALUE, Comparison
from zhike.analytics.tiers.model import Tier
from zhike.crm.insight import labels
from zhike.crm.portfolio import saved_views
from zhike.crm.segments import queries as segments
from zhike.crm.segments.choices import SegmentState
from zhike.crm.studio import simulation
from zhike.crm.studio.models import Draft


@dataclass(frozen=True)
class Use:
    """Where tiers are named, and what would become of it. ``is_broken``: it names one that would be gone."""

    name: str
    url: str
    is_view: bool
    notes: tuple[str, ...]
    is_broken: bool


@dataclass(frozen=True)
class Named:
    """Tiers that one condition names, and how they are compared; "" where they are only listed.

    A condition about changes of the ``past`` goes on when a tier is gone.
    """

    codes: tuple[str, ...]
    cmp: str = ""
    value: Any = None
    past: bool = False


def of_draft(user: Any, draft: Draft) -> list[Use]:
    """What the person sees of it, broken ones first; nothing where the tiers and their order stay."""
    if not simulation.will_be_primary(draft):
        return []
    change = Change(labels.tier_model().tiers, _tiers_of(draft))
    if change.old == change.new:
        return []
    found = [use for use in (*_segments(user, change), *_views(user, change)) if use is not None]
    return sorted(found, key=lambda use: (not use.is_broken, use.is_view, use.name))


def _tiers_of(draft: Draft) -> tuple[Tier, ...]:
    return tuple(Tier.from_dict(one) for one in draft.definition["tiers"]["tiers"])


class Change:
    """The tiers before and after, as what a condition means."""

    def __init__(self, old: Sequence[Tier], new: Sequence[Tier]) -> None:
        self.old = tuple(tier.code for tier in old)
        self.new = tuple(tier.code for tier in new)
        self._names = {tier.code: labels.say(tier.name) for tier in (*old, *new)}

    def gone(self, named: Named) -> list[str]:
        return [code for code in named.codes if code in self.old and code not in self.new]

    def notes(self, named: Named) -> list[str]:
        """What would become of a condition; nothing where it keeps its meaning and its customers."""
        gone = self.gone(named)
        if gone:
            return [_("“%(tier)s” would no longer exist.") % {"tier": self._said([code])} for code in gone]
        known = {*self.old, NO_TIER}
        if not named.codes or not set(named.codes) <= known:
            return []
        return self._wider(named) or self._beside(named)

    def _wider(self, named: Named) -> list[str]:
        before, after = (self._met(named, order) for order in (self.old, self.new))
        more = [code for code in after if code not in before]
        less = [code for code in before if code in self.new and code not in after]
        found = [_("It would take in %(tiers)s, too.") % {"tiers": self._said(more)}] if more else []
        return found + ([_("It would leave out %(tiers)s.") % {"tiers": self._said(less)}] if less else [])

    def _met(self, named: Named, order: Sequence[str]) -> list[str]:
        if not named.cmp or named.cmp in WITHOUT_VALUE:
            return list(named.codes)
        levels = (NO_TIER, *order)
        comparison = Comparison(LEVEL, named.cmp, named.value, levels=levels)
        return [code for code in levels if comparison.holds(code)]

    def _beside(self, named: Named) -> list[str]:
        """Tiers whose neighbours change: customers would move between them."""
        moved = [code for code in named.codes if _around(code, self.old) != _around(code, self.new)]
        words = _("%(tier)s would lie between other tiers than now: customers may come and go.")
        return [words % {"tier": self._said(moved)}] if moved else []

    def _said(self, codes: Iterable[str]) -> str:
        return _(", ").join(self._names.get(code, code) for code in codes)


def _around(code: str, order: Sequence[str]) -> tuple[str, str]:
    if code not in order:
        return "", ""
    place = order.index(code)
    return order[place - 1] if place else "", order[place + 1] if place + 1 < len(order) else ""


def _segments(user: Any, change: Change) -> Iterator[Use | None]:
    found = segments.visible_segments(user).exclude(state=SegmentState.ARCHIVED).select_related("version")
    for one in found:
        named = list(_named(one.definition))
        if one.version is not None and one.version.definition != one.definition:
            named += _named(one.version.definition)
        yield _use(one.name, reverse("segments:detail", args=[one.pk]), False, named, change)


def _views(user: Any, change: Change) -> Iterator[Use | None]:
    for one in saved_views.views_of(user):
        codes = tuple(QueryDict(one.query).getlist("tier"))
        url = f"{reverse('customers:list')}?{one.query}"
        yield _use(one.name, url, True, [Named(codes)] if codes else [], change)


def _use(name: str, url: str, is_view: bool, named: Sequence[Named], change: Change) -> Use | None:
    graver_first = sorted(named, key=lambda one: not change.gone(one))
    notes = tuple(dict.fromkeys(note for one in graver_first for note in change.notes(one)))
    is_broken = any(change.gone(one) and not one.past for one in named)
    return Use(name, url, is_view, notes, is_broken) if notes else None


def _named(node: Any) -> Iterator[Named]:
    """Every condition of a definition's JSON that names tiers."""
    if isinstance(node, list):
        for one in node:
            yield from _named(one)
    elif isinstance(node, Mapping):
        if node.get("t") == "attr" and node.get("field") == "tier":
            yield from _compared(node)
        elif node.get("t") == "change" and _of(node) == "tier":
            sides = (node.get(side) for side in ("from", "to"))
            yield Named(tuple(code for side in sides if isinstance(side, list) for code in side), past=True)
        else:
            for one in node.values():
                yield from _named(one)


def _of(node: Mapping[str, Any]) -> Any:
    of = node.get("of")
    return of.get("model") if isinstance(of, Mapping) else of


def _compared(node: Mapping[str, Any]) -> Iterator[Named]:
    value, cmp = node.get("value"), node.get("cmp")
    codes = tuple(value) if isinstance(value, list) else (value,)
    if cmp in OPERATORS[LEVEL] and all(isinstance(code, str) for code in codes):
        yield Named(codes, str(cmp), tuple(value) if isinstance(value, list) else value)
