"""Reading what the models published."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from zhike.crm.prediction.choices import VersionState
from zhike.crm.prediction.models import CustomerPrediction, ModelVersion


def prediction_of(customer: Any) -> CustomerPrediction | None:
    """What is published about a customer; None for one that is not profiled or never bought."""
    if customer.no_profiling:
        return None
    return CustomerPrediction.objects.filter(customer_id=customer.pk).first()


def active_version(kind: str) -> ModelVersion | None:
    """The version in use."""
    return ModelVersion.objects.filter(kind=kind, state=VersionState.ACTIVE).first()


def active_versions() -> dict[str, ModelVersion]:
    """The versions in use, by kind."""
    return {version.kind: version for version in ModelVersion.objects.filter(state=VersionState.ACTIVE)}


def latest_versions() -> dict[str, ModelVersion]:
    """The newest version of each kind, in use or refused."""
    found: dict[str, ModelVersion] = {}
    for version in ModelVersion.objects.defer("parameters", "validation", "held_out").order_by("number"):
        found[version.kind] = version
    return found


def version_history(kind: str) -> QuerySet[ModelVersion]:
    """All versions of a kind, newest first, without their bulky parts."""
    rows = ModelVersion.objects.filter(kind=kind).defer("parameters", "validation", "data", "held_out")
    return rows.select_related("trained_by").order_by("-number")
