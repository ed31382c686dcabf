"""What people were told, how each wants to be told, and the e-mails that carry it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.notifications.choices import Email
from zhike.crm.notifications.kinds import KINDS


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: Any) -> NotificationQuerySet:
        """Everybody's own, without those that the person chose not to see in the app."""
        return self.filter(user_id=user.pk, in_app=True) if user.is_authenticated else self.none()

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """One thing that one person was told; ``key`` makes it once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=500, blank=True)
    urgent = models.BooleanField(_("urgent"), default=False)
    in_app = models.BooleanField(default=True)
    email = models.CharField(max_length=8, choices=Email, default=Email.NONE)
    mail = models.ForeignKey("Mail", models.SET_NULL, null=True, related_name="notifications")
    read_at = models.DateTimeField(_("read"), null=True)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "key"], name="notification_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_newest"),
            models.Index(
                fields=["user", "id"],
                condition=models.Q(read_at__isnull=True, in_app=True),
                name="notification_unread",
            ),
            models.Index(
                fields=["email", "user"],
                condition=models.Q(mail__isnull=True) & ~models.Q(email=Email.NONE),
                name="notification_to_send",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The sentence in the language that is active."""
        kind = KINDS.get(self.kind)
        return kind.words(self.params) if kind else str(self.params.get("text", self.kind))

    @property
    def icon(self) -> str:
        kind = KINDS.get(self.kind)
        return kind.icon if kind else "bell"

    @property
    def label(self) -> str:
        kind = KINDS.get(self.kind)
        return str(kind.label) if kind else self.kind


class Preference(models.Model):
    """One person's choice for one kind; without a row the kind's default counts."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    in_app = models.BooleanField(_("in the app"), default=True)
    email = models.CharField(_("e-mail"), max_length=8, choices=Email, default=Email.NONE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="notification_preference")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class Mail(models.Model):
    """One e-mail of the outbox; see :mod:`zhike.crm.notifications.outbox` for its states."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CLAIMED = "claimed", _("Being written")
        HANDED = "handed", _("Handed to the mail server")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=120, unique=True)
    purpose = models.CharField(max_length=8, choices=Email)
    address = models.EmailField(blank=True)
    language = models.CharField(max_length=10)
    message_id = models.CharField(max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    lease = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(_("sent"), null=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["waiting", "claimed", "handed"]),
                name="mail_to_send",
            )
        ]

    def __str__(self) -> str:
        return self.key
