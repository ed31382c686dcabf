"""What an address calls a group, a flow and a cell of the cohorts: written by the pages, read by the list.

``segment:12``, ``tier:4``, ``model:3:2`` (tier 2 of model 3), with ``!`` before it for everybody outside;
``stage:at_risk:lost:2026-08-01:2026-11-22`` (``model3:2:1:…`` between tiers of model 3), a state being
``0`` for nowhere, ``+`` for any and ``*`` for either;
``202603:202607``, first bought in March and again in July (``20261:20263`` are quarters).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from zhike.crm.insight.labels import STAGES
from zhike.crm.watching import periods
from zhike.crm.watching.choices import Kind

NOWHERE, SOMEWHERE, ANY, OUTSIDE = "0", "+", "*", "!"
#: Stages of customers who bought something and are profiled; the others are no stage to move from.
MOVING = tuple(code for code in STAGES if code != "potential")
#: ``ref`` of a tier of another model: the model's number and two digits of the rank.
RANKS = 100
#: The job that gives everybody a tier in the models beside the primary one.
BESIDE = "studio.evaluate"
#: The job of one round of watching.
MEASURE = "watching.measure"
_MODEL = re.compile(r"model([0-9]{1,15})")
_TIERS = frozenset(str(rank) for rank in range(1, 13))
_STATES = {"segment": {"in"}, "model": _TIERS, "tier": _TIERS, "stage": set(MOVING)}
_NUMBER = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Member:
    """A group; ``ref`` is the number of a segment, the rank of a tier, or model and rank in one number."""

    kind: str
    ref: int
    outside: bool = False

    @property
    def model(self) -> int:
        return self.ref // RANKS

    @property
    def tier(self) -> int:
        return self.ref % RANKS

    @property
    def key(self) -> str:
        parts = (self.model, self.tier) if self.kind == Kind.MODEL else (self.ref,)
        return ":".join([self.kind, *map(str, parts)])


@dataclass(frozen=True)
class Flow:
    """``what`` is tier, stage, ``segment`` with its number, or ``model`` with that of the tier model."""

    what: str
    source: str
    target: str
    start: date
    end: date
    segment: int = 0
    model: int = 0

    def __str__(self) -> str:
        what = str(self.segment) if self.segment else f"model{self.model}" if self.model else self.what
        return ":".join([what, self.source, self.target, self.start.isoformat(), self.end.isoformat()])


@dataclass(frozen=True)
class Cohort:
    first: int
    again: int

    def __str__(self) -> str:
        return f"{self.first}:{self.again}"


def member_of(text: str) -> Member | None:
    outside = text.startswith(OUTSIDE)
    kind, *parts = text.removeprefix(OUTSIDE).split(":")
    if kind not in Kind.values or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    numbers = [int(part) for part in parts]
    if len(numbers) != (2 if kind == Kind.MODEL else 1):
        return None
    ref = numbers[0] * RANKS + numbers[1] if kind == Kind.MODEL else numbers[0]
    return Member(kind, ref, outside)


def flow_of(text: str) -> Flow | None:
    what, *rest = text.split(":")
    if len(rest) != 4:
        return None
    try:
        start, end = (date.fromisoformat(day) for day in rest[2:])
    except ValueError:
        return None
    segment = int(what) if _NUMBER.fullmatch(what) else 0
    named = _MODEL.fullmatch(what)
    model = int(named[1]) if named else 0
    kind = "segment" if segment else "model" if model else what
    if not set(rest[:2]) <= {*_STATES.get(kind, ()), NOWHERE, SOMEWHERE, ANY} or kind not in _STATES:
        return None
    return Flow(kind, rest[0], rest[1], start, end, segment, model)


def cohort_of(text: str) -> Cohort | None:
    parts = text.split(":")
    if len(parts) != 2 or not all(periods.is_one(part) for part in parts):
        return None
    return Cohort(*map(int, parts))
