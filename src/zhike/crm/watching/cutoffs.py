"""What to do about a segment that has changed its size: from which cut-off it would have its former one.

Each criterion with a cut-off is looked at alone, the others staying as they are. Members under one cut-off
are members under every milder one too, so that as many move as the sizes differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language

from zhike.analytics.problems import SettingsError
from zhike.analytics.segments import leaves
from zhike.analytics.segments.catalogue import MONEY, NUMBER, SHARE
from zhike.crm.segments import base, queries
from zhike.crm.segments import wording as segment_words
from zhike.crm.segments.definitions import read_for
from zhike.crm.segments.models import Segment
from zhike.crm.watching.drift import SegmentReading
from zhike.crm.watching.models import SegmentProposal
from zhike.platform.every_language import in_every_language

#: So many criteria of a segment are looked at.
MOST = 6
#: From a sixteenth of the cut-off in force to sixteen times as much, then finer between two of them.
COARSE = tuple(2 ** (step / 3) for step in range(-12, 13))
FINE = 16
#: A cut-off that brings back less than half of the change is no advice.
WORTH = 0.5
_ORDERED = frozenset(("gt", "gte", "lt", "lte"))

Place = tuple[str | int, ...]


def propose(user: Any, reading: SegmentReading) -> SegmentProposal | None:
    """Keep what was found for a person who sees everybody; None for a segment without such a criterion."""
    segment = Segment.objects.select_related("version").filter(pk=reading.ref).first()
    if segment is None or segment.version is None or segment.version.number != reading.version:
        return None
    definition = segment.version.definition
    target = round(reading.before * queries.everybody(user)) if base.available() else 0
    found = sorted(_criteria(user, definition, target), key=lambda one: abs(one["size"] - target))
    content = {"target": target, "criteria": found}
    defaults = {"version": segment.version, "as_of": base.as_of() or reading.since, "content": content}
    return SegmentProposal.objects.update_or_create(segment=segment, defaults=defaults)[0]


def changed(definition: Mapping[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The definition with another cut-off in one criterion."""
    fresh = deepcopy(dict(definition))
    _at(fresh, _place(pointer))["value"] = value
    return fresh


def criterion(definition: Mapping[str, Any], pointer: str, value: Any = None) -> dict[str, Any]:
    """A definition of the one criterion alone, with its cut-off or another one."""
    leaf = dict(_at(definition, _place(pointer)))
    return {"v": 1, "entity": "customer", "root": leaf if value is None else {**leaf, "value": value}}


def _criteria(user: Any, definition: Mapping[str, Any], target: int) -> Iterator[dict[str, Any]]:
    try:
        root = read_for(None, definition).root
    except SettingsError:
        return
    cut: list[Any] = [one for one in leaves(root) if _has_cut(one)][:MOST]
    for leaf in cut:
        old = _at(definition, _place(leaf.at))["value"]
        found = _best(user, definition, leaf.at, leaf.comparison.type, old, target)
        if found is not None:
            words = {
                "is": in_every_language(_said(criterion(definition, leaf.at))),
                "would_be": in_every_language(_said(criterion(definition, leaf.at, found["new"]))),
            }
            yield {"pointer": leaf.at, "old": old, "words": words, **found}


def _in_words(definition: Any) -> str:
    return segment_words.said(definition, get_language() or "en")


_said = lazy(_in_words, str)


def _has_cut(leaf: Any) -> bool:
    compared = getattr(leaf, "comparison", None)
    if compared is None or compared.type not in (NUMBER, MONEY, SHARE) or compared.cmp not in _ORDERED:
        return False
    return bool(compared.value)


def _best(
    user: Any, definition: Mapping[str, Any], pointer: str, kind: str, old: Any, target: int
) -> dict[str, Any] | None:
    """The cut-off whose size is nearest to the one aimed at, first roughly, then between its neighbours."""
    now, rough = _sizes(user, definition, pointer, [old, *(_rounded(kind, old, by) for by in COARSE)])
    place = min(range(len(rough)), key=lambda n: abs(rough[n][1] - target))
    low, high = (COARSE[max(0, min(len(COARSE) - 1, place + step))] for step in (-1, 1))
    between = [low + (high - low) * step / FINE for step in range(FINE + 1)]
    _now, fine = _sizes(user, definition, pointer, [old, *(_rounded(kind, old, by) for by in between)])
    new, size = min(fine, key=lambda one: abs(one[1] - target))
    if new == old or abs(size - target) > WORTH * abs(now - target):
        return None
    return {"new": new, "size": size, "now": now}


def _sizes(
    user: Any, definition: Mapping[str, Any], pointer: str, values: Sequence[Any]
) -> tuple[int, list[tuple[Any, int]]]:
    """Customers with the cut-off in force, and with each of the others."""
    forms = {str(n): changed(definition, pointer, value) for n, value in enumerate(values)}
    found = queries.sizes(user, forms)
    counts = [found.get(name, 0) for name in forms]
    return counts[0], list(zip(values[1:], counts[1:], strict=True))


def _rounded(kind: str, old: Any, by: float) -> Any:
    """So many times the old value as somebody would write it: two significant digits, whole where it was."""
    value = float(old) * by
    if kind == MONEY:
        return str(Decimal(f"{value:.2g}").quantize(Decimal("0.01")))
    if kind == SHARE:
        return min(1.0, float(f"{value:.2g}"))
    return round(value) if isinstance(old, int) else float(f"{value:.2g}")


def _place(pointer: str) -> Place:
    return tuple(int(part) if part.isdecimal() else part for part in pointer.strip("/").split("/"))


def _at(definition: Mapping[str, Any], place: Place) -> Any:
    found: Any = definition
    for part in place:
        found = found[part]
    return found
