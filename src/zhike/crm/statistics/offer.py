"""What the person may choose from now: dimensions, measures, and the snapshot that answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.segments import paired
from zhike.crm.statistics import bought, numbers, own
from zhike.crm.statistics.choice import Choice, choice_from
from zhike.crm.statistics.dimensions import FIXED, FORETOLD_DIMENSIONS, Dimension
from zhike.crm.statistics.dimensions import GROUPS as DIMENSION_GROUPS
from zhike.crm.statistics.measures import GROUPS as MEASURE_GROUPS
from zhike.crm.statistics.measures import MEASURES, Measure
from zhike.platform.permissions import allowed

Grouped = list[tuple[str, list[Any]]]


@dataclass(frozen=True)
class Offer:
    """``base`` is the part of the snapshot that the person sees."""

    base: Snapshot
    dimensions: Mapping[str, Dimension]
    measured: Mapping[str, Measure]
    segments: tuple[int, ...] = ()
    with_money: bool = True

    def choice(self, given: Mapping[str, str]) -> Choice:
        return choice_from(
            given,
            self.dimensions,
            self.measured,
            self.base,
            segments=self.segments,
            with_money=self.with_money,
        )

    def knows(self, given: Mapping[str, str]) -> bool:
        """False when what was saved is not there any more, such as an own field that was removed."""
        names = [given.get("by", ""), given.get("with", "")]
        measure = given.get("measure", "")
        return all(name in self.dimensions for name in names if name) and (
            not measure or measure in self.measured
        )

    @property
    def measures(self) -> list[Measure]:
        return list(self.measured.values())

    @property
    def predicted(self) -> bool:
        return any(one.predicted for one in self.measured.values())


def offer(user: Any, base: Snapshot) -> Offer:
    """What has data, and what the person may see of it."""
    known = paired.known()
    segments = own.segments(user) if known else {}
    dimensions = {**FIXED, **bought.dimensions(), **_of_the_base(base, known, segments)}
    measures = {**MEASURES, **numbers.from_numbers(), **(own.measures(known) if known else {})}
    if not ({"people.churn_probability", "people.clv"} & known):
        measures = {code: one for code, one in measures.items() if not one.predicted}
    with_money = allowed(user, "orders.view")
    return Offer(
        base,
        {code: one for code, one in dimensions.items() if with_money or not one.private},
        {code: one for code, one in measures.items() if with_money or not one.private},
        tuple(segments),
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
