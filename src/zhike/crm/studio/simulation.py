"""What publishing a draft would do, exactly: every customer evaluated from the last analysis.

The totals go into the draft; who moves goes into a published file of its own, which pages read under a
person's row scope.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings as django_settings
from django.utils import timezone

from zhike.analytics import AnalysisSettings, Calibration, TierModel, calibrate, evaluate
from zhike.analytics.distribution import Distribution
from zhike.analytics.engine import Session, SnapshotReader
from zhike.analytics.engine.snapshot import publish
from zhike.analytics.tiers.breaks import fit
from zhike.analytics.tiers.model import BY_BREAKS
from zhike.crm.insight import days, extract, labels, overrides, rescoring, runs, versions
from zhike.crm.insight import services as insight
from zhike.crm.insight.models import TierAssignment
from zhike.crm.insight.models import TierModel as StoredModel
from zhike.crm.studio import base
from zhike.crm.studio.base import Base
from zhike.crm.studio.models import Draft
from zhike.platform import money

# Tiers as they are now: earned in the last analysis, decided by people until this moment.
_STANDING = """
CREATE OR REPLACE TABLE assigned AS
SELECT b.customer_id, b.tier_score,
  CASE WHEN b.earned_tier > 0 THEN COALESCE(h.tier, b.earned_tier) ELSE b.earned_tier END AS tier
FROM before b LEFT JOIN held h ON h.customer_id = b.customer_id
"""
_MOVES = """
CREATE OR REPLACE TABLE moves AS
SELECT s.customer_id, b.owner_id, b.team_id, CAST(COALESCE(a.tier, 0) AS SMALLINT) AS before,
  CAST(s.tier AS SMALLINT) AS after, a.tier_score AS score_before, s.tier_score AS score_after,
  s.net_revenue, s.margin
FROM scores s JOIN before b ON b.customer_id = s.customer_id
LEFT JOIN assigned a ON a.customer_id = s.customer_id
WHERE s.profiled AND s.frequency > 0
ORDER BY s.customer_id
"""
_SUMS = """
SELECT {side} AS rank, COUNT(*) AS customers, CAST(COALESCE(SUM(net_revenue), 0) AS BIGINT) AS revenue,
  CAST(COALESCE(SUM(margin), 0) AS BIGINT) AS margin, COUNT(*) FILTER (margin IS NULL) AS margin_unknown
FROM moves GROUP BY 1 ORDER BY 1
"""
_FLOWS = """
SELECT before, after, COUNT(*) AS customers, CAST(COALESCE(SUM(net_revenue), 0) AS BIGINT) AS revenue
FROM moves GROUP BY ALL ORDER BY ALL
"""
_PENDING = "SELECT COUNT(*) FROM evaluated WHERE profiled AND frequency > 0 AND raw_tier < tier"
ASSIGNED = pa.schema([("customer_id", extract.INT), ("tier", extract.INT), ("tier_score", extract.FLOAT)])


def key_of(draft: Draft) -> str:
    """Which draft a simulation belongs to: its definition, and what it is to be."""
    text = json.dumps([draft.definition, draft.make_primary], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_fresh(draft: Draft) -> bool:
    """The simulation is of the draft as it is now, against the version that is in force now."""
    found = draft.simulation
    return found.get("key") == key_of(draft) and found.get("against") == against(draft)


def will_be_primary(draft: Draft) -> bool:
    return draft.make_primary or (draft.model is not None and draft.model.is_primary)


def against(draft: Draft) -> int | None:
    """The version that the draft would take the place of."""
    if will_be_primary(draft):
        version = versions.current()
    else:
        version = versions.current_of(draft.model) if draft.model else None
    return version.pk if version else None


def directory(draft_id: int) -> Path:
    return Path(django_settings.ZHIKE_HOME) / "simulations" / str(int(draft_id))


def forget(draft_id: int) -> None:
    """Throw the file of a draft away."""
    shutil.rmtree(directory(draft_id), ignore_errors=True)


def reader(draft_id: int) -> SnapshotReader:
    return _reader(str(directory(draft_id)))


@lru_cache(maxsize=8)
def _reader(folder: str) -> SnapshotReader:
    return SnapshotReader(folder)


def simulate(draft: Draft) -> dict[str, Any]:
    """Evaluate everybody and keep the outcome; returns what goes into the draft."""
    primary = will_be_primary(draft)
    settings = insight.checked(draft.definition, predicted=not primary)
    folder = directory(draft.pk)
    folder.mkdir(parents=True, exist_ok=True)
    with base.opened(settings, folder.resolve()) as opened:
        calibration = evaluated(opened, settings, primary=primary)
        _assign(opened, draft.model, primary=primary)
        opened.session.connection.execute(_MOVES)
        publish(folder, opened.session, {"moves": "moves"}, version=key_of(draft), as_of=opened.as_of, keep=1)
        return _summed(opened, draft, calibration)


def evaluated(opened: Base, settings: AnalysisSettings, *, primary: bool) -> Calibration:
    """Calibrate and evaluate: ``scores`` holds what a run with this definition would publish."""
    session = opened.session
    calibration = calibrate(session, "features", settings)
    evaluate_with(opened, calibration, primary=primary)
    return calibration


def evaluate_with(opened: Base, calibration: Calibration, *, primary: bool) -> None:
    """The primary model continues comparable states and respects what people decided; others do neither."""
    session = opened.session
    states = _states(session, calibration) if primary else None
    evaluate(session, "features", calibration, opened.as_of, states, into="evaluated")
    if primary:
        overrides.decide_all(session, calibration.model, opened.as_of)
    else:
        session.connection.execute("CREATE OR REPLACE TEMPORARY VIEW scores AS SELECT * FROM evaluated")


def _states(session: Session, calibration: Calibration) -> str | None:
    if not rescoring.comparable_versions(calibration):
        return None
    extract.load(session, "published", extract.scores_sql(), extract.SCORES)
    runs.join_states(session, calibration)
    return "states"


def _assign(opened: Base, model: StoredModel | None, *, primary: bool) -> None:
    """``assigned``: the tiers that the draft is compared with.

    They are those that it would take the place of; a model that is new stands beside the primary one's.
    """
    session = opened.session
    if primary or model is None:
        overrides.load(session, "held", labels.tier_model(), opened.as_of)
        session.connection.execute(_STANDING)
    else:
        extract.load(session, "assigned", assigned_sql(model), ASSIGNED)


def assigned_sql(model: StoredModel) -> str:
    """What is assigned by a model beside the primary one."""
    table = TierAssignment._meta.db_table
    return (
        f"SELECT t.customer_id AS customer_id, t.tier AS tier, t.score AS tier_score FROM {table} t "
        f"WHERE t.model_id = {int(model.pk)}"
    )


def _summed(opened: Base, draft: Draft, calibration: Calibration) -> dict[str, Any]:
    session = opened.session
    old, new = _model_before(draft), calibration.model
    flows = session.connection.execute(_FLOWS).fetchall()
    moved = [row for row in flows if old and _code(old, row[0]) != _code(new, row[1])]
    rises = [row for row in moved if _rises(old, new, row[0], row[1])]
    return {
        "key": key_of(draft),
        "against": against(draft),
        "is_new": _is_new(draft),
        "as_of": (days.day_of(opened.as_of) or days.EPOCH).isoformat(),
        "at": timezone.now().isoformat(),
        "customers": sum(row[2] for row in flows),
        "moved": sum(row[2] for row in moved),
        "up": sum(row[2] for row in rises),
        "pending": session.connection.execute(_PENDING).fetchall()[0][0],
        "before": _side(session, "before", old),
        "after": _side(session, "after", new),
        "flows": [[before, after, count, _text(revenue)] for before, after, count, revenue in flows],
        "guards": [guard.words.to_dict() for guard in calibration.guards],
        "cuts": list(calibration.tier_cuts),
        "fit": _fit(session, calibration),
    }


def _is_new(draft: Draft) -> bool:
    """A model that takes nobody's place, beside the primary one."""
    return draft.model is None and not draft.make_primary


def _model_before(draft: Draft) -> TierModel | None:
    if will_be_primary(draft) or draft.model is None:
        return labels.tier_model()
    version = versions.current_of(draft.model)
    return versions.calibration_of(version).model if version else None


def _code(model: TierModel | None, rank: int) -> str:
    tier = model.tier(rank) if model else None
    return tier.code if tier else ""


def _rises(old: TierModel | None, new: TierModel, before: int, after: int) -> bool:
    """By the place of the old tier among the new ones; one that is gone counts by its old rank."""
    place = new.number(_code(old, before)) or before
    return after > place


def _side(session: Session, side: str, model: TierModel | None) -> list[dict[str, Any]]:
    """Totals per tier, the highest first; tiers without customers too."""
    rows = {row[0]: row[1:] for row in session.connection.execute(_SUMS.format(side=side)).fetchall()}
    ranks = {*rows, *range(1, len(model.tiers) + 1)} if model else set(rows)
    return [_total(rank, model, rows.get(rank, (0, 0, 0, 0))) for rank in sorted(ranks, reverse=True)]


def _total(rank: int, model: TierModel | None, sums: tuple[int, int, int, int]) -> dict[str, Any]:
    tier = model.tier(rank) if model else None
    customers, revenue, margin, unknown = sums
    return {
        "rank": rank,
        "code": tier.code if tier else "",
        "name": tier.name.to_dict() if tier else {},
        "customers": customers,
        "revenue": _text(revenue),
        "margin": _text(margin),
        "margin_unknown": unknown,
    }


def _text(units: int) -> str:
    return str(money.from_units(units))


def _fit(session: Session, calibration: Calibration) -> float | None:
    """How much of the spread of the scores natural breaks explain."""
    if calibration.model.cut != BY_BREAKS:
        return None
    table = session.sql(
        "SELECT tier_score AS v, COUNT(*) AS n FROM scores WHERE profiled AND frequency > 0 "
        "AND net_revenue > 0 GROUP BY tier_score"
    )
    found = Distribution.from_arrays(table["v"].to_numpy(), table["n"].to_numpy())
    return round(fit(found, calibration.tier_cuts[1:]), 4) if found.size else None
