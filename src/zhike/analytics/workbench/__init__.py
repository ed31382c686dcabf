"""Statistics for people without code: recipes as pure functions from data and a choice to a readable result.

    result = run("crosstab", data, Choice({"rows": ["industry"], "columns": ["tier"]}))
    result.headline, result.caveats, result.tables, result.charts

A result holds codes and values; they become words (English or Chinese) when somebody reads them.
Names load on first use, so that importing the analytics stays quick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.analytics.first_use import on_first_use

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

__getattr__: Callable[[str], Any] = on_first_use(__name__, _HOMES)
