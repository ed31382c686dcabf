"""After an event: some customers, scored with the parameters of the versions in use, without training.

Their orders come from the operational store; value, churn and rhythm are computed as for everybody. The
products stay as the last run recommended them. A flood of changes asks for a full analysis, which a scoring
of everybody follows, so it is left to that.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from zhike.analytics import Session
from zhike.analytics.features import build_facts
from zhike.crm.insight import days, extract, places
from zhike.crm.prediction import publishing, scoring
from zhike.crm.prediction.choices import Kind, VersionState
from zhike.crm.prediction.models import CustomerPrediction, ModelVersion
from zhike.crm.prediction.queries import active_versions
from zhike.crm.prediction.registry import NAMES
from zhike.platform import changes

CONSUMER = "predictions"
# More changed customers than this in one look are left to the scoring of everybody.
MANY = 300
SCORED = (Kind.VALUE, Kind.CHURN, Kind.RHYTHM)

_engine: Session | None = None
_lock = threading.Lock()
_mark = 0
_kept: dict[str, ModelVersion] = {}


@dataclass(frozen=True)
class Few:
    """What publishing needs to know of a handful of customers' evaluation."""

    as_of: date
    position: int

    @property
    def day(self) -> int:
        return days.number(self.as_of)


def look() -> int:
    """One look at the change log; returns the number of customers scored."""
    global _mark
    position = changes.safe_position()
    start = max(_mark, changes.watermark(CONSUMER))
    if position <= start:
        return 0
    versions = _versions()
    ids = changes.changed_customers(start, position) if start and len(versions) == len(NAMES) else []
    written = rescore(ids, position, versions) if 0 < len(ids) <= MANY else 0
    _mark = position
    # On PostgreSQL writing the mark down would itself move the position.
    if ids or not start:
        changes.advance(CONSUMER, position)
    return written


def _versions() -> dict[str, ModelVersion]:
    """The versions in use, read again only when they change; the first look loads the libraries too."""
    global _kept
    numbers = frozenset(ModelVersion.objects.filter(state=VersionState.ACTIVE).values_list("pk", flat=True))
    if numbers != frozenset(version.pk for version in _kept.values()):
        _kept = active_versions()
        _warm_up(_kept)
    return _kept


def _warm_up(versions: dict[str, ModelVersion]) -> None:
    from zhike.crm.prediction.kinds import churn, rhythm, value  # noqa: F401

    if Kind.CHURN in versions:
        churn.warm_up(versions[Kind.CHURN].parameters)


def rescore(
    customer_ids: Sequence[int],
    position: int | None = None,
    versions: dict[str, ModelVersion] | None = None,
) -> int:
    """Score these customers with the versions in use and publish the rows; returns how many were written."""
    versions = _versions() if versions is None else versions
    if len(versions) < len(NAMES):
        return 0
    few = Few(days.analysis_day(), changes.safe_position() if position is None else position)
    customers = extract.rows(
        extract.of_customers(extract.customers_sql(), "c.id", customer_ids), extract.CUSTOMERS
    )
    living = [row["customer_id"] for row in customers.to_pylist() if row["profiled"]]
    rows = _scored(living, few, versions) if living else []
    with transaction.atomic():
        _publish(rows, few, versions)
        publishing.withdraw([one for one in customer_ids if one not in {row["customer_id"] for row in rows}])
    return len(rows)


def _scored(ids: Sequence[int], few: Few, versions: dict[str, ModelVersion]) -> list[dict[str, Any]]:
    global _engine
    from zhike.crm.prediction.kinds import churn, rhythm, value

    text = extract.of_customers(extract.orders_sql(), "o.customer_id", ids)
    text += f" AND o.business_date <= '{few.as_of.isoformat()}'"
    orders = extract.rows(text, extract.ORDERS)
    if not any(row["revenue"] > 0 for row in orders.to_pylist()):
        return []
    with _lock:
        session = _engine = _engine or places.light_session()
        session.load("few_orders", orders)
        build_facts(session, orders="few_orders", into="few_facts")
        scoring.prepare(session)
        by = {kind: versions[kind].parameters for kind in SCORED}
        session.load(value.TABLE, value.scored(session, "few_facts", few.day, by[Kind.VALUE]))
        session.load(churn.TABLE, churn.scored(session, "few_facts", few.day, by[Kind.CHURN]))
        session.load(rhythm.TABLE, rhythm.scored(session, "few_facts", few.day, by[Kind.RHYTHM]))
        scoring.join(session, "few_facts")
        found: list[dict[str, Any]] = session.sql(f"SELECT * FROM {scoring.PREDICTED}").to_pylist()
    return found


def _publish(rows: Sequence[dict[str, Any]], few: Few, versions: dict[str, ModelVersion]) -> None:
    ids = [row["customer_id"] for row in rows]
    marks = dict(
        CustomerPrediction.objects.filter(customer_id__in=ids).values_list("customer_id", "products_mark")
    )
    whole = [row | {"products_mark": marks.get(row["customer_id"], 0)} for row in rows]
    publishing.write_rows(whole, few, publishing.spoke(versions))
