"""Two records that became one, with all that undo needs; and values between which a person has to choose."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.ownership_models import customer_scope
from zhike.platform.permissions import allowed


class MergeQuerySet(models.QuerySet["Merge"]):
    def visible_to(self, user: Any) -> MergeQuerySet:
        """Merges of visible customers."""
        if not allowed(user, "customers.view"):
            return self.none()
        living = models.Q(survivor__deleted_at__isnull=True)
        return self.filter(customer_scope(user, "survivor__"), living)


class Merge(models.Model):
    """``merged`` went into ``survivor``.

    ``fields`` maps a field of the survivor to ``[former, new]``, ``swapped`` the same for the merged record;
    ``moved`` holds what each mover noted.
    """

    survivor = models.ForeignKey("customers.Customer", models.CASCADE, related_name="merges")
    merged = models.ForeignKey("customers.Customer", models.CASCADE, related_name="merged_by")
    fields = models.JSONField(default=dict)
    swapped = models.JSONField(default=dict)
    moved = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at__isnull=True), name="merged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.survivor_id}"


class FieldConflictQuerySet(models.QuerySet["FieldConflict"]):
    def visible_to(self, user: Any) -> FieldConflictQuerySet:
        if not allowed(user, "customers.view"):
            return self.none()
        living = models.Q(customer__deleted_at__isnull=True)
        return self.filter(customer_scope(user, "customer__"), living)


class FieldConflict(models.Model):
    """A value that something wanted to set, where somebody had set another one meanwhile.

    The customer keeps its value until a person chooses. ``origin`` says what met the newer value.
    """

    class Origin(models.TextChoices):
        IMPORT = "import", _("An import replaced what a colleague had entered")
        IMPORT_UNDO = "import_undo", _("Changed after the import that was undone")
        MERGE_UNDO = "merge_undo", _("Changed after the merge that was undone")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        KEPT = "kept", _("Kept")
        TAKEN = "taken", _("Other value taken")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="conflicts")
    field = models.CharField(max_length=60)
    current = models.JSONField(null=True)
    other = models.JSONField(null=True)
    origin = models.CharField(max_length=12, choices=Origin)
    origin_id = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    at = models.DateTimeField(auto_now_add=True)

    objects = FieldConflictQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "field", "origin", "origin_id"], name="field_conflict_once"
            )
        ]
        indexes = [models.Index(fields=["id"], condition=models.Q(state="open"), name="field_conflict_open")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.field}"
