"""Statistics for people without code: recipes as pure functions from data and a choice to a readable result.

    result = run("crosstab", data, Choice({"rows": ["industry"], "columns": ["tier"]}))
    result.headline, result.caveats, result.tables, result.charts

A result holds codes and values; they become words (English or Chinese) when somebody reads them.
Names load on first use, so that importing the analytics stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Choice": "recipes",
    "ChoiceError": "recipes",
    "Data": "data",
    "Output": "result",
    "RECIPES": "recipes",
    "Recipe": "recipes",
    "Result": "result",
    "SENTENCES": "words",
    "Variable": "data",
    "run": "recipes",
}

__all__ = [
    "RECIPES",
    "SENTENCES",
    "Choice",
    "ChoiceError",
    "Data",
    "Output",
    "Recipe",
    "Result",
    "Variable",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
