"""Treatments: what was done to whom on purpose, and who was left out by lot so that its effect shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer
from zhike.platform.permissions import RowScope, allowed, row_scope


class TreatmentQuerySet(models.QuerySet["Treatment"]):
    def visible_to(self, user: Any) -> TreatmentQuerySet:
        """One's own, and those with a customer that one sees."""
        if not allowed(user, "customers.view"):
            return self.none()
        if row_scope(user) == RowScope.ALL:
            return self
        seen = TreatmentMember.objects.visible_to(user).order_by().values("treatment_id")
        return self.filter(models.Q(created_by_id=user.pk) | models.Q(pk__in=seen))


class Treatment(models.Model):
    """One act on customers under a purpose. ``seed`` stands for the purpose: equal seeds, equal arms."""

    purpose = models.CharField(_("purpose"), max_length=120)
    seed = models.CharField(max_length=32, db_index=True)
    act = models.CharField(_("act"), max_length=40)
    share = models.DecimalField(_("share held out"), max_digits=5, decimal_places=4)
    treated = models.PositiveIntegerField(default=0)
    held_out = models.PositiveIntegerField(default=0)
    # What the act reported when it ended, in counts.
    result = models.JSONField(default=dict)
    # The bulk act that treats, for a link to it.
    bulk_act = models.BigIntegerField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("time"), auto_now_add=True)
    taken_back_at = models.DateTimeField(null=True)

    objects = TreatmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("treatment")

    def __str__(self) -> str:
        return self.purpose


class TreatmentMemberQuerySet(models.QuerySet["TreatmentMember"]):
    def visible_to(self, user: Any) -> TreatmentMemberQuerySet:
        return self.filter(customer__in=Customer.objects.visible_to(user))


class TreatmentMember(models.Model):
    """A customer's arm in a treatment, written before anything is done and never changed."""

    treatment = models.ForeignKey(Treatment, models.CASCADE, related_name="members", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="treatments")
    held_out = models.BooleanField(_("held out"))
    assigned_at = models.DateTimeField(_("assigned"), auto_now_add=True)

    objects = TreatmentMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["treatment", "customer"], name="treatment_member_once")
        ]
        indexes = [models.Index(fields=["treatment", "held_out", "customer"], name="treatment_arm")]

    def __str__(self) -> str:
        return f"{self.treatment_id} {self.customer_id}"
