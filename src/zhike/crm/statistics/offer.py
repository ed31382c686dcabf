"""What the person may choose from now: dimensions, measures, and the snapshot that answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.segments import paired
from zhike.crm.statistics import bought, numbers, own
from zhike.crm.statistics.choice import Choice, choice_from
from zhike.crm.statistics.dimensions import FIXED, FORETOLD_DIMENSIONS, Dimension
from zhike.crm.statistics.dimensions import GROUPS as DIMENSION_GROUPS
from zhike.crm.statistics.measures import GROUPS as MEASURE_GROUPS
from zhike.crm.statistics.measures import MEASURES, Measure
from zhike.crm.statistics.whom import Whom
from zhike.platform.permissions import allowed

Grouped = list[tuple[str, list[Any]]]


@dataclass(frozen=True)
class Offer:
    """``base`` is the part of the snapshot that the person sees."""

    base: Snapshot
    dimensions: Mapping[str, Dimension]
    measured: Mapping[str, Measure]
    segments: Mapping[int, str] = field(default_factory=dict)
    with_money: bool = True

    def choice(self, given: Mapping[str, str]) -> Choice:
        of = self.whom(given)
        return choice_from(
            given,
            self.dimensions_with(of),
            self.measured,
            self.base,
            segments=tuple(self.segments),
            with_money=self.with_money,
            of=of,
        )

    def whom(self, given: Mapping[str, str]) -> Whom | None:
        """The segment that is asked for, if the person may see it."""
        text = given.get("of", "")
        pk = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
        return Whom(pk, self.segments[pk]) if pk in self.segments else None

    def dimensions_with(self, of: Whom | None) -> Mapping[str, Dimension]:
        """A segment's members can be told from everybody else once a segment is chosen."""
        return {**self.dimensions, of.dimension.code: of.dimension} if of else self.dimensions

    def knows(self, given: Mapping[str, str]) -> bool:
        """False when what was saved is not there any more, such as an own field that was removed."""
        of = self.whom(given)
        dimensions = self.dimensions_with(of)
        if given.get("of") and of is None:
            return False
        names = [given.get("by", ""), given.get("with", "")]
        measure = given.get("measure", "")
        return all(name in dimensions for name in names if name) and (not measure or measure in self.measured)

    @property
    def measures(self) -> list[Measure]:
        return list(self.measured.values())

    @property
    def predicted(self) -> bool:
        return any(one.predicted for one in self.measured.values())


def offer(user: Any, base: Snapshot) -> Offer:
    """What has data, and what the person may see of it."""
    known = paired.known()
    segments = own.segments(user)
    dimensions = {**FIXED, **bought.dimensions(), **_of_the_base(base, known, segments)}
    measures = {**MEASURES, **numbers.from_numbers(), **(own.measures(known) if known else {})}
    if not ({"people.churn_probability", "people.clv"} & known):
        measures = {code: one for code, one in measures.items() if not one.predicted}
    with_money = allowed(user, "orders.view")
    return Offer(
        base,
        {code: one for code, one in dimensions.items() if with_money or not one.private},
        {code: one for code, one in measures.items() if with_money or not one.private},
        segments,
        with_money,
    )


def _of_the_base(base: Snapshot, known: Collection[str], segments: Mapping[int, str]) -> dict[str, Dimension]:
    """Predictions, contacts, tags, own fields and segments, once the segment base holds them."""
    if not known:
        return {}
    foretold = {code: one for code, one in FORETOLD_DIMENSIONS.items() if f"people.{code}" in known}
    return {**foretold, **own.dimensions(base, known, segments)}


def grouped_dimensions(found: Iterable[Dimension]) -> Grouped:
    return _grouped(found, DIMENSION_GROUPS)


def grouped_measures(found: Iterable[Measure]) -> Grouped:
    return _grouped(found, MEASURE_GROUPS)


def _grouped(found: Iterable[Any], groups: Mapping[str, Any]) -> Grouped:
    """By heading, for the lists that are chosen from."""
    known = list(found)
    pairs = [(str(label), [one for one in known if one.group == code]) for code, label in groups.items()]
    return [(label, ones) for label, ones in pairs if ones]
