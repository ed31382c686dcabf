"""A result in the words of one language: cells, titles and sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhike.analytics.clusters.naming import name_words
from zhike.analytics.sayings import Saying, joined, probability
from zhike.analytics.words import Words
from zhike.analytics.workbench.data import OTHER
from zhike.analytics.workbench.words import SENTENCES

Namer = Callable[[str], str]
LevelNamer = Callable[[str, str], str]
#: How a number of a unit reads: (unit, value) -> text.
Shower = Callable[[str, float], str]


def show_plain(unit: str, value: float) -> str:
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:,.3g}"


class Reader:
    """Puts cells and sentences into words; the caller knows the names of variables, levels and products."""

    def __init__(
        self,
        language: str,
        *,
        label: Namer = str,
        level: LevelNamer = lambda _variable, value: value,
        unit: Namer = lambda _name: "",
        show: Shower = show_plain,
        product: Callable[[Any], str] = str,
    ) -> None:
        self.language, self.label, self.unit, self.show = language, label, unit, show
        self._level, self.product = level, product

    def say(self, saying: Saying) -> str:
        return saying.text(SENTENCES, self.language, self.read)

    def title(self, code: str, **values: Any) -> str:
        return self.say(Saying(code, values))

    def cell(self, value: Any, kind: str = "text") -> str:
        """The text of a table's cell; "—" for what is unknown."""
        if value is None:
            return "—"
        if isinstance(value, Mapping):
            return self.read(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return _number(value, kind)

    def read(self, value: Mapping[str, Any]) -> str:
        for key, reader in _READERS.items():
            if key in value:
                return reader(self, value)
        return Words.from_dict(dict(value)).text(self.language)

    def level(self, variable: str, value: str) -> str:
        if value == OTHER:
            return self.title("other_levels")
        return self._level(variable, value)

    def _words(self, name: str) -> Words:
        """A variable's label, by its name or, for a column of one level, by both."""
        variable, mark, value = name.partition("=")
        text = f"{self.label(variable)} = {self.level(variable, value)}" if mark else self.label(name)
        return Words(text, text)

    def rule(self, conditions: Any) -> str:
        """The conditions of a rule; a level is or is not, a number lies between its bounds."""
        if not conditions:
            return self.title("everybody")
        parts = [self._condition(name, low, high) for name, low, high in conditions]
        return (" 且 " if self.language.startswith("zh") else " and ").join(parts)

    def _condition(self, name: str, low: float | None, high: float | None) -> str:
        variable, mark, value = name.partition("=")
        if mark:
            sign = "=" if low is not None else "≠"
            return f"{self.label(variable)} {sign} {self.level(variable, value)}"
        return f"{self.label(name)} {self._bounds(name, low, high)}"

    def _bounds(self, name: str, low: float | None, high: float | None) -> str:
        unit = self.unit(name)
        if low is None:
            return f"≤ {self.show(unit, high or 0.0)}"
        if high is None:
            return f"> {self.show(unit, low)}"
        # A rule's lower bound is not part of it: of whole numbers the next one is.
        first = low + 1 if low == int(low) and high == int(high) else low
        return (
            f"= {self.show(unit, high)}"
            if first == high
            else f"{self.show(unit, first)}–{self.show(unit, high)}"
        )

    def bin(self, name: str, low: float | None, high: float | None, *, exact: bool) -> str:
        unit = self.unit(name)
        if exact and low is not None and high is None:
            return self.show(unit, low)
        if low is None and high is None:
            return self.title("everybody")
        if low is None:
            return f"≤ {self.show(unit, high or 0.0)}"
        if high is None:
            return f"> {self.show(unit, low)}"
        return f"{self.show(unit, low)} – {self.show(unit, high)}"


def _number(value: float, kind: str) -> str:
    if kind == "number" or (kind == "text" and value == int(value)):
        return f"{value:,.0f}"
    if kind == "percent":
        return f"{value:.1%}"
    if kind == "p":
        return probability(value).removeprefix("p ").removeprefix("= ")
    if kind == "small":
        return f"{value:,.4g}"
    return f"{value:,.2f}" if abs(value) < 100_000 else f"{value:,.0f}"


def _cluster(reader: Reader, value: Mapping[str, Any]) -> str:
    number, code = value["cluster"]
    return f"{number} · {name_words(code, reader._words).text(reader.language)}"


def _of(reader: Reader, value: Mapping[str, Any]) -> str:
    return "—" if value["x"] is None else reader.show(reader.unit(value["of"]), value["x"])


_READERS: dict[str, Callable[[Reader, Mapping[str, Any]], str]] = {
    "code": lambda reader, value: reader.say(Saying.from_dict(value)),
    "var": lambda reader, value: reader._words(value["var"]).text(reader.language),
    "vars": lambda reader, value: joined(
        [reader._words(name).text(reader.language) for name in value["vars"]], reader.language
    ),
    "level": lambda reader, value: reader.level(*value["level"]),
    "rule": lambda reader, value: reader.rule(value["rule"]),
    "bin": lambda reader, value: reader.bin(*value["bin"], exact=False),
    "value_bin": lambda reader, value: reader.bin(*value["value_bin"], exact=True),
    "cluster": _cluster,
    "of": _of,
    "product": lambda reader, value: reader.product(value["product"]),
}
