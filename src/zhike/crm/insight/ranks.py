"""Which tier a rank stands for: ranks count within one version, codes mean the same in all of them.

While a version with other tiers is being published, scores of both stand side by side. So a rank is read by
the version that gave it, and the ``order`` holds the tiers of all versions that published scores rest on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from zhike.analytics.tiers.model import NO_TIER, Tier, default_model
from zhike.crm.insight.models import Run, Version
from zhike.platform import memo
from zhike.platform.requests import number_of

Tiers = tuple[Tier, ...]


@dataclass(frozen=True)
class Known:
    """A version of the primary model. ``is_used``: published scores may rest on it.

    ``is_shown``: the last full run published with it, so that pages read ranks by it. ``day`` is its day.
    """

    pk: int
    created_at: datetime
    is_used: bool
    is_shown: bool
    day: date | None


@dataclass(frozen=True)
class Ranks:
    """All versions, the newest first, and the tiers of each from the lowest."""

    versions: tuple[Known, ...]
    tiers: Mapping[int, Tiers]

    @property
    def day(self) -> date | None:
        """As of which day the last full run evaluated."""
        return next((one.day for one in self.versions), None)

    @cached_property
    def shown(self) -> Version | None:
        """The version by which pages read ranks."""
        found = next((one for one in self.versions if one.is_shown), None)
        return Version(pk=found.pk, created_at=found.created_at) if found else None

    @cached_property
    def used(self) -> dict[int | None, Tiers]:
        """The tiers of each version that scores rest on, first of the one that is shown."""
        found = sorted((one for one in self.versions if one.is_used), key=lambda one: not one.is_shown)
        return {one.pk: self.tiers[one.pk] for one in found} or {None: default_model().tiers}

    @cached_property
    def order(self) -> Tiers:
        """From the lowest: the tiers that published scores have; usually those of one version."""
        merged: list[Tier] = []
        for tiers in self.used.values():
            _take_in(merged, tiers)
        return tuple(merged)

    @cached_property
    def former(self) -> Tiers:
        """Tiers that there were once, the latest first."""
        there, found = {tier.code for tier in self.order}, dict[str, Tier]()
        for one in self.versions:
            for tier in self.tiers[one.pk]:
                if tier.code not in there:
                    found.setdefault(tier.code, tier)
        return tuple(found.values())

    @cached_property
    def is_mixed(self) -> bool:
        """Whether scores of versions with different tiers stand side by side."""
        return len({_codes(tiers) for tiers in self.used.values()}) > 1

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """By the ranks that pages show."""
        return _codes(next(iter(self.used.values())))

    def code(self, rank: int, version_id: int | None) -> str:
        """What a rank of a version stands for; one without a version is read as pages read it."""
        found = self.tiers.get(version_id) if version_id is not None else None
        codes = self.codes if found is None else _codes(found)
        return codes[rank] if 0 <= rank < len(codes) else str(rank)

    def meant(self, value: str) -> str:
        """The code that an address names: as such, or by the rank that pages show."""
        number = number_of(value, 2)
        is_rank = self.tier(value) is None and number is not None and number < len(self.codes)
        return self.codes[number] if is_rank and number is not None else value

    def tier(self, code: str) -> Tier | None:
        return next((tier for tier in (*self.order, *self.former) if tier.code == code), None)

    def having(self, codes: Iterable[str], path: str = "score__") -> Q:
        """Customers with one of these tiers, whatever version gave it."""
        by_rank: dict[int, list[int | None]] = {}
        for pk, rank in self._places(set(codes)):
            by_rank.setdefault(rank, []).append(pk)
        if all(len(pks) == len(self.used) for pks in by_rank.values()):
            # One value by equality: the index then gives the rows in the order of its next column.
            one = len(by_rank) == 1
            return Q(**{f"{path}tier": next(iter(by_rank))} if one else {f"{path}tier__in": list(by_rank)})
        found = Q(pk__in=[])
        for rank, pks in by_rank.items():
            found |= Q(**{f"{path}version__in": pks, f"{path}tier": rank})
        return found

    def _places(self, wanted: set[str]) -> list[tuple[int | None, int]]:
        return [
            (pk, rank)
            for pk, tiers in self.used.items()
            for rank, code in enumerate(_codes(tiers))
            if code in wanted
        ]

    def code_sql(self, version: str, rank: str) -> str:
        """The code of a rank in a column, by the version in another one."""
        return _by_version(version, rank, self.tiers, self.codes, _quoted)

    def place_sql(self, version: str, rank: str) -> str:
        """The place in the order of a rank in a column, by the version in another one."""
        places = {code: str(place) for place, code in enumerate(_codes(self.order))}
        used = {pk: tiers for pk, tiers in self.used.items() if pk is not None}
        return _by_version(version, rank, used, self.codes, places.__getitem__)


def _codes(tiers: Tiers) -> tuple[str, ...]:
    """By rank."""
    return (NO_TIER, *(tier.code for tier in tiers))


def _take_in(merged: list[Tier], tiers: Tiers) -> None:
    """What is not there yet comes above the next lower tier that is."""
    place = 0
    for tier in tiers:
        codes = [one.code for one in merged]
        if tier.code not in codes:
            merged.insert(place, tier)
            codes.insert(place, tier.code)
        place = codes.index(tier.code) + 1


def _by_version(
    version: str,
    rank: str,
    tiers: Mapping[int, Tiers],
    usual: Sequence[str],
    tell: Callable[[str], str],
) -> str:
    """What a rank is told as: by its version where that counts otherwise than the one that is shown."""
    others: dict[tuple[str, ...], list[int]] = {}
    for pk, found in tiers.items():
        if _codes(found) != tuple(usual):
            others.setdefault(_codes(found), []).append(pk)
    cases = {codes: _case(rank, [tell(code) for code in codes]) for codes in [*others, tuple(usual)]}
    if not others:
        return cases[tuple(usual)]
    parts = (
        f"WHEN {version} IN ({', '.join(map(str, pks))}) THEN {cases[codes]}" for codes, pks in others.items()
    )
    return f"CASE {' '.join(parts)} ELSE {cases[tuple(usual)]} END"


def _case(rank: str, told: Sequence[str]) -> str:
    if list(told) == [str(place) for place in range(len(told))]:
        return rank
    parts = " ".join(f"WHEN {place} THEN {one}" for place, one in enumerate(told))
    is_text = any(one.startswith("'") for one in told)
    return f"CASE {rank} {parts} ELSE {f'CAST({rank} AS TEXT)' if is_text else rank} END"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def now() -> Ranks:
    """As it stands; one statement, and one more where the process meets a version for the first time."""
    return memo.once("ranks of tiers", _now)


def _now() -> Ranks:
    versions = tuple(_versions())
    return Ranks(versions, _tiers_of(versions))


def _versions() -> Iterable[Known]:
    last = Run.objects.filter(finished_at__isnull=False, version__isnull=False).order_by("-pk")
    since = Coalesce(Subquery(last.values("pk")[:1]), 0)
    rows = (
        Version.objects.filter(model__is_primary=True)
        .order_by("-number")
        .annotate(
            shown=Subquery(last.values("version")[:1]),
            day=Subquery(last.values("as_of")[:1]),
            tried=Exists(Run.objects.filter(version=OuterRef("pk"), pk__gte=since)),
        )
    )
    found = list(rows.values_list("pk", "created_at", "is_current", "shown", "day", "tried"))
    finished = any(pk == shown for pk, _at, _current, shown, _day, _tried in found)
    for pk, at, current, shown, day, tried in found:
        yield Known(pk, at, current or tried, pk == shown if finished else current, day)


#: By version and the moment it was made; versions never change.
_read: dict[tuple[int, datetime], Tiers] = {}


def _tiers_of(versions: Iterable[Known]) -> dict[int, Tiers]:
    keys = {one.pk: (one.pk, one.created_at) for one in versions}
    missing = [pk for pk, key in keys.items() if key not in _read]
    if missing:
        rows: Any = Version.objects.filter(pk__in=missing).order_by()
        for pk, tiers in rows.values_list("pk", "calibration__settings__tiers__tiers"):
            _read[keys[pk]] = tuple(Tier.from_dict(one) for one in tiers or ())
    return {pk: _read[key] for pk, key in keys.items()}
