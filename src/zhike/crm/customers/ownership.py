"""The history of owners, kept beside every write of an owner or a team, one customer or a million."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from zhike.crm.customers.ownership_models import OwnershipOrigin

BATCH = 2_000

# A stretch ends when the customer no longer has its owner and team.
CLOSE = """
UPDATE customers_ownerhistory SET valid_to = %s
WHERE valid_to IS NULL {within} AND NOT EXISTS (
  SELECT 1 FROM customers_customer c WHERE c.id = customers_ownerhistory.customer_id
  AND COALESCE(c.owner_id, 0) = COALESCE(customers_ownerhistory.owner_id, 0)
  AND COALESCE(c.team_id, 0) = COALESCE(customers_ownerhistory.team_id, 0))
"""
# A customer that never had an owner or a team has no history yet.
OPEN = """
INSERT INTO customers_ownerhistory
  (customer_id, owner_id, team_id, valid_from, actor_id, origin, reason, handover_id)
SELECT c.id, c.owner_id, c.team_id, {since}, %s, %s, %s, %s FROM customers_customer c
WHERE NOT EXISTS (SELECT 1 FROM customers_ownerhistory o WHERE o.customer_id = c.id AND o.valid_to IS NULL)
  AND (c.owner_id IS NOT NULL OR c.team_id IS NOT NULL
       OR EXISTS (SELECT 1 FROM customers_ownerhistory o WHERE o.customer_id = c.id)) {within}
"""


@transaction.atomic
def record(
    customer_ids: Iterable[int] | None,
    *,
    actor: Any = None,
    origin: str = OwnershipOrigin.ASSIGNED,
    reason: str = "",
    handover_id: int | None = None,
    since_created: bool = False,
) -> None:
    """Bring the history up to what the customers' rows say now (None: of all customers).

    Call it in the transaction that wrote owners or teams. What did not change is left alone, so it may be
    called for more customers than were changed, and again. ``since_created`` dates new stretches from the
    day of the customer's record: for rows that came with their owner.
    """
    now = _stamp(timezone.now())
    actor_id = getattr(actor, "pk", None)
    words = [actor_id, str(origin), reason.strip()[:200], handover_id]
    since, moment = ("c.created_at", []) if since_created else ("%s", [now])
    with connection.cursor() as cursor:
        for ids in _batches(customer_ids):
            places = ", ".join(["%s"] * len(ids))
            inside = f"AND {{}} IN ({places})" if ids else ""
            cursor.execute(CLOSE.format(within=inside.format("customer_id")), [now, *ids])
            text = OPEN.format(since=since, within=inside.format("c.id"))
            cursor.execute(text, [*moment, *words, *ids])


def _batches(customer_ids: Iterable[int] | None) -> Iterator[Sequence[int]]:
    if customer_ids is None:
        yield ()
        return
    ids = sorted(set(customer_ids))
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _stamp(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)
