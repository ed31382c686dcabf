"""What can be wrong with a file or a cell: a code with values, put into words here and nowhere else.

Readers and parsers never raise for a bad cell, they hand back a `Problem`; a file that cannot be read at
all raises `TableError`, which carries a `Problem`. Both can be stored as JSON and worded later in the
reader's own language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhike.analytics.tabular.wording import MESSAGES


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell, a row or a file: a code, and the values that its sentence names."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, lang: str = "zh") -> str:
        return describe(self.code, lang, self.values)

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "values": dict(self.values)}


class TableError(Exception):
    """The whole file cannot be used; the message says why and what to do about it."""

    def __init__(self, code: str, **values: Any) -> None:
        self.problem = Problem(code, values)
        super().__init__(self.problem.text("en"))

    @property
    def code(self) -> str:
        return self.problem.code

    def text(self, lang: str = "zh") -> str:
        return self.problem.text(lang)


class _Missing(dict[str, Any]):
    """A message must never fail for want of a value: the gap shows as the name in braces."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def describe(code: str, lang: str = "zh", values: Mapping[str, Any] | None = None) -> str:
    """The sentence for `code` in Chinese (any `zh…`) or English."""
    chinese, english = MESSAGES.get(code, (code, code))
    pattern = chinese if lang.lower().startswith("zh") else english
    return pattern.format_map(_Missing({key: _shown(value) for key, value in (values or {}).items()}))


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(item) for item in value)
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "…"
