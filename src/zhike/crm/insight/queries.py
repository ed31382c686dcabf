"""Reading what the analysis published: versions, histories, migration, the snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, FilteredRelation, Q, QuerySet, Sum

from zhike.analytics import Calibration
from zhike.analytics.engine import SnapshotReader
from zhike.analytics.tiers.model import TierModel
from zhike.crm.customers.models import Customer
from zhike.crm.insight import explanations, labels, overrides, ranks, snapshots, versions
from zhike.crm.insight.explanations import Explanation
from zhike.crm.insight.models import CustomerScore, Run, StageHistory, TierHistory, TierOverride, Version
from zhike.platform.permissions import RowScope, allowed, row_scope, visible_team_ids

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TierSpan:
    tier: int
    name: str
    valid_from: date
    valid_to: date | None
    score: float | None
    version: Version | None
    # The person's decision that began this span, if it was one.
    override: TierOverride | None = None


@dataclass(frozen=True)
class StageSpan:
    code: str
    name: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Bucket:
    """``revenue`` is the net revenue to date of these customers."""

    customers: int
    revenue: Decimal


@dataclass(frozen=True)
class Flow:
    """Customers that were in ``source`` on one day and in ``target`` on another (0: no tier)."""

    source: int
    target: int
    customers: int
    revenue: Decimal


def current_version() -> Version | None:
    return versions.current()


def calibration_of(version: Version) -> Calibration:
    return versions.calibration_of(version)


def last_run() -> Run | None:
    """The newest finished run."""
    return Run.objects.filter(finished_at__isnull=False).select_related("version").first()


def data_as_of() -> date | None:
    """The day as of which the published figures hold."""
    return Run.objects.filter(finished_at__isnull=False).values_list("as_of", flat=True).first()


def model_and_day() -> tuple[TierModel, date | None]:
    """The tiers that published ranks refer to, and as of which day: what a list needs, in one statement."""
    return labels.tier_model(), ranks.now().day


def snapshot() -> SnapshotReader:
    return snapshots.reader()


def snapshot_scope(user: Any, alias: str = "") -> tuple[str, dict[str, Any]]:
    """The user's row scope as a condition of the snapshot, with the values of its ``$`` places."""
    prefix = f"{alias}." if alias else ""
    scope = row_scope(user)
    if scope is None or not allowed(user, "insight.view"):
        return "FALSE", {}
    if scope == RowScope.ALL:
        return "TRUE", {}
    own = f"{prefix}owner_id = $scope_owner"
    teams = visible_team_ids(user)
    if not teams:
        return own, {"scope_owner": user.pk}
    condition = f"({own} OR list_contains($scope_teams, {prefix}team_id))"
    return condition, {"scope_owner": user.pk, "scope_teams": teams}


def reached_by_at_most(customers: int, net_revenue: Decimal) -> bool:
    """True when no more customers than these have so much net revenue, whoever looks after them."""
    reached = CustomerScore.objects.filter(net_revenue__gte=net_revenue).order_by()
    return reached.values("pk")[: customers + 1].count() <= customers


def tier_history(customer: Customer) -> list[TierSpan]:
    """Newest first. Names are those of the version that gave the tier."""
    rows = TierHistory.objects.filter(customer=customer).select_related("version").order_by("-valid_from")
    names: dict[int | None, dict[int, str]] = {}
    decided = overrides.history_of(customer)
    for row in rows:
        if row.version_id not in names:
            names[row.version_id] = _names(row.version)
    return [
        TierSpan(
            r.tier,
            names[r.version_id].get(r.tier, str(r.tier)),
            r.valid_from,
            r.valid_to,
            r.tier_score,
            r.version,
            _decision(decided, r),
        )
        for r in rows
    ]


def _decision(decided: list[TierOverride], row: TierHistory) -> TierOverride | None:
    """The override that held when the span began."""
    code = labels.tier_codes(_model(row.version)).get(row.tier)
    for one in decided:
        ended = min(one.expires_on, one.ended_on - ONE_DAY) if one.ended_on else one.expires_on
        if one.code == code and one.since <= row.valid_from <= max(ended, one.since):
            return one
    return None


def _names(version: Version | None) -> dict[int, str]:
    return labels.tier_names(_model(version))


def _model(version: Version | None) -> TierModel | None:
    return versions.calibration_of(version).model if version else None


def stage_history(customer: Customer) -> list[StageSpan]:
    """Newest first."""
    rows = StageHistory.objects.filter(customer=customer).order_by("-valid_from")
    return [StageSpan(r.lifecycle, labels.stage_name(r.lifecycle), r.valid_from, r.valid_to) for r in rows]


def tier_distribution(user: Any, on: date) -> dict[int, Bucket]:
    """Customers and their net revenue per tier on a day, within the user's row scope."""
    visible = _visible(user).annotate(held=_held("tier_history", on)).filter(held__tier__gt=0)
    rows = (
        visible.order_by().values_list("held__tier").annotate(n=Count("pk"), money=Sum("score__net_revenue"))
    )
    return {tier: Bucket(n, amount or Decimal(0)) for tier, n, amount in rows}


def migration(user: Any, start: date, end: date) -> list[Flow]:
    """Who moved from which tier to which between two days, within the user's row scope."""
    # The type checker does not know the two days' rows, which are joined by name.
    visible: QuerySet[Any] = _between(user, start, end)
    visible = visible.exclude(_without_tier("at_start") & _without_tier("at_end"))
    rows = visible.order_by().values_list("at_start__tier", "at_end__tier")
    found: dict[tuple[int, int], Bucket] = {}
    for source, target, n, amount in rows.annotate(n=Count("pk"), money=Sum("score__net_revenue")):
        key = (source or 0, target or 0)
        earlier = found.get(key, Bucket(0, Decimal(0)))
        found[key] = Bucket(earlier.customers + n, earlier.revenue + (amount or 0))
    return [Flow(*key, bucket.customers, bucket.revenue) for key, bucket in sorted(found.items())]


def moved_customers(user: Any, source: int, target: int, start: date, end: date) -> QuerySet[Customer]:
    """The customers behind one flow."""
    visible = _between(user, start, end)
    return visible.filter(_in_tier("at_start", source) & _in_tier("at_end", target))


def _visible(user: Any) -> QuerySet[Customer]:
    visible = Customer.objects.visible_to(user)
    return visible if allowed(user, "insight.view") else visible.none()


def _between(user: Any, start: date, end: date) -> QuerySet[Customer]:
    return _visible(user).annotate(at_start=_held("tier_history", start), at_end=_held("tier_history", end))


def _held(relation: str, on: date) -> FilteredRelation:
    """The row of a history that held at the close of a day."""
    begun = Q(**{f"{relation}__valid_from__lte": on})
    lasting = Q(**{f"{relation}__valid_to__isnull": True}) | Q(**{f"{relation}__valid_to__gt": on})
    return FilteredRelation(relation, condition=begun & lasting)


def _without_tier(alias: str) -> Q:
    return Q(**{f"{alias}__tier__isnull": True}) | Q(**{f"{alias}__tier": 0})


def _in_tier(alias: str, tier: int) -> Q:
    return Q(**{f"{alias}__tier": tier}) if tier else _without_tier(alias)


def explanation(customer: Customer) -> Explanation | None:
    """Why this customer has its tier; None while there is none."""
    score = CustomerScore.objects.select_related("version").filter(customer=customer).first()
    return explanations.explanation(score) if score else None
