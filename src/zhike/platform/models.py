"""Rows shared by every capability: audit, jobs, change log, idempotency keys, the installation itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.platform import memo
from zhike.platform.every_language import own_words
from zhike.platform.permissions import RowScope, allowed, row_scope


class Installation(models.Model):
    """The one company that this installation belongs to."""

    company_name = models.CharField(_("company"), max_length=200, default="")
    currency = models.CharField(_("base currency"), max_length=3, default="CNY")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai")
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    fiscal_year_start = models.PositiveSmallIntegerField(_("first month of the fiscal year"), default=1)
    simulated = models.BooleanField(_("simulated data"), default=False)
    # What a simulated company brought, so that exactly this can be removed again.
    simulation = models.JSONField(default=dict)
    # The digest of the code that opens the set-up while nobody can manage users yet.
    setup_digest = models.CharField(max_length=64, blank=True)
    checklist_closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.company_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        memo.keep("installation", self)

    @classmethod
    def current(cls) -> Installation:
        return memo.once("installation", lambda: cls.objects.first() or cls.objects.create())


class BackupPlan(models.Model):
    """When backups are written by themselves, how many of those stay, and whether each is tried out."""

    class Frequency(models.TextChoices):
        OFF = "off", _("Never")
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")

    frequency = models.CharField(_("how often"), max_length=8, choices=Frequency, default=Frequency.OFF)
    weekday = models.PositiveSmallIntegerField(_("day of the week"), default=6)
    hour = models.PositiveSmallIntegerField(_("hour"), default=2)
    keep = models.PositiveSmallIntegerField(_("how many to keep"), default=7)
    drill = models.BooleanField(_("try each backup out"), default=True)

    def __str__(self) -> str:
        return str(self.get_frequency_display())

    @classmethod
    def current(cls) -> BackupPlan:
        return cls.objects.first() or cls()


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: Any) -> AuditQuerySet:
        return self if allowed(user, "audit.view") else self.none()


class AuditEvent(models.Model):
    """One thing that happened. Database triggers refuse to change or delete it."""

    at = models.DateTimeField(_("time"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    event = models.CharField(_("event"), max_length=80, db_index=True)
    target_type = models.CharField(max_length=80, blank=True)
    target_id = models.BigIntegerField(null=True)
    target_text = models.CharField(_("record"), max_length=200, blank=True)
    changes = models.JSONField(_("changes"), default=dict)
    note = models.CharField(_("note"), max_length=500, blank=True)
    address = models.CharField(_("address"), max_length=64, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_target")]

    def __str__(self) -> str:
        return f"{self.event} {self.target_text}"


class JobQuerySet(models.QuerySet["Job"]):
    def open(self) -> JobQuerySet:
        """Jobs that wait or work."""
        return self.filter(state__in=OPEN_STATES)

    def visible_to(self, user: Any) -> JobQuerySet:
        """Own jobs; with the right to see jobs and an unlimited row scope, all of them."""
        if allowed(user, "jobs.view") and row_scope(user) == RowScope.ALL:
            return self
        return self.filter(requested_by_id=user.pk) if user.is_authenticated else self.none()


OPEN_STATES = ("queued", "running")


class Job(models.Model):
    """A piece of background work: its state, its progress and the point from which it resumes."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(_("kind"), max_length=60, db_index=True)
    key = models.CharField(max_length=120, blank=True)
    params = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED, db_index=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    # What it does at the moment, by language.
    words = models.JSONField(default=dict)
    checkpoint = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    # Why it failed, by language.
    error_words = models.JSONField(default=dict)
    attempts = models.PositiveIntegerField(default=0)
    lease = models.CharField(max_length=40, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="jobs",
        verbose_name=_("requested by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=models.Q(state__in=list(OPEN_STATES)) & ~models.Q(key=""),
                name="job_once_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def share(self) -> float | None:
        """Fraction done, or None while the amount of work is not known."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def message(self) -> str:
        """What it does at the moment, in the reader's language."""
        return own_words(self.words)

    @property
    def error(self) -> str:
        """Why it failed, in the reader's language."""
        return own_words(self.error_words)


class ChangeLog(models.Model):
    """What changed, written by database triggers in the transaction of the change.

    ``customer_id`` is the customer whose understanding is out of date; ``xid`` is PostgreSQL's
    transaction, because sequence order is not commit order there (0 on SQLite).
    """

    seq = models.BigAutoField(primary_key=True)
    entity = models.CharField(max_length=20)
    customer_id = models.BigIntegerField(null=True)
    xid = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.seq} {self.entity}"


class Watermark(models.Model):
    """How far a consumer of the change log has come."""

    consumer = models.CharField(max_length=40, primary_key=True)
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.consumer} {self.seq}"


class IdempotencyKey(models.Model):
    """The first answer to a creating request; the same key gets the same answer again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    path = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_once")]

    def __str__(self) -> str:
        return self.key


class Heartbeat(models.Model):
    """Sign of life of a long-running process, read by ``/healthz``."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class DailyRun(models.Model):
    """Work of one business day: the row claims it, see :mod:`zhike.platform.daily`."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    name = models.CharField(_("name"), max_length=60)
    day = models.DateField(_("day"), db_index=True)
    state = models.CharField(_("state"), max_length=12, choices=State)
    attempts = models.PositiveIntegerField(default=0)
    lease = models.CharField(max_length=40, blank=True)
    heartbeat_at = models.DateTimeField()
    retry_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    result = models.JSONField(default=dict)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        ordering = ["-day", "name"]
        constraints = [models.UniqueConstraint(fields=["name", "day"], name="daily_run_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: Any) -> SavedViewQuerySet:
        if not user.is_authenticated:
            return self.none()
        shared = models.Q(shared=True, owner__team_id=user.team_id) if user.team_id else models.Q()
        return self.filter(models.Q(owner_id=user.pk) | shared) if shared else self.filter(owner_id=user.pk)


class SavedView(models.Model):
    """A list as a person set it up: filters, sort and columns under a name."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    entity = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    shared = models.BooleanField(_("share with my team"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "entity", "name"], name="saved_view_name")]

    def __str__(self) -> str:
        return self.name
