"""Expert overrides: a person decides a customer's tier until a day, whatever the rules say.

The rules go on beneath: what a customer earns, and the grace period, are evaluated as if nobody had decided,
and come back by themselves when the override is over. Who has no tier (no purchase, no profile) has none to
override either.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.db.models import QuerySet

from zhike.analytics.engine import Session
from zhike.analytics.tiers.model import TierModel
from zhike.crm.insight import days
from zhike.crm.insight.models import TierOverride

if TYPE_CHECKING:
    from zhike.crm.customers.models import Customer

_DECIDED = """
CREATE OR REPLACE TEMPORARY VIEW scores AS
SELECT e.* REPLACE (CAST(CASE WHEN e.tier > 0 THEN COALESCE(o.tier, e.tier) ELSE e.tier END AS SMALLINT)
  AS tier), e.tier AS earned_tier
FROM evaluated e LEFT JOIN overrides o ON o.customer_id = e.customer_id
"""


def active(day: date) -> QuerySet[TierOverride]:
    """Overrides that hold on a day."""
    return TierOverride.objects.filter(ended_at__isnull=True, expires_on__gte=day)


def ranks(model: TierModel, day: int, customer_ids: Iterable[int] | None = None) -> dict[int, int]:
    """The rank that holds by override, per customer; a tier that the model no longer has holds nowhere."""
    found = active(days.day_of(day) or days.EPOCH)
    if customer_ids is not None:
        found = found.filter(customer_id__in=list(customer_ids))
    numbers = {tier.code: rank for rank, tier in enumerate(model.tiers, 1)}
    rows = found.order_by().values_list("customer_id", "code")
    return {customer: numbers[code] for customer, code in rows if code in numbers}


def decide(rows: list[dict[str, Any]], model: TierModel, day: int) -> list[dict[str, Any]]:
    """Evaluated rows with the tier that holds beside the tier that is earned."""
    held = ranks(model, day, [row["customer_id"] for row in rows])
    for row in rows:
        row["earned_tier"] = row["tier"]
        if row["tier"] > 0:
            row["tier"] = held.get(row["customer_id"], row["tier"])
    return rows


def decide_all(session: Session, model: TierModel, day: int) -> None:
    """The same for everybody: ``scores`` from ``evaluated``."""
    load(session, "overrides", model, day)
    session.connection.execute(_DECIDED)


def load(session: Session, name: str, model: TierModel, day: int) -> None:
    """Offer the ranks that hold by override as a table of the session."""
    held = ranks(model, day)
    table = {"customer_id": pa.array(held, pa.int64()), "tier": pa.array(held.values(), pa.int16())}
    session.load(name, pa.table(table))


def of(customer: Customer | int, day: date | None = None) -> TierOverride | None:
    """The override that holds for the customer (or its number) on a day: that of the analysis."""
    found = active(day or days.analysis_day()).filter(customer=customer)
    return found.select_related("by").first()


def history_of(customer: Customer) -> list[TierOverride]:
    """All overrides of the customer, the newest first."""
    rows = TierOverride.objects.filter(customer=customer).select_related("by", "ended_by")
    return list(rows.order_by("-pk"))
