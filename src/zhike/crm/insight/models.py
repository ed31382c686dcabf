"""What the analysis publishes: scores, tiers and stages with their history and the version that decided."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import customer_scope
from zhike.platform.permissions import allowed


class TierModel(models.Model):
    """A definition of tiers: weighted dimensions, cut-offs, names, grace period."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    definition = models.JSONField(default=dict)
    is_primary = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_primary"], condition=models.Q(is_primary=True), name="one_primary_tier_model"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """A calibration: cut-points, rhythm and tier rules as they were fixed on a day. Never changed."""

    model = models.ForeignKey(TierModel, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    calibration = models.JSONField()
    as_of = models.DateField()
    customers = models.BigIntegerField(default=0)
    is_current = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="version_number"),
            models.UniqueConstraint(
                fields=["model"], condition=models.Q(is_current=True), name="one_current_version"
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class Run(models.Model):
    """One full analysis: the data it saw, the version it used, the snapshot it published."""

    job = models.ForeignKey("platform.Job", models.SET_NULL, null=True, related_name="+")
    as_of = models.DateField()
    version = models.ForeignKey(Version, models.PROTECT, null=True, related_name="runs")
    seq = models.BigIntegerField(default=0)
    snapshot = models.CharField(max_length=80, blank=True)
    counts = models.JSONField(default=dict)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.as_of}"


class ScoreQuerySet(models.QuerySet["CustomerScore"]):
    def visible_to(self, user: Any) -> ScoreQuerySet:
        if not allowed(user, "insight.view"):
            return self.none()
        return self.filter(customer_scope(user, "customer__"), customer__deleted_at__isnull=True)


class CustomerScore(models.Model):
    """The current understanding of one customer; written by ``publish`` alone.

    ``seq`` is the position in the change log up to which the customer's rows were seen, so that an older
    run never overwrites a newer event; ``revision`` counts the writings, so that an evaluation which began
    from an older row is noticed. What drifts daily for everybody (recency) is not here.
    """

    customer = models.OneToOneField(
        "customers.Customer", models.CASCADE, primary_key=True, related_name="score"
    )
    version = models.ForeignKey(Version, models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    as_of = models.DateField()
    tier = models.SmallIntegerField(_("tier"), default=0)
    tier_score = models.FloatField(_("tier score"), null=True)
    raw_tier = models.SmallIntegerField(default=0)
    pending_since = models.DateField(null=True)
    opening_tier = models.SmallIntegerField(default=0)
    opening_pending_since = models.DateField(null=True)
    lifecycle = models.CharField(_("stage"), max_length=20, default="potential")
    rfm_segment = models.CharField(_("RFM segment"), max_length=24, blank=True)
    r_score = models.SmallIntegerField(null=True)
    f_score = models.SmallIntegerField(null=True)
    m_score = models.SmallIntegerField(null=True)
    abc_class = models.CharField(_("ABC class"), max_length=1, blank=True)
    first_order = models.DateField(_("first order"), null=True)
    last_order = models.DateField(_("last order"), null=True)
    frequency = models.IntegerField(_("orders"), default=0)
    purchase_days = models.IntegerField(default=0)
    revenue = models.DecimalField(_("revenue"), max_digits=18, decimal_places=4, default=0)
    returns = models.DecimalField(_("returns"), max_digits=18, decimal_places=4, default=0)
    net_revenue = models.DecimalField(_("net revenue"), max_digits=18, decimal_places=4, default=0)
    margin = models.DecimalField(_("margin"), max_digits=18, decimal_places=4, null=True)
    expected_gap = models.FloatField(null=True)
    reasons = models.JSONField(default=list)
    evaluated_at = models.DateTimeField()

    objects = ScoreQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-net_revenue", "customer"], name="score_net_revenue"),
            models.Index(fields=["-tier", "-tier_score", "customer"], name="score_tier"),
            models.Index(fields=["-last_order", "customer"], name="score_last_order"),
            models.Index(fields=["-frequency", "customer"], name="score_frequency"),
            # A list of one tier, stage, segment or class by value begins at its best customers.
            models.Index(fields=["tier", "-net_revenue", "customer"], name="score_tier_value"),
            models.Index(fields=["lifecycle", "-net_revenue", "customer"], name="score_lifecycle"),
            models.Index(fields=["rfm_segment", "-net_revenue", "customer"], name="score_rfm_segment"),
            models.Index(fields=["abc_class", "-net_revenue", "customer"], name="score_abc_class"),
            # Every column that a list is filtered by, by customer.
            models.Index(
                fields=[
                    *("customer", "tier", "lifecycle", "rfm_segment", "abc_class", "r_score", "f_score"),
                    *("m_score", "net_revenue", "last_order", "first_order"),
                ],
                name="score_facets",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class TierHistory(models.Model):
    """Which tier from which day to which day. One open row per customer; days, not moments."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="tier_history")
    tier = models.SmallIntegerField()
    tier_score = models.FloatField(null=True)
    version = models.ForeignKey(Version, models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "valid_from"], name="tier_history_day"),
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(valid_to__isnull=True), name="tier_history_open"
            ),
        ]
        indexes = [models.Index(fields=["valid_from", "valid_to"], name="tier_history_span")]

    def __str__(self) -> str:
        return f"{self.tier} {self.valid_from}"


class StageHistory(models.Model):
    """Which lifecycle stage from which day to which day."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="stage_history")
    lifecycle = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "valid_from"], name="stage_history_day"),
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(valid_to__isnull=True), name="stage_history_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lifecycle} {self.valid_from}"
