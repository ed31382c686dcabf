"""Scoring the whole base: every model leaves a table in the session, they are joined and published.

Everything up to publishing only reads; it is repeated after a crash with the same day and the same versions
(kept in the job's checkpoint), gives the same rows, and what is published already is not written again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.analytics.engine import Session
from zhike.crm.prediction import publishing, training
from zhike.crm.prediction.choices import Kind
from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.queries import active_version
from zhike.crm.prediction.registry import NAMES, kind_of
from zhike.crm.prediction.sources import Sources, opened
from zhike.platform.errors import Text
from zhike.platform.every_language import filled
from zhike.platform.jobs import JobRun

TOTAL, SCORED = 100, 55
Tell = Callable[[float, Text], None]
PREDICTED = "predicted"
# The guard of a training without any customer.
NOBODY = "no_customers"
EMPTY = {
    "scored_value": "customer_id BIGINT, p_active DOUBLE, expected_orders DOUBLE, clv BIGINT, "
    "clv_low BIGINT, clv_high BIGINT, value_kept BIGINT",
    "scored_churn": "customer_id BIGINT, churn_probability DOUBLE, status VARCHAR, reasons VARCHAR",
    "scored_rhythm": "customer_id BIGINT, cycle_days DOUBLE, next_expected INT, next_low INT, next_high INT, "
    "ratio DOUBLE, status VARCHAR",
    "scored_need": "customer_id BIGINT, expected_need VARCHAR, need_mark BIGINT",
    "scored_products": "customer_id BIGINT, kind VARCHAR, rank INT, product_id BIGINT, score DOUBLE, "
    "evidence VARCHAR",
    "scored_pairs": "left_id BIGINT, right_id BIGINT, n_left BIGINT, n_right BIGINT, n_both BIGINT, "
    "n_baskets BIGINT, support DOUBLE, confidence DOUBLE, lift DOUBLE, confidence_low DOUBLE, "
    "p_value DOUBLE, q_value DOUBLE",
}


def work(job: JobRun) -> dict[str, Any]:
    """The job: score with the versions in use (trained first where there is none) and publish."""
    tell = _teller(job)
    day = job.checkpoint.get("as_of")
    with opened(date.fromisoformat(day) if day else None, distributed=True) as sources:
        versions = _versions(job, sources, tell)
        score(sources, versions, tell)
        written = publishing.publish(sources, versions, lambda share, text: tell(_after(share), text))
    return {"as_of": sources.as_of.isoformat(), "versions": _numbers(versions), **written}


def _teller(job: JobRun) -> Tell:
    def tell(done: float, text: Text) -> None:
        job.progress(int(done), TOTAL, text)

    return tell


def _versions(job: JobRun, sources: Sources, tell: Tell) -> dict[str, ModelVersion]:
    """The versions to score with: those of the checkpoint, so that a repetition says the same."""
    noted = job.checkpoint.setdefault("versions", {})
    job.checkpoint["as_of"] = sources.as_of.isoformat()
    stored = {version.kind: version for version in ModelVersion.objects.filter(pk__in=noted.values())}

    def note(version: ModelVersion) -> None:
        noted[version.kind] = version.pk
        job.save_checkpoint()

    found = {}
    for place, kind in enumerate(NAMES):
        version = stored.get(kind) or active_version(kind)
        if version is None or (_saw_nobody(version) and not sources.is_empty):
            tell(2 + 5 * place, filled(_("Training: %(model)s"), model=Kind(kind).label))
            version = training.train(kind, sources, actor=job.record.requested_by, noted=note)
        elif kind not in noted:
            note(version)
        found[kind] = version
    return found


def _saw_nobody(version: ModelVersion) -> bool:
    """Kept before the first order: it waits for no night once there is something to learn from."""
    return any(one["code"] == NOBODY for one in version.guards)


def score(sources: Sources, versions: dict[str, ModelVersion], tell: Tell | None = None) -> None:
    """Leave ``predicted`` (one row per customer), ``scored_products`` and ``scored_pairs`` in the session."""
    prepare(sources.session)
    for place, kind in enumerate(() if sources.is_empty else NAMES):
        if tell is not None:
            tell(22 + 8 * place, filled(_("Scoring: %(model)s"), model=Kind(kind).label))
        kind_of(kind).score(sources, versions[kind].parameters)
    join(sources.session, sources.facts)


def prepare(session: Session) -> None:
    """Empty tables of every model, so that a silent one is joined like the others."""
    for name, columns in EMPTY.items():
        session.connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")


def join(session: Session, facts: str) -> None:
    """``predicted``: one row per customer with a purchase, money in units, dates as day numbers."""
    session.connection.execute(
        f"CREATE OR REPLACE TABLE {PREDICTED} AS SELECT c.customer_id, v.p_active, v.expected_orders, v.clv, "
        "v.clv_low, v.clv_high, v.value_kept, "
        "x.churn_probability, COALESCE(x.status, '') AS churn_status, "
        "COALESCE(x.reasons, '[]') AS churn_reasons, "
        # Leaving is counted once: the value of a customer who stays, times the probability of leaving; where
        # no value model speaks nothing is said.
        # Who is lost already is not at risk any more.
        "CASE WHEN x.status = 'scored' THEN CAST(round(x.churn_probability * greatest(v.value_kept, 0)) "
        "AS BIGINT) END AS value_at_risk, "
        "r.cycle_days, r.next_expected AS next_order_expected, r.next_low AS next_order_low, "
        "r.next_high AS next_order_high, COALESCE(r.status, '') AS rhythm_status, r.ratio AS rhythm_ratio, "
        "COALESCE(n.expected_need, '[]') AS expected_need, COALESCE(n.need_mark, 0) AS need_mark "
        f"FROM (SELECT DISTINCT customer_id FROM {facts} WHERE purchase = 1) c "
        "LEFT JOIN scored_value v ON v.customer_id = c.customer_id "
        "LEFT JOIN scored_churn x ON x.customer_id = c.customer_id "
        "LEFT JOIN scored_rhythm r ON r.customer_id = c.customer_id "
        "LEFT JOIN scored_need n ON n.customer_id = c.customer_id"
    )


def _after(share: float) -> float:
    return SCORED + (TOTAL - SCORED) * share


def _numbers(versions: dict[str, ModelVersion]) -> dict[str, int]:
    return {kind: version.number for kind, version in versions.items()}
