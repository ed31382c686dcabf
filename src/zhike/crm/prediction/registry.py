"""The kinds of models by name; each is imported when it is used, so that pages stay light."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from zhike.crm.prediction.choices import Kind
from zhike.crm.prediction.kinds.base import ModelKind

#: In the order of training and scoring.
NAMES: tuple[str, ...] = tuple(Kind.values)


def kind_of(name: str) -> ModelKind:
    if name not in NAMES:
        raise KeyError(name)
    return cast(ModelKind, import_module(f"zhike.crm.prediction.kinds.{name}"))
