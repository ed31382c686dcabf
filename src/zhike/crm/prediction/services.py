"""Verbs of prediction: train a model, score everybody, say what customers cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from zhike.crm.insight import labels
from zhike.crm.prediction import jobs
from zhike.crm.prediction.models import CostAssumption
from zhike.crm.prediction.registry import NAMES
from zhike.platform import audit
from zhike.platform.errors import DomainError, Text
from zhike.platform.jobs import enqueue, run_here
from zhike.platform.models import Job
from zhike.platform.permissions import require

COSTS = ("acquisition", "retention", "service", "contact")
RATES = ("save_rate", "take_rate")


@transaction.atomic
def train(kind: str, actor: Any) -> Job:
    """Queue the training of one model; the one that waits or works already is returned."""
    require(actor, "insight.run")
    if kind not in NAMES:
        raise DomainError(_("There is no such model."), code="unknown_model")
    record = enqueue(jobs.TRAIN, {"kinds": [kind]}, requested_by=actor, key=kind)
    audit.record(actor, "model.training_started", record, after={"kind": kind})
    return record


def score_now(*, progress: Callable[[Text], None] | None = None) -> Job:
    """Score everybody in this process, for commands; joins a scoring that was interrupted."""
    return run_here(jobs.SCORE, {"run": jobs.last_run()}, key=jobs.SCORE_KEY, progress=progress)


@transaction.atomic
def set_costs(*, actor: Any, wanted: Sequence[Mapping[str, Any]]) -> int:
    """Replace what the company says it spends, per ``tier`` (None: all) and ``segment`` (empty: all).

    A row without any figure says nothing and is removed. Returns the number of rows kept.
    """
    require(actor, "tiers.edit")
    before = [_as_json(row) for row in CostAssumption.objects.all()]
    rows = [_checked(row, place) for place, row in enumerate(wanted)]
    keys = [(row["tier"], row["segment"]) for row in rows]
    if len(set(keys)) < len(keys):
        raise DomainError(_("Two rows are for the same tier and segment."), code="twice")
    CostAssumption.objects.all().delete()
    kept = [row for row in rows if any(row[name] is not None for name in (*COSTS, *RATES))]
    CostAssumption.objects.bulk_create(CostAssumption(**row, updated_by=actor) for row in kept)
    after = [_as_json(row) for row in CostAssumption.objects.all()]
    if after != before:
        audit.record(actor, "costs.saved", before={"costs": before}, after={"costs": after})
    return len(kept)


def _checked(row: Mapping[str, Any], place: int) -> dict[str, Any]:
    tier, segment = row.get("tier"), str(row.get("segment") or "")
    if tier is not None and tier not in labels.tier_names():
        raise DomainError(_("There is no such tier."), field=f"{place}-tier", code="unknown_tier")
    if segment and segment not in labels.RFM_SEGMENTS:
        raise DomainError(_("There is no such segment."), field=f"{place}-segment", code="unknown_segment")
    found: dict[str, Any] = {"tier": tier, "segment": segment}
    for name in COSTS:
        found[name] = None if row.get(name) is None else Decimal(row[name])
        if found[name] is not None and found[name] < 0:
            raise DomainError(_("A cost is not negative."), field=f"{place}-{name}", code="negative")
    for name in RATES:
        found[name] = None if row.get(name) is None else float(row[name])
        if found[name] is not None and not 0 <= found[name] <= 1:
            raise DomainError(
                _("A share lies between 0 and 100 %."), field=f"{place}-{name}", code="not_a_share"
            )
    return found


def _as_json(row: CostAssumption) -> dict[str, Any]:
    money = {name: None if getattr(row, name) is None else str(getattr(row, name)) for name in COSTS}
    return {"tier": row.tier, "segment": row.segment, **money, **{n: getattr(row, n) for n in RATES}}
