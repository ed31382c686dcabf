"""The full run: from the change log to every customer's published tier.

The steps up to publishing only read the operational store and write files that appear whole, so they are
simply repeated after a crash. What must not happen twice is checkpointed in its own transaction: the version,
and each chunk of published rows (repeating a chunk changes nothing, because the rows are equal).
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.analytics import Calibration, Session, build, calibrate, evaluate
from zhike.analytics.engine import Engine
from zhike.crm.insight import (
    days,
    extract,
    importing,
    lake,
    overrides,
    past,
    places,
    publishing,
    rescoring,
    snapshots,
    versions,
)
from zhike.crm.insight.models import CustomerScore, Run, StageHistory, TierHistory, Version
from zhike.crm.insight.publishing import Basis, Outcome
from zhike.platform.errors import Text
from zhike.platform.every_language import filled
from zhike.platform.jobs import JobRun
from zhike.platform.store import MANY, gather_statistics

# Progress runs to 100; publishing takes the part from PREPARED on.
TOTAL, PREPARED = 100, 50
CHUNK, SMALLEST, LARGEST = 300, 50, 1000
LOCK_SECONDS = 0.1
# A published tier score may lag by this much while nothing else changes: it drifts daily for everybody.
SCORE_DRIFT = 0.5

_COMPARED = (
    "tier",
    "raw_tier",
    "earned_tier",
    "pending_since",
    "lifecycle",
    "rfm_segment",
    "abc_class",
    "first_order",
    "last_order",
    "frequency",
    "purchase_days",
    "revenue",
    "returns",
    "net_revenue",
    "margin",
)


@dataclass
class Analysis:
    """One full run in progress."""

    job: JobRun
    run: Run
    # Syncs, takes the snapshot and publishes; ``engine`` computes (the same, or a cluster).
    session: Session
    engine: Engine
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def as_of(self) -> int:
        return days.number(self.run.as_of)

    def report(self, done: float, message: Text) -> None:
        self.job.progress(int(done), TOTAL, message)


def work(job: JobRun) -> dict[str, Any]:
    """Do the whole run; called again after a crash it continues with the same day and version."""
    with (
        job.in_language(),
        places.heavy_session() as session,
        places.full_engine(session) as engine,
    ):
        analysis = Analysis(job, _open_run(job), session, engine)
        _prepare(analysis)
        if _gives_way(job):
            return _put_off(analysis)
        version = _fix_version(analysis)
        _evaluate(analysis, versions.calibration_of(version))
        _write_snapshot(analysis, version)
        _publish(analysis, version)
        return _finish(analysis, version)


def _open_run(job: JobRun) -> Run:
    found = Run.objects.filter(pk=job.checkpoint.get("run", 0)).first()
    if found is not None:
        return found
    wanted = job.params.get("as_of")
    day = date.fromisoformat(wanted) if wanted else days.analysis_day()
    with transaction.atomic():
        run = Run.objects.create(job=job.record, as_of=day)
        job.checkpoint["run"] = run.pk
        job.save_checkpoint()
    return run


def _prepare(analysis: Analysis) -> None:
    analysis.report(2, _("Reading what changed"))
    synced = lake.sync(analysis.session)
    analysis.run.seq = synced.position
    Run.objects.filter(pk=analysis.run.pk).update(seq=synced.position)
    lake.attach(analysis.session)
    analysis.report(12, _("Computing features"))
    if analysis.engine is not analysis.session:
        lake.attach(analysis.engine)
    build(analysis.engine, facts="facts", customers="customers", as_of=analysis.as_of)
    places.bring(analysis.engine, analysis.session, "features")


def _gives_way(job: JobRun) -> bool:
    """A run that nobody asked for makes room for an import that began meanwhile; it is asked for again."""
    return bool(job.params.get("gives_way")) and "version" not in job.checkpoint and importing.is_at_work()


def _put_off(analysis: Analysis) -> dict[str, Any]:
    analysis.run.delete()
    analysis.report(TOTAL, _("Put off until the import is done"))
    return {"put_off": True}


def _fix_version(analysis: Analysis) -> Version:
    """The version to evaluate with: the current one, or a new one where that is due."""
    stored = Version.objects.filter(pk=analysis.job.checkpoint.get("version", 0)).first()
    if stored is None:
        model, current = versions.ensure_default_model(), versions.current()
        asked = bool(analysis.job.params.get("recalibrate"))
        if asked or current is None or versions.is_stale(current, model) or _outgrown(analysis, current):
            stored = _calibrate(analysis)
        else:
            stored = current
    Run.objects.filter(pk=analysis.run.pk).update(version=stored)
    return stored


def _outgrown(analysis: Analysis, version: Version) -> bool:
    if versions.is_pinned(version):
        return False
    counted = analysis.session.rows("SELECT COUNT(*) AS n FROM features WHERE profiled AND frequency > 0")
    return versions.has_outgrown(version, counted[0][0])


def _calibrate(analysis: Analysis) -> Version:
    analysis.report(18, _("Calibrating scores and tiers"))
    model = versions.ensure_default_model()
    calibration = calibrate(analysis.engine, "features", versions.settings_of(model))
    with transaction.atomic():
        version = versions.create(
            model=model,
            calibration=calibration,
            as_of=analysis.run.as_of,
            actor_id=analysis.job.record.requested_by_id,
        )
        analysis.job.checkpoint["version"] = version.pk
        analysis.job.save_checkpoint()
    return version


def _evaluate(analysis: Analysis, calibration: Calibration) -> None:
    session = analysis.session
    extract.load(session, "published", extract.scores_sql(), extract.SCORES)
    extract.load(session, "history_starts", extract.history_starts_sql(), extract.STARTS)
    analysis.report(22, _("Reconstructing the past months of new customers"))
    past.reconstruct(session, calibration, analysis.as_of)
    analysis.report(36, _("Scoring all customers"))
    join_states(session, calibration)
    if analysis.engine is not session:
        analysis.engine.load("states", session.sql("SELECT * FROM states"))
    evaluate(analysis.engine, "features", calibration, analysis.as_of, "states", into="evaluated")
    places.bring(analysis.engine, session, "evaluated")
    overrides.decide_all(session, calibration.model, analysis.as_of)


def join_states(session: Session, calibration: Calibration) -> None:
    """Published states of comparable versions. Newcomers begin afresh, as in an analysis without history."""
    comparable = ", ".join(str(pk) for pk in rescoring.comparable_versions(calibration)) or "NULL"
    columns = ", ".join(
        f"{rescoring.EARNED[name]} AS {name}" if name in rescoring.EARNED else name
        for name in extract.STATE_NAMES
    )
    session.connection.execute(
        f"CREATE OR REPLACE TABLE states AS SELECT {columns} FROM published "
        f"WHERE version_id IN ({comparable})"
    )


def _write_snapshot(analysis: Analysis, version: Version) -> None:
    analysis.report(42, _("Publishing the snapshot"))
    name = snapshots.write(analysis.session, version=version, as_of=analysis.as_of, run_id=analysis.run.pk)
    Run.objects.filter(pk=analysis.run.pk).update(snapshot=name)


def _publish(analysis: Analysis, version: Version) -> None:
    session, basis = analysis.session, Basis(version.pk, analysis.run.seq)
    total = _choose_changed(session, version.pk)
    # A cursor of its own: an open result would block the session.
    reader = session.connection.cursor()
    reader.execute("SELECT * FROM to_publish ORDER BY customer_id")
    names = [column[0] for column in reader.description]
    done, size = 0, CHUNK
    while found := reader.fetchmany(size):
        began = time.monotonic()
        _publish_chunk(analysis, basis, [dict(zip(names, row, strict=True)) for row in found])
        size = _next_size(size, time.monotonic() - began)
        done += len(found)
        share = PREPARED + (TOTAL - PREPARED - 2) * done / total
        told = filled(_("Publishing tiers and stages: %(done)d of %(total)d"), done=done, total=total)
        analysis.report(share, told)
    reader.close()
    _retire_gone(analysis)
    if analysis.outcome.written >= MANY:
        gather_statistics(CustomerScore, TierHistory, StageHistory)


def _next_size(size: int, seconds: float) -> int:
    """Chunks shrink and grow so that nobody waits long for the write lock."""
    return max(SMALLEST, min(LARGEST, int(size * min(2.0, LOCK_SECONDS / max(seconds, 0.001)))))


def _publish_chunk(analysis: Analysis, basis: Basis, rows: list[dict[str, Any]]) -> None:
    seen = {row["customer_id"]: row["seen"] for row in rows if row["seen"] is not None}
    ids = [row["customer_id"] for row in rows]
    history = past.changes_between(analysis.session, ids[0], ids[-1])
    analysis.outcome.add(publishing.publish(rows, basis, seen, history))


def _choose_changed(session: Session, version_id: int) -> int:
    """``to_publish``: customers whose published row differs, or whose past is still to be written."""
    differs = " OR ".join(f"s.{name} IS DISTINCT FROM p.{name}" for name in _COMPARED)
    ratings = " OR ".join(f"s.{name} <> COALESCE(p.{name}, 0)" for name in publishing.RATINGS)
    columns = ", ".join(f"s.{name}" for name in publishing.SOURCE_COLUMNS)
    session.connection.execute(
        f"CREATE OR REPLACE TABLE to_publish AS SELECT {columns}, p.revision AS seen FROM scores s "
        "LEFT JOIN published p ON p.customer_id = s.customer_id "
        "LEFT JOIN newcomers n ON n.customer_id = s.customer_id "
        "WHERE p.customer_id IS NULL OR n.customer_id IS NOT NULL "
        f"OR p.version_id IS DISTINCT FROM {int(version_id)} OR {differs} OR {ratings} "
        f"OR abs(COALESCE(s.tier_score, 0) - COALESCE(p.tier_score, 0)) >= {SCORE_DRIFT}"
    )
    return int(session.connection.execute("SELECT COUNT(*) FROM to_publish").fetchall()[0][0])


def _retire_gone(analysis: Analysis) -> None:
    gone = analysis.session.connection.execute(
        "SELECT p.customer_id FROM published p ANTI JOIN customers c ON c.customer_id = p.customer_id"
    ).fetchall()
    ids = [customer for (customer,) in gone]
    for start in range(0, len(ids), LARGEST):
        publishing.retire(ids[start : start + LARGEST], analysis.as_of)


def _finish(analysis: Analysis, version: Version) -> dict[str, Any]:
    """Customers that an event overtook are evaluated once more; then the run counts."""
    analysis.report(TOTAL - 1, _("Finishing"))
    rescoring.rescore(analysis.outcome.overtaken)
    counts = _counts(analysis.session)
    now = timezone.now()
    Run.objects.filter(pk=analysis.run.pk).update(counts=counts, finished_at=now)
    return {
        "run": analysis.run.pk,
        "as_of": analysis.run.as_of.isoformat(),
        "version": version.number,
        "published": analysis.outcome.written,
        "changes": analysis.outcome.changes,
        **counts,
    }


def _counts(session: Session) -> dict[str, Any]:
    rows = session.rows(
        "SELECT CASE WHEN frequency > 0 THEN 1 ELSE 0 END AS bought, tier, COUNT(*) AS n FROM scores "
        "GROUP BY CASE WHEN frequency > 0 THEN 1 ELSE 0 END, tier"
    )
    tiers: Counter[str] = Counter()
    for bought, tier, count in rows:
        if bought:
            tiers[str(tier)] += count
    return {
        "records": sum(count for *_rest, count in rows),
        "customers": sum(tiers.values()),
        "tiers": dict(tiers),
    }
