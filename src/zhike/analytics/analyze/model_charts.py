"""Geometry of the models' charts: lines over time, and pairs of bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zhike.analytics.analyze.charts import Frame, nice_ticks
from zhike.analytics.analyze.wording import number_text, short_number

COLORS = ("#0072b2", "#e69f00", "#009e73", "#d55e00")
LABELS = 8


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    color: str
    points: str


@dataclass(frozen=True, slots=True)
class Tick:
    place: float
    label: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines with a common axis; ``border`` is the place from which on the lines are a forecast."""

    frame: Frame
    lines: tuple[Line, ...]
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    border: float | None


def line_chart(
    labels: Sequence[str], lines: Mapping[str, Sequence[float]], lang: str, border: str | None = None
) -> LineChart:
    """``labels`` are the places of the horizontal axis, in order; ``border`` is compared with them."""
    frame = Frame(560, 300, 58, 14, 14, 32)
    steps = _steps(max(max(values, default=0.0) for values in lines.values()))
    size, top = max(len(labels) - 1, 1), steps[-1]

    def point(place: int, value: float) -> str:
        return f"{frame.x(place / size)},{frame.y(max(value, 0.0) / top)}"

    drawn = tuple(
        Line(label, color, " ".join(point(place, value) for place, value in enumerate(values)))
        for (label, values), color in zip(lines.items(), COLORS, strict=False)
    )
    every = max(-(-len(labels) // LABELS), 1)
    x = tuple(Tick(frame.x(place / size), labels[place]) for place in range(0, len(labels), every))
    y = tuple(Tick(frame.y(step / top), short_number(step, lang)) for step in steps)
    after = None if border is None else sum(label <= border for label in labels) - 1
    return LineChart(frame, drawn, x, y, None if after is None or after < 0 else frame.x(after / size))


@dataclass(frozen=True, slots=True)
class PairBar:
    x: float
    y: float
    width: float
    height: float
    color: str
    hint: str


@dataclass(frozen=True, slots=True)
class BarChart:
    frame: Frame
    bars: tuple[PairBar, ...]
    legend: tuple[tuple[str, str], ...]
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]


def bar_chart(
    labels: Sequence[str], groups: Mapping[str, Sequence[float]], lang: str, digits: int = 2, unit: str = ""
) -> BarChart:
    """One bar per label and group, side by side."""
    frame = Frame(560, 300, 58, 14, 14, 32)
    steps = _steps(max(max(values, default=0.0) for values in groups.values()))
    slot = (frame.width - frame.left - frame.right) / max(len(labels), 1)
    width = slot * 0.76 / len(groups)
    bars = []
    for number, ((name, values), color) in enumerate(zip(groups.items(), COLORS, strict=False)):
        for place, value in enumerate(values):
            left = frame.left + place * slot + slot * 0.12 + number * width
            y = frame.y(max(value, 0.0) / steps[-1])
            hint = f"{labels[place]} · {name}: {number_text(value, digits)}{unit}"
            bars.append(
                PairBar(round(left, 2), y, round(width * 0.94, 2), round(frame.y(0) - y, 2), color, hint)
            )
    x = tuple(Tick(round(frame.left + (place + 0.5) * slot, 2), label) for place, label in enumerate(labels))
    y_ticks = tuple(Tick(frame.y(step / steps[-1]), _tick(step, lang) + unit) for step in steps)
    return BarChart(frame, tuple(bars), tuple(zip(groups, COLORS, strict=False)), x, y_ticks)


def _tick(step: float, lang: str) -> str:
    return number_text(step, 1 if step != int(step) else 0) if step < 1000 else short_number(step, lang)


def _steps(highest: float) -> list[float]:
    """Round steps above zero, also where everything is zero."""
    if highest <= 0:
        return [0.0, 1.0]
    if highest >= 1:
        return nice_ticks(highest)
    scale = 1.0
    while highest * scale < 1:
        scale *= 10
    return [step / scale for step in nice_ticks(highest * scale)]
