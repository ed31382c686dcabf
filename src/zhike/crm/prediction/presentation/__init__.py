"""How a version is shown: figures, tables and charts out of its stored validation, one module per kind."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.presentation.sheet import Sheet, empty
from zhike.crm.prediction.registry import NAMES


def sheet_of(version: ModelVersion) -> Sheet:
    """What a page shows of a version; one without validation gives empty parts."""
    if version.kind not in NAMES:
        return empty()
    module = import_module(f"{__name__}.{version.kind}")
    return cast(Sheet, module.sheet(version))
