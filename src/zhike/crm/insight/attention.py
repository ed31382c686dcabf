"""Customers that somebody should look at: by name, through the customer's own row scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from zhike.crm.customers.models import Customer
from zhike.crm.insight.models import TierHistory
from zhike.crm.insight.snapshot_queries import Row
from zhike.platform.money import from_units
from zhike.platform.permissions import allowed

# A key customer that nobody talked to for so long is worth a call.
SILENT_DAYS = 30
CANDIDATES = 8


@dataclass(frozen=True)
class Mover:
    """A customer whose net revenue changed against the period before."""

    customer: Customer
    now: Decimal
    before: Decimal

    @property
    def change(self) -> Decimal:
        return self.now - self.before


@dataclass(frozen=True)
class TierChange:
    customer: Customer
    before: int
    now: int
    on: date

    @property
    def fell(self) -> bool:
        return self.now < self.before


def scored(user: Any) -> QuerySet[Customer]:
    """Visible customers with their score, owner and team, for lists."""
    visible = Customer.objects.visible_to(user)
    if not allowed(user, "insight.view"):
        return visible.none()
    return visible.filter(score__isnull=False).select_related("score", "owner")


def silent_since(days: int = SILENT_DAYS) -> datetime:
    return timezone.now() - timedelta(days=days)


def silent(days: int = SILENT_DAYS) -> Q:
    """Not contacted in the last days, or never."""
    return Q(last_contact_at__lt=silent_since(days)) | Q(last_contact_at__isnull=True)


def silent_key_customers(user: Any, tier: int, *, days: int = SILENT_DAYS) -> QuerySet[Customer]:
    """Key customers to whom nobody talked lately, the most valuable first."""
    found = scored(user).filter(silent(days), score__tier__gte=tier)
    return found.order_by("-score__net_revenue", "pk")


def silent_by_owner(user: Any, tier: int, *, days: int = SILENT_DAYS) -> dict[int | None, int]:
    """How many key customers of each owner heard nothing lately."""
    found = silent_key_customers(user, tier, days=days).order_by().select_related(None)
    return dict(found.values_list("owner_id").annotate(n=Count("pk")))


def uncared(user: Any) -> QuerySet[Customer]:
    """Customers with a purchase whom nobody looks after, the most valuable first."""
    found = scored(user).filter(owner__isnull=True, score__frequency__gt=0)
    return found.order_by("-score__net_revenue", "pk")


def at_risk(user: Any) -> QuerySet[Customer]:
    """Customers overdue by their own rhythm, the most valuable first."""
    return scored(user).filter(score__lifecycle="at_risk").order_by("-score__net_revenue", "pk")


def movers(user: Any, rows: Iterable[Row]) -> list[Mover]:
    """Rows of the snapshot with their customers; what the person may not see any more is left out."""
    rows = list(rows)
    found = scored(user).in_bulk([row["customer_id"] for row in rows])
    return [
        Mover(found[row["customer_id"]], from_units(row["now"]), from_units(row["before"]))
        for row in rows
        if row["customer_id"] in found
    ]


def tier_changes(user: Any, *, since: date, count: int = 20) -> list[TierChange]:
    """The latest moves from one tier to another within the row scope, newest first.

    Found among the rows written last, so that a long history costs nothing.
    """
    previous = TierHistory.objects.filter(customer=OuterRef("customer"), valid_to=OuterRef("valid_from"))
    visible = Customer.objects.visible_to(user) if allowed(user, "insight.view") else Customer.objects.none()
    moves = (
        TierHistory.objects.filter(customer__in=visible, valid_from__gte=since, tier__gt=0)
        .annotate(before=Subquery(previous.values("tier")[:1]))
        .filter(before__gt=0)
        .select_related("customer__owner", "customer__score")
        .order_by("-pk")[: CANDIDATES * count]
    )
    changes = [TierChange(move.customer, move.before, move.tier, move.valid_from) for move in moves]
    return sorted(changes, key=lambda change: change.on, reverse=True)[:count]
