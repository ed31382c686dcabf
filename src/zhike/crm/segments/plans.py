"""What is to be evaluated, in which order: published definitions, and those that cannot be read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhike.analytics.problems import SettingsError
from zhike.analytics.segments import Catalogue, Definition, SegmentCycleError, evaluation_order
from zhike.analytics.segments.comparisons import FORMER
from zhike.analytics.words import Words
from zhike.crm.segments import definitions, fields
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Segment

Problem = dict[str, str]


@dataclass(frozen=True)
class Planned:
    """One segment in force."""

    segment_id: int
    version_id: int
    definition: Definition

    @property
    def asked(self) -> set[int]:
        """The segments that its conditions ask for."""
        return {int(one) for one in self.definition.segments if one.isdecimal()}


@dataclass(frozen=True)
class Plan:
    """``levels``: each asks only for segments of the levels before it, or for ones that are not evaluated."""

    catalogue: Catalogue
    levels: tuple[tuple[Planned, ...], ...] = ()
    broken: Mapping[int, tuple[int, Problem]] = field(default_factory=dict)

    @property
    def everything(self) -> list[Planned]:
        return [one for level in self.levels for one in level]

    @property
    def definitions(self) -> list[Definition]:
        return [one.definition for one in self.everything]


def plan(segment_ids: Collection[int] | None = None) -> Plan:
    """All published segments, or these and those that ask for them."""
    published = Segment.objects.filter(state=SegmentState.PUBLISHED, version__isnull=False)
    rows = list(published.values_list("pk", "version_id", "version__definition"))
    needs = {pk: _numbers(definitions.asked_in(source)) for pk, _version, source in rows}
    wanted = set(needs) if segment_ids is None else _with_dependents(set(segment_ids), needs)
    catalogue = fields.whole()
    read: dict[int, Planned] = {}
    broken: dict[int, tuple[int, Problem]] = {}
    for pk, version, source in rows:
        if pk in wanted:
            try:
                read[pk] = Planned(pk, version, definitions.stored(source, catalogue))
            except SettingsError as error:
                broken[pk] = version, problem_of(error)
    return Plan(catalogue, _levels(read, broken), broken)


def _numbers(ids: Collection[str]) -> set[int]:
    return {int(one) for one in ids if one.isdecimal()}


def _with_dependents(wanted: set[int], needs: Mapping[int, set[int]]) -> set[int]:
    found, waiting = set(), set(wanted)
    while waiting:
        found |= waiting
        waiting = {pk for pk, asked in needs.items() if asked & waiting} - found
    return found & set(needs)


def _levels(
    read: Mapping[int, Planned], broken: dict[int, tuple[int, Problem]]
) -> tuple[tuple[Planned, ...], ...]:
    """By how many others have to come first; segments that ask for each other are broken, the rest is not."""
    left = dict(read)
    while True:
        needs = {str(pk): {str(one) for one in planned.asked} for pk, planned in left.items()}
        try:
            order = evaluation_order(needs)
            break
        except SegmentCycleError as error:
            words = Words("The segments ask for each other.", "分群相互引用。")
            for name in set(error.path):
                gone = left.pop(int(name), None)
                if gone is not None:
                    broken[gone.segment_id] = gone.version_id, problem("cycle", words)
    depth: dict[int, int] = {}
    for one in map(int, order):
        depth[one] = 1 + max((depth[asked] for asked in left[one].asked if asked in depth), default=-1)
    return tuple(
        tuple(left[pk] for pk in sorted(depth) if depth[pk] == level)
        for level in range(max(depth.values(), default=-1) + 1)
    )


def problem_of(error: Exception) -> Problem:
    """Why an evaluation failed, in both languages."""
    if isinstance(error, SettingsError):
        first = error.problems[0]
        if first.code == FORMER:
            # It names what is to be replaced; nobody has to count conditions for that.
            return problem(first.code, first.words)
        words = Words(f"{first.field}: {first.words.en}", f"{first.field}：{first.words.zh}")
        return problem(first.code, words)
    told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return problem("failed", Words(f"The evaluation failed: {told}", f"计算失败：{told}"))


def problem(code: str, words: Words) -> Problem:
    return {"code": code, **words.to_dict()}


def asked_by_others(levels: Sequence[Sequence[Any]]) -> set[int]:
    """Segments whose members another one of the plan needs."""
    return {asked for level in levels for one in level for asked in one.asked}
