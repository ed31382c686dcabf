"""Which models speak, and which are silent for want of data, without their bulky parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhike.crm.prediction import words
from zhike.crm.prediction.choices import Kind, VersionState
from zhike.crm.prediction.models import ModelVersion


@dataclass(frozen=True)
class Speaker:
    """The version of a kind in use. ``by_rule``: too little data, none was fitted."""

    kind: str
    number: int
    by_rule: bool
    guards: tuple[dict[str, Any], ...]
    horizon: int | None

    @property
    def why(self) -> list[str]:
        """What spoke against a model, in sentences."""
        return [text for one in self.guards if (text := words.guard_words(self.kind, one))]


def speakers() -> dict[str, Speaker]:
    """The versions in use by kind, in one statement."""
    rows = ModelVersion.objects.filter(state=VersionState.ACTIVE).order_by()
    found = rows.values_list("kind", "number", "guards", "parameters__rules", "parameters__horizon")
    return {
        kind: Speaker(kind, number, bool(rules), tuple(guards), horizon if isinstance(horizon, int) else None)
        for kind, number, guards, rules, horizon in found
    }


def basis() -> str:
    """What published money means: ``margin``, ``revenue`` (costs are unknown), or empty without a model."""
    rows = ModelVersion.objects.filter(kind=Kind.VALUE, state=VersionState.ACTIVE)
    return str(rows.values_list("parameters__basis", flat=True).first() or "")
