"""What the person may choose from now: dimensions, measures, and the snapshot that answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.segments import paired
from zhike.crm.statistics import own
from zhike.crm.statistics.choice import Choice, choice_from
from zhike.crm.statistics.dimensions import FIXED, FORETOLD_DIMENSIONS, Dimension
from zhike.crm.statistics.dimensions import GROUPS as DIMENSION_GROUPS
from zhike.crm.statistics.measures import GROUPS as MEASURE_GROUPS
from zhike.crm.statistics.measures import MEASURES, Measure

Grouped = list[tuple[str, list[Any]]]


@dataclass(frozen=True)
class Offer:
    """``base`` is the part of the snapshot that the person sees."""

    base: Snapshot
    dimensions: Mapping[str, Dimension]
    predicted: bool = False
    segments: tuple[int, ...] = ()

    def choice(self, given: Mapping[str, str]) -> Choice:
        return choice_from(
            given, self.dimensions, self.base, segments=self.segments, predicted=self.predicted
        )

    def knows(self, given: Mapping[str, str]) -> bool:
        """False when what was saved is not there any more, such as an own field that was removed."""
        names = [given.get("by", ""), given.get("with", "")]
        return all(name in self.dimensions for name in names if name)

    @property
    def measures(self) -> list[Measure]:
        return [one for one in MEASURES.values() if self.predicted or not one.predicted]


def offer(user: Any, base: Snapshot) -> Offer:
    """What has data: predictions, tags and own fields once the segment base holds them."""
    known = paired.known()
    if not known:
        return Offer(base, FIXED)
    predicted = "people.churn_probability" in known or "people.clv" in known
    segments = own.segments(user)
    found = {
        **FIXED,
        **({code: one for code, one in FORETOLD_DIMENSIONS.items() if f"people.{code}" in known}),
        **own.dimensions(base, known, segments),
    }
    return Offer(base, found, predicted, tuple(segments))


def grouped_dimensions(found: Iterable[Dimension]) -> Grouped:
    return _grouped(found, DIMENSION_GROUPS)


def grouped_measures(found: Iterable[Measure]) -> Grouped:
    return _grouped(found, MEASURE_GROUPS)


def _grouped(found: Iterable[Any], groups: Mapping[str, Any]) -> Grouped:
    """By heading, for the lists that are chosen from."""
    known = list(found)
    pairs = [(str(label), [one for one in known if one.group == code]) for code, label in groups.items()]
    return [(label, ones) for label, ones in pairs if ones]
