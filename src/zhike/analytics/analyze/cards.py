"""Model cards: what a model is, how well it did on the past, and what is doubtful about it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhike.analytics.guards import Guard
from zhike.analytics.words import Words


@dataclass(frozen=True)
class Remark:
    """A guard that fired, by code and in words."""

    code: str
    words: Words

    @classmethod
    def of(cls, guards: Iterable[Guard]) -> tuple[Remark, ...]:
        return tuple(cls(guard.code, guard.words) for guard in guards)


@dataclass(frozen=True)
class ModelCard:
    """``params`` empty: the model was not made, and ``guards`` say why."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    loglik: float | None = None
    validation: Mapping[str, Any] = field(default_factory=dict)
    guards: tuple[Remark, ...] = ()

    @property
    def version(self) -> str:
        """A short name that two equal models share; empty when there is none."""
        if not self.params:
            return ""
        text = json.dumps(plain(self.params), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def to_dict(self, lang: str) -> dict[str, Any]:
        return {
            "version": self.version,
            "params": plain(self.params),
            "loglik": plain(self.loglik),
            "validation": plain(self.validation),
            "guards": [{"code": guard.code, "text": guard.words.text(lang)} for guard in self.guards],
        }


def plain(value: Any) -> Any:
    """What JSON can hold: a number that is none becomes null, an array a list."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.isoformat() if hasattr(value, "isoformat") else value
