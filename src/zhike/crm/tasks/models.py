"""Tasks of colleagues, and the secret addresses of their calendar feeds."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import customer_scope
from zhike.platform.permissions import RowScope, allowed, row_scope, visible_team_ids


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: Any) -> TaskQuerySet:
        """One's own, those one gave, those of visible customers, and the team's about no customer."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        mine = models.Q(assignee_id=user.pk) | models.Q(creator_id=user.pk)
        if not allowed(user, "customers.view"):
            return self.filter(mine)
        living = models.Q(customer__deleted_at__isnull=True, customer__isnull=False)
        about = customer_scope(user, prefix="customer__") & living
        return self.filter(mine | about | _of_team(user))

    def open(self) -> TaskQuerySet:
        return self.filter(done_at__isnull=True, cancelled_at__isnull=True)

    def of(self, user: Any) -> TaskQuerySet:
        return self.filter(assignee_id=user.pk)


def _of_team(user: Any) -> models.Q:
    alone = models.Q(customer__isnull=True)
    if row_scope(user) == RowScope.ALL:
        return alone
    teams = visible_team_ids(user)
    return alone & models.Q(assignee__team_id__in=teams) if teams else models.Q(pk__in=[])


class Task(models.Model):
    """One thing to do. Of a repeating task the row is one occurrence; completing it makes the next."""

    title = models.CharField(_("what is to be done"), max_length=200)
    note = models.TextField(_("note"), max_length=5000, blank=True)
    customer = models.ForeignKey(
        "customers.Customer",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name=_("customer"),
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="tasks",
        verbose_name=_("who does it"),
    )
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    due_on = models.DateField(_("due on"), null=True, blank=True)
    due_time = models.TimeField(_("at"), null=True, blank=True)
    # RFC 5545, without DTSTART: that is ``repeat_from``, which stays when one occurrence is postponed.
    repeat = models.CharField(_("repeat"), max_length=200, blank=True)
    repeat_from = models.DateField(null=True)
    follows = models.OneToOneField("self", models.SET_NULL, null=True, related_name="next_one")
    # When the assignee is reminded, and when that was done.
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    cancelled_at = models.DateTimeField(_("dropped"), null=True)
    origin = models.CharField(max_length=40, blank=True)
    origin_key = models.CharField(max_length=160, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = TaskQuerySet.as_manager()

    # The customer as one reader sees it: None where the reader does not; see queries.with_customers.
    shown_customer: Any = None

    class Meta:
        ordering = ["due_on", "due_time", "id"]
        verbose_name = _("task")
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "origin_key"], condition=~models.Q(origin_key=""), name="task_origin_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["assignee", "due_on"],
                condition=models.Q(done_at__isnull=True, cancelled_at__isnull=True),
                name="task_open_of_assignee",
            ),
            models.Index(
                fields=["remind_at"],
                condition=models.Q(done_at__isnull=True, cancelled_at__isnull=True, reminded_at__isnull=True),
                name="task_to_remind",
            ),
            models.Index(fields=["customer", "due_on"], name="task_of_customer"),
            models.Index(fields=["due_on", "id"], name="task_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.cancelled_at is None


class CalendarFeed(models.Model):
    """The address under which a person's calendar can be read; only the digest of its secret is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    session_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    last_read_at = models.DateTimeField(_("last read"), null=True)
    window_began_at = models.DateTimeField(null=True)
    reads_in_window = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"feed of {self.user_id}"

    @staticmethod
    def new_secret() -> tuple[str, str]:
        """(secret to show once, digest to keep)."""
        secret = secrets.token_urlsafe(32)
        return secret, CalendarFeed.digest_of(secret)

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()
