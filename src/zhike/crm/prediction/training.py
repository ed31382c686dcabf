"""Training: a new version, compared with the one in use, refused when it is worse.

Both are compared by what their training finds without the newest days, on just those days: neither has seen
them, so that a version that learned its own data by heart gains nothing. What comes into use is then learned
from all days.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version as library_version
from typing import Any

from django.db import transaction
from django.db.models import Max

from zhike.crm.insight import days
from zhike.crm.prediction.choices import VersionState
from zhike.crm.prediction.kinds.base import Comparison, ModelKind, Trained, guard, plain
from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.queries import active_version
from zhike.crm.prediction.registry import kind_of
from zhike.crm.prediction.sources import Sources
from zhike.platform import audit

SEED = 0
LIBRARIES = ("numpy", "scipy", "scikit-learn", "lightgbm", "duckdb")
# Older versions that are not in use are forgotten.
KEPT_VERSIONS = 60


def train(
    kind: str, sources: Sources, *, actor: Any = None, noted: Callable[[ModelVersion], None] | None = None
) -> ModelVersion:
    """Learn, compare, and keep the version as active or refused with the reason.

    ``noted`` is called with the version in the transaction that keeps it: a job's checkpoint goes there.
    """
    module, active = kind_of(kind), active_version(kind)
    if sources.is_empty:
        trained = Trained({"rules": True}, guards=[guard("no_customers")])
    else:
        trained = module.train(sources)
    comparison = None if active is None or trained.is_rule else _compared(sources, module, trained, active)
    state = VersionState.REFUSED if comparison and comparison.is_worse else VersionState.ACTIVE
    reason = _reason(trained, comparison, active)
    with transaction.atomic():
        found = _keep(kind, sources, trained, state, reason, actor)
        if noted is not None:
            noted(found)
    return found


def _compared(
    sources: Sources, module: ModelKind, trained: Trained, active: ModelVersion
) -> Comparison | None:
    """On the days after the hold-out began; None where either has no parameters that do not know them."""
    if not trained.held_out or active.parameters.get("rules"):
        return None
    until = int(trained.held_out["until"])
    old = _without(active, until)
    return module.compare(sources, plain(trained.held_out["parameters"]), old, until) if old else None


def _without(active: ModelVersion, until: int) -> dict[str, Any] | None:
    """What the version in use learned without the days after ``until``."""
    if days.number(active.as_of) <= until:
        return dict(active.parameters)
    kept = active.held_out
    return dict(kept["parameters"]) if kept and kept["until"] <= until else None


def _reason(trained: Trained, comparison: Comparison | None, active: ModelVersion | None) -> dict[str, Any]:
    if trained.is_rule:
        return {"code": "rules"}
    if active is None:
        return {"code": "first"}
    if comparison is None:
        return {"code": "not_compared", "against": active.number}
    code = "worse" if comparison.is_worse else "not_worse"
    found = {"code": code, "against": active.number, **comparison.to_json()}
    return found | {"after": str(days.day_of(trained.held_out["until"]))}


def _keep(
    kind: str, sources: Sources, trained: Trained, state: str, reason: dict[str, Any], actor: Any
) -> ModelVersion:
    rows = ModelVersion.objects.filter(kind=kind)
    if state == VersionState.ACTIVE:
        # Only the version in use is ever compared with.
        rows.filter(state=VersionState.ACTIVE).update(state=VersionState.RETIRED, held_out={})
    number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
    found = ModelVersion.objects.create(
        kind=kind,
        number=number,
        state=state,
        as_of=sources.as_of,
        parameters=plain(trained.parameters),
        validation=plain(trained.validation),
        guards=plain(trained.guards),
        data=plain(described(sources) | trained.data),
        held_out=plain(trained.held_out) if state == VersionState.ACTIVE else {},
        trained_by=actor if getattr(actor, "pk", None) else None,
        reason=plain(reason),
    )
    rows.filter(number__lte=number - KEPT_VERSIONS).exclude(state=VersionState.ACTIVE).delete()
    event = "model.refused" if state == VersionState.REFUSED else "model.trained"
    audit.record(actor, event, found, after={"kind": kind, "number": number})
    return found


def described(sources: Sources) -> dict[str, Any]:
    """The data of a training: sizes, days, a hash of the rows, library versions and the seed."""
    ((rows, customers, first, last, mark),) = sources.session.connection.execute(
        "SELECT COUNT(*), COUNT(DISTINCT customer_id), MIN(day), MAX(day), "
        "CAST(bit_xor(hash(order_id, customer_id, day, revenue, returned, cost)) AS VARCHAR) "
        f"FROM {sources.facts}"
    ).fetchall()
    return {
        "rows": rows,
        "customers": customers,
        "from": first,
        "to": last,
        "hash": f"{int(mark or 0):016x}",
        "libraries": {name: library_version(name) for name in LIBRARIES},
        "seed": SEED,
    }
