"""Members of each segment by who looks after them, so that a person's own number is a sum of few rows.

Written with each evaluation, from the relation of its members; what has moved since is seen by the moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from django.db.models import Count
from django.utils import timezone

from zhike.analytics.engine import Session
from zhike.crm.segments import memberships
from zhike.crm.segments.dirty import MANY
from zhike.crm.segments.models import Membership, Segment, Tally
from zhike.platform.rows import as_rows, insert

#: Owner and team.
Whose = tuple[int | None, int | None]


def keep(session: Session, segment_id: int, included: Collection[int], position: int) -> None:
    """Tally ``wanted`` with the owners and teams of ``people``, within the caller's transaction.

    Those changed since the base was built are left as they were by this evaluation, and those put in by hand
    need not be in the base: both are counted as they are stored.
    """
    moment = timezone.now()
    late = memberships.changed_since(position, most=MANY + 1)
    apart = set(included) | (late if len(late) <= MANY else set())
    found = _wanted(session, apart) + _stored(segment_id, apart)
    Tally.objects.filter(segment_id=segment_id).delete()
    rows = [
        {"segment_id": segment_id, "owner_id": owner, "team_id": team, "members": count}
        for (owner, team), count in found.items()
    ]
    insert(Tally, rows)
    Segment.objects.filter(pk=segment_id).update(tallied_at=moment)


def _wanted(session: Session, apart: Collection[int]) -> Counter[Whose]:
    besides = f"WHERE customer_id NOT IN ({', '.join(str(int(pk)) for pk in apart)})" if apart else ""
    rows = session.connection.execute(
        f"SELECT p.owner_id, p.team_id, COUNT(*) FROM wanted JOIN people p USING (customer_id) {besides} "
        "GROUP BY p.owner_id, p.team_id"
    ).fetchall()
    return Counter({(owner, team): count for owner, team, count in rows})


def _stored(segment_id: int, customer_ids: Collection[int]) -> Counter[Whose]:
    if not customer_ids:
        return Counter()
    rows = Membership.objects.filter(segment_id=segment_id, left_at__isnull=True)
    rows = rows.filter(customer_id__in=as_rows(customer_ids)).order_by()
    whose = rows.values_list("customer__owner_id", "customer__team_id").annotate(count=Count("pk"))
    return Counter({(owner, team): count for owner, team, count in whose})
