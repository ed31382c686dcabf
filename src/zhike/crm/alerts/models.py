"""Alerts, the notes from which they are judged, and the company's settings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.alerts.choices import Situation, State
from zhike.crm.customers.models import customer_scope
from zhike.platform.permissions import allowed


def every_situation() -> list[str]:
    return list(Situation.values)


class AlertSettings(models.Model):
    """What counts as a key customer and as worth an alert; one row."""

    active = models.JSONField(_("alert of"), default=every_situation)
    managers = models.JSONField(_("tell the manager too"), default=list, blank=True)
    # Ranks; empty: the two highest.
    key_tiers = models.JSONField(_("key tiers"), default=list, blank=True)
    key_class_a = models.BooleanField(_("ABC class A is key too"), default=True)
    # Days without contact by rank, as text keys.
    silent_days = models.JSONField(_("days without contact"), default=dict, blank=True)
    return_share = models.DecimalField(
        _("return: times a usual order"), max_digits=6, decimal_places=2, default=Decimal(1)
    )
    return_least = models.DecimalField(
        _("return: but at least"), max_digits=18, decimal_places=2, default=Decimal(1000)
    )
    return_amount = models.DecimalField(
        _("return: in any case from"), max_digits=18, decimal_places=2, default=Decimal(20000)
    )

    def __str__(self) -> str:
        return "alerts"

    @classmethod
    def current(cls) -> AlertSettings:
        return cls.objects.first() or cls()


class Signal(models.Model):
    """A note that something happened, written in its transaction: by triggers for orders and interactions, by
    a subscriber for tiers and stages. Judging it deletes it, in one transaction with the alert."""

    kind = models.CharField(max_length=12)
    customer_id = models.BigIntegerField()
    ref = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.customer_id}"


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: Any) -> AlertQuerySet:
        if not allowed(user, "customers.view"):
            return self.none()
        rows = self.filter(customer_scope(user, "customer__"), customer__deleted_at__isnull=True)
        if not allowed(user, "insight.view"):
            rows = rows.filter(kind=Situation.COMPLAINT)
        return rows if allowed(user, "orders.view") else rows.exclude(kind=Situation.LARGE_RETURN)

    def open(self) -> AlertQuerySet:
        return self.filter(state=State.OPEN)


class Alert(models.Model):
    """One situation of one customer; ``key`` makes it once."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="alerts")
    kind = models.CharField(_("situation"), max_length=16, choices=Situation)
    key = models.CharField(max_length=120, unique=True)
    on = models.DateField(_("date"))
    params = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    told_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("alert")
        indexes = [
            models.Index(fields=["state", "-id"], name="alert_state"),
            models.Index(fields=["customer", "-id"], name="alert_customer"),
            models.Index(fields=["id"], condition=models.Q(told_at__isnull=True), name="alert_to_tell"),
            models.Index(
                fields=["customer"], condition=models.Q(kind="silent", state="open"), name="alert_silent"
            ),
        ]

    def __str__(self) -> str:
        return self.key
