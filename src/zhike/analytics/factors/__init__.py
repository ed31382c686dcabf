"""Factor analysis: which few things lie behind many answers or figures.

    model = FactorModel().fit(frame)               # number of factors by parallel analysis
    model.loadings_, model.kmo_, model.bartlett_
    scores = model.transform(frame)

Names load on first use, so that importing the analytics stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Bartlett": "adequacy",
    "FactorError": "model",
    "FactorModel": "model",
    "GUARD_WORDS": "words",
    "bartlett": "adequacy",
    "kmo": "adequacy",
}

__all__ = ["GUARD_WORDS", "Bartlett", "FactorError", "FactorModel", "bartlett", "kmo"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
