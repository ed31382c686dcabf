"""Geometry of the report's charts: plain numbers that the template draws as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from zhike.analytics.analyze.wording import short_number

#: Okabe and Ito's palette, told apart also by color-blind readers.
STAGE_COLORS = {
    "potential": "#9aa5b1",
    "first_purchase": "#56b4e9",
    "repeat": "#0072b2",
    "high_value": "#009e73",
    "at_risk": "#e69f00",
    "lost": "#d55e00",
}
SEGMENT_COLORS = {
    "important_value": "#00684c",
    "important_develop": "#0072b2",
    "important_keep": "#b57700",
    "important_win_back": "#c04a00",
    "general_value": "#59b89a",
    "general_develop": "#7dbfe8",
    "general_keep": "#ecc069",
    "general_win_back": "#e8a27a",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The plotting area inside a drawing, in its own units."""

    width: float
    height: float
    left: float
    top: float
    right: float
    bottom: float

    def x(self, share: float) -> float:
        return round(self.left + share * (self.width - self.left - self.right), 2)

    def y(self, share: float) -> float:
        return round(self.height - self.bottom - share * (self.height - self.top - self.bottom), 2)


@dataclass(frozen=True, slots=True)
class ParetoChart:
    frame: Frame
    line: str
    area: str
    ticks: tuple[float, ...]
    #: (share of customers, share of revenue) of the two points that are named.
    top: tuple[float, float] | None
    need: tuple[float, float] | None


def pareto_chart(curve: Sequence[tuple[float, float]], top: float | None, need: float | None) -> ParetoChart:
    frame = Frame(560, 330, 52, 14, 18, 44)
    points = [(frame.x(a), frame.y(min(b, 1.0))) for a, b in curve]
    line = " ".join(f"{x},{y}" for x, y in points)
    area = f"{frame.x(0)},{frame.y(0)} {line} {frame.x(1)},{frame.y(0)}" if points else ""
    return ParetoChart(
        frame,
        line,
        area,
        (0, 0.2, 0.4, 0.6, 0.8, 1.0),
        None if top is None else (0.2, top),
        None if need is None else (need, 0.8),
    )


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    x: float
    y: float
    width: float
    height: float
    value: Decimal
    shown: bool


@dataclass(frozen=True, slots=True)
class MonthChart:
    frame: Frame
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float


def month_chart(months: dict[str, Decimal], lang: str) -> MonthChart:
    frame = Frame(1080, 220, 64, 14, 8, 30)
    values = [float(value) for value in months.values()]
    low, steps = min(0.0, *values, 0.0), nice_ticks(max(0.0, *values, 0.0))
    high = max(steps[-1], 1e-9)
    span = high - low

    def place(value: float) -> float:
        return frame.y((value - low) / span)

    slot = (frame.width - frame.left - frame.right) / max(len(months), 1)
    every = -(-len(months) // 18)
    bars = []
    for number, (month, value) in enumerate(months.items()):
        top, foot = place(max(float(value), 0)), place(min(float(value), 0))
        left = frame.left + number * slot + slot * 0.18
        bars.append(
            Bar(
                month,
                round(left, 2),
                top,
                round(slot * 0.64, 2),
                round(foot - top, 2),
                value,
                number % every == 0,
            )
        )
    ticks = tuple((place(tick), short_number(tick, lang)) for tick in steps)
    return MonthChart(frame, tuple(bars), ticks, place(0))


def nice_ticks(highest: float, count: int = 4) -> list[float]:
    """Round steps from 0 to at least `highest`: 0, 250,000, 500,000 …"""
    if highest <= 0:
        return [0.0]
    rough = highest / count
    size = 10.0 ** (len(str(int(rough))) - 1) if rough >= 1 else 0.1
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    ticks = [0.0]
    while ticks[-1] < highest:
        ticks.append(round(ticks[-1] + step, 6))
    return ticks


def shade(part: float) -> tuple[str, str]:
    """Background and text color of a heat-map cell, from white-blue to deep blue."""
    light, deep = (238, 245, 252), (11, 78, 145)
    mixed = [round(a + (b - a) * part**0.6) for a, b in zip(light, deep, strict=True)]
    return f"rgb({mixed[0]},{mixed[1]},{mixed[2]})", "#fff" if part**0.6 > 0.42 else "#1d2733"
