"""Who is in several groups at once.

Jaccard = |A ∩ B| / |A ∪ B|            0 … 1 (Jaccard 1901)
lift    = P(A ∩ B) / (P(A) · P(B))     1: as often together as chance would have it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """Two groups by their places. ``jaccard`` and ``lift`` are None where a group is empty."""

    first: int
    second: int
    both: int
    jaccard: float | None
    lift: float | None
    #: Of the customers of the first group those that are in the second too.
    share: float | None


@dataclass(frozen=True)
class Overlap:
    """``sizes`` of the groups, every ordered pair, and the exclusive ``regions`` (bits of groups → count)."""

    sizes: tuple[int, ...]
    population: int
    pairs: Mapping[tuple[int, int], Pair]
    regions: Mapping[int, int]

    @property
    def anywhere(self) -> int:
        """Customers in at least one of the groups."""
        return sum(count for bits, count in self.regions.items() if bits)


def overlap(regions: Mapping[int, int], groups: int, population: int) -> Overlap:
    """From the number of customers per combination of groups (bit i: in group i) to all measures.

    ``population`` is everybody that could be in a group. Customers in no group may be missing in
    ``regions``.
    """
    sizes = tuple(_within(regions, 1 << i) for i in range(groups))
    pairs = {
        (i, j): _pair(i, j, sizes, _within(regions, 1 << i | 1 << j), population)
        for i in range(groups)
        for j in range(groups)
        if i != j
    }
    return Overlap(sizes, population, pairs, {bits: n for bits, n in regions.items() if bits and n})


def _within(regions: Mapping[int, int], wanted: int) -> int:
    return sum(count for bits, count in regions.items() if bits & wanted == wanted)


def _pair(i: int, j: int, sizes: Sequence[int], both: int, population: int) -> Pair:
    union = sizes[i] + sizes[j] - both
    known = sizes[i] and sizes[j] and population
    return Pair(
        i,
        j,
        both,
        both / union if union else None,
        both * population / (sizes[i] * sizes[j]) if known else None,
        both / sizes[i] if sizes[i] else None,
    )
