"""What training on orders leaves behind: the model, its horizon, how it proved itself, and its guards."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Self

from zhike.analytics.churn.model import ChurnModel

PLAIN = ("horizon", "validation", "guards", "snapshots", "as_of", "rhythm", "reference")


@dataclass(frozen=True)
class ChurnTraining:
    """``horizon`` days without a purchase count as churn; ``snapshots`` are day numbers, oldest first;
    ``validation`` as :func:`~zhike.analytics.churn.report.evaluate_churn` gives it, on a later period than
    the model it judges learned from; ``reference`` shares of the scores at training, for the drift."""

    model: ChurnModel
    horizon: int
    validation: dict[str, Any]
    guards: list[str]
    snapshots: list[int]
    as_of: int
    rhythm: float
    reference: dict[str, list[float]] = field(default_factory=dict)

    def to_json(self) -> str:
        data = {name: getattr(self, name) for name in PLAIN}
        return json.dumps(data | {"model": json.loads(self.model.to_json())}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        data = json.loads(text)
        return cls(**data | {"model": ChurnModel.from_json(json.dumps(data["model"]))})
