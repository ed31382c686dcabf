"""Factor analysis: which few things lie behind many answers or figures.

    model = FactorModel().fit(frame)               # number of factors by parallel analysis
    model.loadings_, model.kmo_, model.bartlett_
    scores = model.transform(frame)

Names load on first use, so that importing the analytics stays quick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.analytics.first_use import on_first_use

_HOMES = {
    "Bartlett": "adequacy",
    "FactorError": "model",
    "FactorModel": "model",
    "GUARD_WORDS": "words",
    "bartlett": "adequacy",
    "kmo": "adequacy",
}

__all__ = ["GUARD_WORDS", "Bartlett", "FactorError", "FactorModel", "bartlett", "kmo"]

__getattr__: Callable[[str], Any] = on_first_use(__name__, _HOMES)
