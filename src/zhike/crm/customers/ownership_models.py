"""Whose customers they are: sharing with colleagues, former owners, and hand-overs of many at once."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.platform.permissions import RowScope, allowed, row_scope, scope_filter

#: So many shared customers are named one by one; of more, the store looks them up itself.
NAMED = 500


class ShareLevel(models.TextChoices):
    READ = "read", pgettext_lazy("a share", "See")
    EDIT = "edit", pgettext_lazy("a share", "See and change")


class CustomerShare(models.Model):
    """A colleague outside the row scope who may see, or also change, one customer until it is revoked."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="shares")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="shares", verbose_name=_("colleague")
    )
    level = models.CharField(_("may"), max_length=4, choices=ShareLevel, default=ShareLevel.READ)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["user", "customer"], name="customer_share_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.level}"


def shared_with(user: Any) -> dict[int, str]:
    """Customers shared with the user and how; kept on the user, which lives as long as a request."""
    known = getattr(user, "_shared_customers", None)
    if known is None:
        rows = CustomerShare.objects.filter(user_id=user.pk).order_by()
        known = user._shared_customers = dict(rows.values_list("customer_id", "level")[: NAMED + 1])
    return known


def forget_shares(user: Any) -> None:
    """Read the shares again the next time."""
    user.__dict__.pop("_shared_customers", None)


Row = TypeVar("Row", bound=models.Model, covariant=True)


class RowsOfCustomers(models.QuerySet[Row]):
    """Rows that hang on a customer: whoever sees the customer sees them."""

    def visible_to(self, user: Any) -> Self:
        if not allowed(user, "customers.view"):
            return self.none()
        return self.filter(customer_scope(user, "customer__"), customer__deleted_at__isnull=True)


def customer_scope(user: Any, prefix: str = "", *, edit: bool = False) -> models.Q:
    """Customers within the row scope, or shared with the user (for changing, with ``edit``).

    ``prefix`` leads to the customer, as in ``customer__``. Without shares the condition is the row scope
    alone, so that the plans of lists stay what they are.
    """
    scope = scope_filter(user, owner=f"{prefix}owner", team=f"{prefix}team")
    if row_scope(user) in (None, RowScope.ALL):
        return scope
    shared = shared_with(user)
    levels = {ShareLevel.EDIT} if edit else set(ShareLevel.values)
    wanted: Any = sorted(pk for pk, level in shared.items() if level in levels)
    if len(shared) > NAMED:
        found = CustomerShare.objects.filter(user_id=user.pk, level__in=levels)
        wanted = found.order_by().values("customer_id")
    elif not wanted:
        return scope
    return scope | models.Q(**{f"{prefix}pk__in": wanted})


class HandoverState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    UNDOING = "undoing", _("Undoing")
    UNDONE = "undone", _("Undone")


class Spread(models.TextChoices):
    EVENLY = "evenly", _("Evenly")
    TEAM = "team", _("Within the customer's team where possible, else evenly")


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: Any) -> HandoverQuerySet:
        """Own hand-overs; with an unlimited row scope, all of them."""
        if not allowed(user, "customers.edit"):
            return self.none()
        return self if row_scope(user) == RowScope.ALL else self.filter(created_by_id=user.pk)


class Handover(models.Model):
    """All customers of one colleague given to others in one act."""

    source = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("from")
    )
    targets = models.JSONField(_("to"), default=list)
    spread = models.CharField(_("how"), max_length=8, choices=Spread, default=Spread.EVENLY)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=HandoverState, default=HandoverState.WAITING)
    counts = models.JSONField(default=dict)
    job = models.ForeignKey("platform.Job", models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("hand-over")

    def __str__(self) -> str:
        return f"{self.source}"


class HandoverItem(models.Model):
    """Something besides a customer that moved with a hand-over (a task), for its undo."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handover", "kind", "object_id"], name="handover_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class OwnershipOrigin(models.TextChoices):
    """By which way a customer came to its owner."""

    CREATED = "created", pgettext_lazy("an owner", "Entered")
    ASSIGNED = "assigned", pgettext_lazy("an owner", "Assigned")
    IMPORT = "import", pgettext_lazy("an owner", "Import")
    BULK = "bulk", pgettext_lazy("an owner", "Assigned with others")
    HANDOVER = "handover", pgettext_lazy("an owner", "Hand-over")
    MERGED = "merged", pgettext_lazy("an owner", "Merged")
    UNDO = "undo", pgettext_lazy("an owner", "Taken back")


class OwnerHistory(models.Model):
    """One stretch of time under one owner and team; the open one has no end.

    From the first owner on the stretches of a customer follow each other without a gap: a time without an
    owner is a row too. Written by :mod:`zhike.crm.customers.ownership` alone.
    """

    customer = models.ForeignKey(
        "customers.Customer", models.CASCADE, related_name="owner_history", db_index=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, related_name="+", db_index=False)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    origin = models.CharField(max_length=10, choices=OwnershipOrigin, default=OwnershipOrigin.ASSIGNED)
    reason = models.CharField(max_length=200, blank=True)
    handover = models.ForeignKey(
        Handover, models.SET_NULL, null=True, related_name="stretches", db_index=False
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(valid_to__isnull=True), name="owner_history_one_open"
            )
        ]
        indexes = [
            models.Index(fields=["customer", "id"], name="owner_history_customer"),
            models.Index(
                fields=["handover", "customer"],
                condition=models.Q(handover__isnull=False),
                name="owner_history_handover",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.owner_id}"
