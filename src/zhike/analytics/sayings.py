"""Sentences kept as a code with its values, put into words only when somebody reads them.

A value is a number, a text, or a mapping that a reader turns into text: here ``{"var": name}`` (a variable,
shown by its label) and ``{"vars": [names]}``. A number named ``p`` is a p-value and never shown as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhike.analytics.words import Words

Label = Callable[[str], Words]
Read = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class Saying:
    """``code`` of a catalogue of sentences with the values that fill its places."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "values": self.values}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Saying:
        return cls(data["code"], dict(data.get("values", {})))

    def text(self, catalogue: Mapping[str, Words], language: str, read: Read | None = None) -> str:
        """The sentence in one language; ``read`` turns mappings among the values into text."""
        reader = read or reader_of(as_is, language)
        values = {name: _value(name, value, reader) for name, value in self.values.items()}
        return catalogue[self.code].text(language).format(**values)


def as_is(name: str) -> Words:
    return Words(name, name)


def reader_of(label: Label, language: str) -> Read:
    """Reads variables by their labels."""

    def read(value: Mapping[str, Any]) -> str:
        names = value["vars"] if "vars" in value else [value["var"]]
        return joined([label(name).text(language) for name in names], language)

    return read


def joined(texts: list[str], language: str) -> str:
    return ("、" if language.startswith("zh") else ", ").join(texts)


def probability(p: float) -> str:
    """A p-value as people write it: never 0, three digits at most."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _value(name: str, value: Any, read: Read) -> Any:
    if isinstance(value, Mapping):
        return read(value)
    return probability(value) if name == "p" and isinstance(value, float | int) else value
