"""The parts of a model's page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from zhike.platform.figures import Figure
from zhike.platform.templatetags import zhike_format


@dataclass(frozen=True)
class Measure(Figure):
    """A figure whose decimals matter."""

    digits: int = 3

    @property
    def text(self) -> str:
        return number(self.value, self.digits)

    @property
    def short_text(self) -> str:
        return self.text


@dataclass(frozen=True)
class Parameter:
    """``error`` is the standard error, where the estimate has one."""

    name: str
    value: str
    error: str = ""


@dataclass(frozen=True)
class Comparison:
    """Methods side by side: headings and rows of texts, the model first."""

    headings: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Part:
    """A comparison of its own."""

    title: str
    tested: str
    comparison: Comparison


@dataclass(frozen=True)
class Sheet:
    """``tested`` says in one sentence on what the figures rest."""

    method: str = ""
    tested: str = ""
    figures: list[Figure] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    comparison: Comparison | None = None
    charts: list[dict[str, Any]] = field(default_factory=list)
    # Further comparisons, each with a title and a sentence on what it rests.
    more: list[Part] = field(default_factory=list)


def empty() -> Sheet:
    return Sheet(method=_("No model yet: too little data."))


def number(value: Any, digits: int = 3) -> str:
    """A figure as text, "—" where it is unknown."""
    return zhike_format.number(value, digits)


def percent(value: Any) -> str:
    return zhike_format.percent(value)


def days(value: Any) -> str:
    return "—" if value is None else zhike_format.number(value, 1)


def parameter(name: str, value: Any, error: Any = None) -> Parameter:
    """A fitted parameter with four significant digits."""
    return Parameter(name, _significant(value), "" if error is None else f"± {_significant(error)}")


def _significant(value: Any) -> str:
    if value is None:
        return "—"
    number = float(value)
    return f"{number:.4g}" if abs(number) < 1e4 else zhike_format.number(number, 0)
