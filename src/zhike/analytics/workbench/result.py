"""What a recipe found, as plain data: figures, tables, charts, sentences and what holds per row.

Cells and labels are numbers, texts, None, or one of ``{"var": name}``, ``{"level": [variable, level]}``,
``{"code": …, "values": …}`` (a sentence), ``{"x": number, "of": variable}`` (shown in the variable's unit),
``{"en": …, "zh": …}``, ``{"rule": conditions}`` or ``{"bin": [variable, low, high]}``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zhike.analytics.sayings import Saying

Cell = Any


@dataclass(frozen=True)
class Column:
    """``title`` is a cell, ``kind`` text, number (whole), decimal, percent, p or unit (cells say whose)."""

    title: Cell
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    code: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Chart:
    """``kind`` bars, stacked, line, heat or points; ``series`` holds (name cell, values)."""

    code: str
    kind: str
    labels: Sequence[Cell]
    series: Sequence[tuple[Cell, Sequence[Any]]]
    unit: str = "number"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """A column that the recipe gives every customer: ``kind`` label or score; ``names`` of the labels."""

    code: str
    kind: str
    values: Any
    title: Cell
    names: Mapping[int, Cell] = field(default_factory=dict)


@dataclass
class Result:
    """``silent`` names the guard that kept the recipe from saying more than a description."""

    recipe: str
    rows: int
    figures: list[tuple[str, Any, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    conclusions: list[Saying] = field(default_factory=list)
    caveats: list[Saying] = field(default_factory=list)
    silent: str = ""
    model: dict[str, Any] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)

    def say(self, code: str, **values: Any) -> None:
        """Add a sentence to the conclusion."""
        self.conclusions.append(Saying(code, plain(values)))

    def warn(self, code: str, **values: Any) -> None:
        """Add a caveat, once."""
        saying = Saying(code, plain(values))
        if saying not in self.caveats:
            self.caveats.append(saying)

    def hush(self, code: str, **values: Any) -> None:
        """Say why no more than a description is given."""
        self.silent = code
        self.warn(code, **values)

    def to_dict(self) -> dict[str, Any]:
        """Plain data without the per-row outputs."""
        return plain(
            {
                "recipe": self.recipe,
                "rows": self.rows,
                "figures": [list(one) for one in self.figures],
                "tables": [_table(one) for one in self.tables],
                "charts": [_chart(one) for one in self.charts],
                "conclusions": [one.to_dict() for one in self.conclusions],
                "caveats": [one.to_dict() for one in self.caveats],
                "silent": self.silent,
                "model": self.model,
            }
        )

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Result:
        return cls(
            data["recipe"],
            data["rows"],
            [(code, value, kind) for code, value, kind in data["figures"]],
            [_read_table(one) for one in data["tables"]],
            [_read_chart(one) for one in data["charts"]],
            [Saying.from_dict(one) for one in data["conclusions"]],
            [Saying.from_dict(one) for one in data["caveats"]],
            data["silent"],
            dict(data["model"]),
        )


def var(name: str) -> dict[str, str]:
    return {"var": name}


def level(variable: str, value: str) -> dict[str, list[str]]:
    return {"level": [variable, value]}


def of(name: str, value: Any) -> dict[str, Any]:
    """A number in the unit of a variable."""
    return {"x": value, "of": name}


def plain(value: Any) -> Any:
    """The same as JSON can hold it: no NumPy, no NaN, no infinity."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _table(table: Table) -> dict[str, Any]:
    columns = [{"title": column.title, "kind": column.kind} for column in table.columns]
    return {"code": table.code, "columns": columns, "rows": table.rows}


def _read_table(data: Mapping[str, Any]) -> Table:
    return Table(data["code"], [Column(one["title"], one["kind"]) for one in data["columns"]], data["rows"])


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "code": chart.code,
        "kind": chart.kind,
        "labels": chart.labels,
        "series": [[name, values] for name, values in chart.series],
        "unit": chart.unit,
        "values": chart.values,
    }


def _read_chart(data: Mapping[str, Any]) -> Chart:
    series = [(name, values) for name, values in data["series"]]
    return Chart(data["code"], data["kind"], data["labels"], series, data["unit"], data["values"])
