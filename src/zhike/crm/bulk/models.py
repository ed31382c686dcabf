"""Bulk acts: what was asked, of which customers, what became of each, and what stood there before."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.platform.permissions import RowScope, allowed, row_scope


class BulkState(models.TextChoices):
    DRAFT = "draft", _("Being prepared")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class Result(models.TextChoices):
    """What became of one customer of an act."""

    CHANGED = "changed", pgettext_lazy("customers of an act", "Changed")
    SAME = "same", pgettext_lazy("customers of an act", "Already so")
    DENIED = "denied", pgettext_lazy("customers of an act", "Not permitted")
    EXCLUDED = "excluded", pgettext_lazy("customers of an act", "Left out")
    HELD_OUT = "held_out", pgettext_lazy("customers of an act", "Held out")


class Undone(models.TextChoices):
    RESTORED = "restored", pgettext_lazy("customers of an act", "Set back")
    KEPT = "kept", pgettext_lazy("customers of an act", "Changed since, left alone")


class BulkActQuerySet(models.QuerySet["BulkAct"]):
    def visible_to(self, user: Any) -> BulkActQuerySet:
        """One's own; with an unlimited row scope, all of them."""
        if not allowed(user, "customers.view"):
            return self.none()
        return self if row_scope(user) == RowScope.ALL else self.filter(created_by_id=user.pk)


class BulkAct(models.Model):
    """One act on many customers. ``query`` is the list's address that it was chosen from."""

    kind = models.CharField(_("act"), max_length=20)
    params = models.JSONField(default=dict)
    query = models.TextField(blank=True)
    state = models.CharField(_("state"), max_length=8, choices=BulkState, default=BulkState.DRAFT)
    total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    # What the work has to remember from chunk to chunk, written in the chunk's transaction.
    memory = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    treatment = models.ForeignKey("treatments.Treatment", models.SET_NULL, null=True, related_name="+")
    # Share held out and purpose as they were confirmed; none for an act that treats nobody.
    hold_out = models.JSONField(null=True)
    job = models.ForeignKey("platform.Job", models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects = BulkActQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("bulk act")

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class BulkTarget(models.Model):
    """One customer of an act, from its confirmation on. ``result`` is empty until the act was there.

    ``before`` and ``after`` hold the values that the act wrote over and wrote: what undo goes by. The
    customer is a plain number: an act remembers whom it changed, whatever became of the record.
    """

    act = models.ForeignKey(BulkAct, models.CASCADE, related_name="targets", db_index=False)
    customer_id = models.BigIntegerField()
    result = models.CharField(max_length=8, choices=Result, blank=True)
    undone = models.CharField(max_length=8, choices=Undone, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["act", "customer_id"], name="bulk_target_once")]
        indexes = [models.Index(fields=["act", "result", "undone", "customer_id"], name="bulk_target_result")]

    def __str__(self) -> str:
        return f"{self.act_id} {self.customer_id}"
