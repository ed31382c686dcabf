"""Circles of two or three groups. Two are true to scale; three stand in a fixed pattern."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zhike.analytics.watching import Overlap
from zhike.crm.watching.groups import Group, together
from zhike.platform.templatetags import zhike_format as say

WIDTH, HEIGHT, LARGEST = 480, 300, 110.0
_THREE = ((190.0, 120.0), (290.0, 120.0), (240.0, 200.0))
_THREE_RADIUS = 88.0
#: Where the count of each region of three stands, by its bits.
_THREE_PLACES = {
    1: (148.0, 102.0),
    2: (332.0, 102.0),
    4: (240.0, 252.0),
    3: (240.0, 86.0),
    5: (188.0, 176.0),
    6: (292.0, 176.0),
    7: (240.0, 146.0),
}
_THREE_NAMES = ((110.0, 22.0), (370.0, 22.0), (390.0, 282.0))


@dataclass(frozen=True)
class Circle:
    x: float
    y: float
    r: float
    color: str


@dataclass(frozen=True)
class Label:
    x: float
    y: float
    text: str
    url: str = ""
    color: str = ""


@dataclass(frozen=True)
class Drawing:
    """What the template draws; ``to_scale`` says whether areas are counts."""

    circles: tuple[Circle, ...]
    counts: tuple[Label, ...]
    names: tuple[Label, ...]
    to_scale: bool
    width: int = WIDTH
    height: int = HEIGHT


def drawing(found: Overlap, groups: list[Group]) -> Drawing:
    return _two(found, groups) if len(groups) == 2 else _three(found, groups)


def region(bits: int, groups: Sequence[Group]) -> str:
    """The customers of exactly these groups, and of no other of those shown."""
    inside = [group for place, group in enumerate(groups) if bits >> place & 1]
    return together(inside, [group for group in groups if group not in inside])


def _two(found: Overlap, groups: list[Group]) -> Drawing:
    scale = LARGEST / math.sqrt(max(found.sizes))
    radii = [scale * math.sqrt(size) for size in found.sizes]
    both = found.pairs[0, 1].both
    distance = _distance(radii[0], radii[1], both * math.pi * scale**2)
    left, right = min(-radii[0], distance - radii[1]), max(radii[0], distance + radii[1])
    start = (WIDTH - (right - left)) / 2 - left
    centers = (start, start + distance)
    circles = tuple(
        Circle(round(x, 1), HEIGHT / 2, round(r, 1), group.color)
        for x, r, group in zip(centers, radii, groups, strict=True)
    )
    return Drawing(circles, _two_counts(found, groups, centers, radii), _two_names(groups), True)


def _two_counts(
    found: Overlap, groups: list[Group], centers: tuple[float, float], radii: list[float]
) -> tuple[Label, ...]:
    """The counts of the three regions in the middle of what is seen of them; empty regions have none."""
    a, b, c, d = (
        centers[0] - radii[0],
        centers[1] - radii[1],
        centers[0] + radii[0],
        centers[1] + radii[1],
    )
    places = {1: (a + min(b, c)) / 2, 3: (max(a, b) + min(c, d)) / 2, 2: (max(b, c) + d) / 2}
    if b < a:
        places[2] = (b + a) / 2 if a - b > d - c else (max(b, c) + d) / 2
    elif d < c:
        places[1] = (a + b) / 2 if b - a > c - d else (d + c) / 2
    return tuple(
        Label(round(places[bits], 1), HEIGHT / 2 + 5, say.number(count), region(bits, groups))
        for bits, count in sorted(found.regions.items())
    )


def _two_names(groups: list[Group]) -> tuple[Label, ...]:
    return tuple(
        Label(x, 22.0, group.name, group.url, group.color)
        for x, group in zip((120.0, 360.0), groups, strict=True)
    )


def _three(found: Overlap, groups: list[Group]) -> Drawing:
    circles = tuple(
        Circle(x, y, _THREE_RADIUS, group.color) for (x, y), group in zip(_THREE, groups, strict=True)
    )
    counts = tuple(
        Label(x, y, say.number(found.regions.get(bits, 0)), region(bits, groups))
        for bits, (x, y) in _THREE_PLACES.items()
    )
    names = tuple(
        Label(x, y, group.name, group.url, group.color)
        for (x, y), group in zip(_THREE_NAMES, groups, strict=True)
    )
    return Drawing(circles, counts, names, False)


def _distance(r1: float, r2: float, area: float) -> float:
    """How far apart two circles stand whose lens has this area, by bisection."""
    low, high = abs(r1 - r2), r1 + r2
    if area <= 0:
        return high
    for _step in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if lens(r1, r2, middle) > area else (low, middle)
    return (low + high) / 2


def lens(r1: float, r2: float, d: float) -> float:
    """The area that two circles at distance ``d`` share."""
    if d >= r1 + r2:
        return 0.0
    if d <= abs(r1 - r2):
        return math.pi * min(r1, r2) ** 2
    a1 = math.acos(max(-1.0, min(1.0, (d * d + r1 * r1 - r2 * r2) / (2 * d * r1))))
    a2 = math.acos(max(-1.0, min(1.0, (d * d + r2 * r2 - r1 * r1) / (2 * d * r2))))
    return r1 * r1 * (a1 - math.sin(2 * a1) / 2) + r2 * r2 * (a2 - math.sin(2 * a2) / 2)
