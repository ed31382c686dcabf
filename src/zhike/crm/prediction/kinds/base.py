"""What every kind of model gives: what was learned, how it did, and how a new version compares."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from zhike.analytics.engine import Session
from zhike.crm.prediction.sources import Sources


@dataclass(frozen=True)
class Trained:
    """``parameters`` to rebuild the model (``{"rules": True}``: too little data, none was fitted);
    ``validation`` figures and points of plots; ``guards`` codes with values of what spoke against a model;
    ``data`` what it was learned from; ``held_out`` the same learned from the days up to ``until`` alone
    (``{"until": day number, "parameters": …}``), empty where that is too little."""

    parameters: dict[str, Any]
    validation: dict[str, Any] = field(default_factory=dict)
    guards: list[dict[str, Any]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    held_out: dict[str, Any] = field(default_factory=dict)

    @property
    def is_rule(self) -> bool:
        return bool(self.parameters.get("rules"))


@dataclass(frozen=True)
class Comparison:
    """New against active on days that neither knew; ``tolerance`` is the share by which new may be worse."""

    metric: str
    new: float
    active: float
    lower_is_better: bool
    tolerance: float

    @property
    def is_worse(self) -> bool:
        if not (math.isfinite(self.new) and math.isfinite(self.active)):
            return not math.isfinite(self.new)
        room = abs(self.active) * self.tolerance
        if self.lower_is_better:
            return self.new > self.active + room
        return self.new < self.active - room

    def to_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric,
            "new": self.new,
            "active": self.active,
            "lower_is_better": self.lower_is_better,
            "tolerance": self.tolerance,
        }


class ModelKind(Protocol):
    """A module of this folder."""

    TABLE: str

    def train(self, sources: Sources) -> Trained: ...

    def compare(
        self, sources: Sources, new: dict[str, Any], active: dict[str, Any], until: int
    ) -> Comparison | None:
        """Both on the days after ``until``, which neither learned from; None where too little happened."""

    def score(self, sources: Sources, parameters: dict[str, Any]) -> None:
        """Leave the table ``TABLE`` with one row per customer in the session (none by a rule)."""


def fill(
    sources: Sources,
    table: str,
    scored: Callable[[Session, str, int, dict[str, Any]], Any],
    parameters: dict[str, Any],
) -> None:
    """Insert what ``scored(engine, facts, day, parameters)`` gives for each part of the base."""
    session = sources.session
    for facts in sources.parts():
        session.register("_scored", scored(sources.engine, facts, sources.day, parameters))
        session.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM _scored")
        session.unregister("_scored")


def guard(code: str, **values: Any) -> dict[str, Any]:
    return {"code": code, "values": values}


def plain(value: Any) -> Any:
    """The value as JSON that both stores take: no NaN, no infinity, no NumPy."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(one) for one in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | int | bool) or value is None:
        return value
    return str(value)
