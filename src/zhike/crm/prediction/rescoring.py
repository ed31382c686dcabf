"""After an event: some customers, scored with the parameters of the versions in use, without training.

Their orders come from the operational store; value, churn, rhythm, what is bought again and what the next
order will hold are computed as for everybody (see :mod:`.renewing`). A flood of changes asks for a full
analysis, which a scoring of everybody follows, so it is left to that.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from zhike.analytics import Session
from zhike.analytics.features import build_facts
from zhike.crm.insight import days, extract, places
from zhike.crm.prediction import publishing, renewing, scoring, sources
from zhike.crm.prediction.choices import Kind, VersionState
from zhike.crm.prediction.models import CustomerPrediction, ModelVersion
from zhike.crm.prediction.queries import active_versions
from zhike.crm.prediction.registry import NAMES
from zhike.platform import changes

CONSUMER = "predictions"
# More changed customers than this in one look are left to the scoring of everybody.
MANY = 300

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


@dataclass(frozen=True)
class Scored:
    """Rows to publish, the customers whose products changed, and those products."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    products: list[tuple[Any, ...]] = field(default_factory=list)


def look() -> int:
    """One look at the change log; returns the number of customers scored."""
    global _mark
    position = changes.safe_position()
    start = max(_mark, changes.watermark(CONSUMER))
    if position <= start:
        return 0
    versions = _versions()
    ids = _changed(start, position) if start and len(versions) == len(NAMES) else []
    written = rescore(ids, position, versions) if 0 < len(ids) <= MANY else 0
    _mark = position
    # On PostgreSQL writing the mark down would itself move the position.
    if ids or not start:
        changes.advance(CONSUMER, position)
    return written


def _changed(after: int, upto: int) -> list[int]:
    return changes.changed_customers(after, upto, besides=changes.ASIDE)


def _versions() -> dict[str, ModelVersion]:
    """The versions in use, read again only when they change; the first look loads the libraries too."""
    global _kept
    numbers = frozenset(ModelVersion.objects.filter(state=VersionState.ACTIVE).values_list("pk", flat=True))
    if numbers != frozenset(version.pk for version in _kept.values()):
        _kept = active_versions()
        _warm_up(_kept)
    return _kept


def _warm_up(versions: dict[str, ModelVersion]) -> None:
    from zhike.crm.prediction.kinds import churn, recommendation, rhythm, value  # noqa: F401 - for their libraries

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
    found = _scored(living, few, versions) if living else Scored()
    known = {row["customer_id"] for row in found.rows}
    with transaction.atomic():
        publishing.write_rows(found.rows, few, publishing.spoke(versions))
        publishing.replace_products(found.changed, found.products, few)
        publishing.withdraw([one for one in customer_ids if one not in known], few.position)
    return len(found.rows)


def _scored(ids: Sequence[int], few: Few, versions: dict[str, ModelVersion]) -> Scored:
    global _engine
    from zhike.crm.prediction.kinds import churn, rhythm, value

    text = extract.of_customers(extract.orders_sql(), "o.customer_id", ids)
    text += f" AND o.business_date <= '{few.as_of.isoformat()}'"
    orders = extract.rows(text, extract.ORDERS)
    if not any(row["revenue"] > 0 for row in orders.to_pylist()):
        return Scored()
    lines = extract.rows(
        extract.of_customers(sources.lines_sql(few.as_of), "o.customer_id", ids), sources.ORDER_LINES
    )
    with _lock:
        session = _engine = _engine or places.light_session()
        session.load("few_orders", orders)
        build_facts(session, orders="few_orders", into="few_facts")
        scoring.prepare(session)
        session.load(renewing.LINES, lines)
        by = {kind: version.parameters for kind, version in versions.items()}
        session.load(value.TABLE, value.scored(session, "few_facts", few.day, by[Kind.VALUE]))
        session.load(churn.TABLE, churn.scored(session, "few_facts", few.day, by[Kind.CHURN]))
        session.load(rhythm.TABLE, rhythm.scored(session, "few_facts", few.day, by[Kind.RHYTHM]))
        rhythm.score_need(session, renewing.LINES, few.day, by[Kind.RHYTHM])
        changed = renewing.offer(session, few.day, by[Kind.RECOMMENDATION], ids)
        scoring.join(session, "few_facts")
        rows: list[dict[str, Any]] = session.sql(f"SELECT * FROM {scoring.PREDICTED}").to_pylist()
        return _marked(session, rows, changed)


def _marked(session: Session, rows: list[dict[str, Any]], changed: set[int]) -> Scored:
    """Each row with the mark of its products: the published one where they are the same."""
    ids = [row["customer_id"] for row in rows]
    stored = CustomerPrediction.objects.filter(customer_id__in=ids)
    marks = dict(stored.values_list("customer_id", "products_mark"))
    publishing.mark_products(session)
    fresh = dict(session.connection.execute("SELECT customer_id, mark FROM product_marks").fetchall())
    for row in rows:
        one = row["customer_id"]
        row["products_mark"] = fresh.get(one, 0) if one in changed else marks.get(one, 0)
    here = [one for one in ids if one in changed]
    return Scored(rows, here, publishing.products_of(session, here))
