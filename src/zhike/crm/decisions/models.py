"""What waits for a person: pairs that may be one customer; and what each person decided, to be undone."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer, Merge, customer_scope
from zhike.platform.permissions import allowed


class PairQuerySet(models.QuerySet["DuplicatePair"]):
    def visible_to(self, user: Any) -> PairQuerySet:
        """Pairs of which the user sees both records."""
        if not allowed(user, "customers.view"):
            return self.none()
        living = models.Q(left__deleted_at__isnull=True, right__deleted_at__isnull=True)
        return self.filter(living, customer_scope(user, "left__"), customer_scope(user, "right__"))

    def waiting(self) -> PairQuerySet:
        """Open pairs, those put off last, then the most probable ones first."""
        later = models.F("later_at").asc(nulls_first=True)
        return self.filter(state=DuplicatePair.State.OPEN).order_by(later, "-probability", "id")


class DuplicatePair(models.Model):
    """Two customers that are probably one. ``evidence`` maps a comparison to the level it reached."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        MERGED = "merged", _("Merged")
        DIFFERENT = "different", _("Two customers")

    left = models.ForeignKey(Customer, models.CASCADE, related_name="pairs_left")
    right = models.ForeignKey(Customer, models.CASCADE, related_name="pairs_right")
    probability = models.FloatField()
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    merge = models.ForeignKey(Merge, models.SET_NULL, null=True, related_name="pairs")
    found_at = models.DateTimeField(auto_now_add=True)
    later_at = models.DateTimeField(null=True)

    objects = PairQuerySet.as_manager()

    class Meta:
        ordering = ["-probability", "id"]
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="duplicate_pair_once"),
            models.CheckConstraint(
                condition=models.Q(left__lt=models.F("right")), name="duplicate_pair_order"
            ),
        ]
        indexes = [models.Index(fields=["state", "-probability"], name="duplicate_pair_waiting")]

    def __str__(self) -> str:
        return f"{self.left_id} ? {self.right_id}"


class PendingCheck(models.Model):
    """A customer that was written and not yet compared; written in the transaction of the change."""

    customer_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.customer_id)


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: Any) -> DecisionQuerySet:
        """Each person's own decisions: what they can take back."""
        return self.filter(actor_id=user.pk) if user.is_authenticated else self.none()


class Decision(models.Model):
    """One item settled by one person; items settled together share ``batch``."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    item = models.BigIntegerField()
    choice = models.CharField(max_length=40)
    batch = models.UUIDField(default=uuid.uuid4)
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["actor", "-id"], name="decision_actor"),
            models.Index(fields=["batch"], name="decision_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item} {self.choice}"
