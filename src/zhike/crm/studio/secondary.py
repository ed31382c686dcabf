"""Models beside the primary one: everybody's tier in each, evaluated after every analysis and every scoring.

A model that cannot be evaluated never stops the others. Writing is repeated without harm after a crash: only
what differs is written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import QuerySet

from zhike.analytics import calibrate
from zhike.analytics.engine.session import identifier
from zhike.crm.customers.models import Customer
from zhike.crm.insight import days, extract, versions
from zhike.crm.insight.models import TierAssignment, TierModel, Version
from zhike.crm.studio import base, simulation
from zhike.platform.jobs import JobRun

log = logging.getLogger("zhike.studio")

CHUNK = 1_000
# A stored score may lag by this much while the tier stays.
SCORE_DRIFT = 0.5

STORED = pa.schema([*simulation.ASSIGNED, ("version_id", extract.INT)])
_CHANGED = """
CREATE OR REPLACE TABLE changed AS SELECT s.customer_id, s.tier, s.tier_score FROM scores s
LEFT JOIN stored p ON p.customer_id = s.customer_id
WHERE s.tier > 0 AND (p.customer_id IS NULL OR p.tier <> s.tier OR p.version_id <> {version}
  OR abs(p.tier_score - s.tier_score) >= {drift})
"""
_GONE = """
CREATE OR REPLACE TABLE gone AS SELECT p.customer_id FROM stored p
ANTI JOIN (SELECT customer_id FROM scores WHERE tier > 0) s ON s.customer_id = p.customer_id
"""


def beside() -> QuerySet[TierModel]:
    """The models in use beside the primary one."""
    return TierModel.objects.filter(is_primary=False, retired_at__isnull=True).order_by("pk")


def changed_since(moment: datetime) -> bool:
    """Some model was given another definition, or version, after that moment."""
    return beside().filter(updated_at__gt=moment).exists()


def evaluate_all(job: JobRun) -> dict[str, Any]:
    """Evaluate every model; returns changes by model, and the problems of those that failed."""
    changed, problems = {}, {}
    models = list(beside())
    for place, model in enumerate(models):
        job.progress(place, len(models), model.name)
        try:
            changed[str(model.pk)] = evaluate(model)
        except Exception as error:
            log.exception("tier model %s could not be evaluated", model.pk)
            problems[str(model.pk)] = f"{type(error).__name__}: {error}"[:300]
    return {"changed": changed, "problems": problems}


def evaluate(model: TierModel) -> int:
    """Give everybody a tier in this model; returns the number of assignments written or taken away."""
    settings = versions.settings_of(model)
    with base.opened(settings) as opened:
        session, version = opened.session, versions.current_of(model)
        if version is None or versions.is_stale(version, model):
            calibration = calibrate(session, "features", settings)
            as_of = days.day_of(opened.as_of) or days.EPOCH
            author = model.author_id
            version = versions.create(model=model, calibration=calibration, as_of=as_of, actor_id=author)
        simulation.evaluate_with(opened, versions.calibration_of(version), primary=False)
        extract.load(session, "stored", _stored_sql(model), STORED)
        session.connection.execute(_CHANGED.format(version=int(version.pk), drift=SCORE_DRIFT))
        session.connection.execute(_GONE)
        written = sum(_write(rows, version, opened.as_of) for rows in _chunks(session, "changed"))
        return written + sum(_take_away(rows, model) for rows in _chunks(session, "gone"))


def _stored_sql(model: TierModel) -> str:
    table = TierAssignment._meta.db_table
    return (
        "SELECT t.customer_id AS customer_id, t.tier AS tier, t.score AS tier_score, "
        f"t.version_id AS version_id FROM {table} t WHERE t.model_id = {int(model.pk)}"
    )


def _chunks(session: Any, table: str) -> Iterator[list[tuple[Any, ...]]]:
    # A cursor of its own: an open result would block the session.
    reader = session.connection.cursor()
    reader.execute(f"SELECT * FROM {identifier(table)} ORDER BY customer_id")
    while rows := reader.fetchmany(CHUNK):
        yield rows
    reader.close()


@transaction.atomic
def _write(rows: Sequence[tuple[Any, ...]], version: Version, as_of: int) -> int:
    day = days.day_of(as_of) or days.EPOCH
    living = set(Customer.objects.filter(pk__in=[row[0] for row in rows]).values_list("pk", flat=True))
    found = [
        TierAssignment(
            model_id=version.model_id,
            version=version,
            customer_id=customer,
            tier=tier,
            score=score,
            as_of=day,
        )
        for customer, tier, score in rows
        if customer in living
    ]
    TierAssignment.objects.bulk_create(
        found,
        update_conflicts=True,
        unique_fields=["model", "customer"],
        update_fields=["version", "tier", "score", "as_of"],
    )
    return len(found)


def _take_away(rows: Sequence[tuple[Any, ...]], model: TierModel) -> int:
    ids = [customer for (customer,) in rows]
    return TierAssignment.objects.filter(model=model, customer_id__in=ids).delete()[0]
