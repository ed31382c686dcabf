"""What the analysis publishes: scores, tiers and stages with their history and the version that decided."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import customer_scope
from zhike.crm.insight.choices import Came
from zhike.platform.permissions import allowed


class TierModel(models.Model):
    """A definition of tiers: weighted dimensions, cut-offs, names, grace period.

    The primary one decides the tier that the whole product shows; the others stand beside it. ``author``,
    ``approver`` and ``note`` tell who gave the definition in force, who agreed, and why; ``given_at`` when it
    was approved, so that what was fixed before is fixed anew. A version that is put back has its own day.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    definition = models.JSONField(default=dict)
    is_primary = models.BooleanField(default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(_("why"), max_length=300, blank=True)
    given_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(_("retired"), null=True)
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


class Activation(models.Model):
    """A version came into force: when, by whom, with whose approval, and why. Rows are only added."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="activations")
    came = models.CharField(max_length=12, choices=Came, default=Came.PUBLISHED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(_("why"), max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.version_id} {self.came}"


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


class OfCustomers(models.QuerySet):
    """Rows with a ``customer``: those of the customers that one sees."""

    def visible_to(self, user: Any) -> Self:
        if not allowed(user, "insight.view"):
            return self.none()
        return self.filter(customer_scope(user, "customer__"), customer__deleted_at__isnull=True)


class CustomerScore(models.Model):
    """The current understanding of one customer; written by ``publish`` alone.

    ``seq`` is the position in the change log up to which the customer's rows were seen, so that an older
    run never overwrites a newer event; ``revision`` counts the writings, so that an evaluation which began
    from an older row is noticed. What drifts daily for everybody (recency) is not here. ``earned_tier`` is
    what the rules give, with the grace period; ``tier`` differs from it while an override lasts.
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
    earned_tier = models.SmallIntegerField(default=0)
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

    objects = OfCustomers.as_manager()

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


class TierOverride(models.Model):
    """An expert's decision: this customer has this tier until a day, whatever the rules say.

    ``tier`` is the rank when it was decided, ``code`` the tier meant: it keeps its meaning in later versions.
    It holds up to and with ``expires_on``; ``ended_at`` says that it is over, because somebody ended it
    (``ended_by``) or because its time was up (nobody).
    """

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="tier_overrides")
    tier = models.SmallIntegerField(_("tier"))
    code = models.CharField(max_length=40)
    reason = models.CharField(_("reason"), max_length=300)
    expires_on = models.DateField(_("until"))
    since = models.DateField(_("since"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    ended_on = models.DateField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = OfCustomers.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(ended_at__isnull=True), name="one_open_override"
            )
        ]
        indexes = [models.Index(fields=["ended_at", "expires_on"], name="override_expiry")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.code}"


class TierAssignment(models.Model):
    """The tier that a model beside the primary one gives a customer; written by its evaluation alone."""

    model = models.ForeignKey(TierModel, models.CASCADE, related_name="assignments", db_index=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="tier_assignments")
    tier = models.SmallIntegerField(_("tier"))
    score = models.FloatField(_("tier score"), null=True)
    as_of = models.DateField(_("as of"))

    objects = OfCustomers.as_manager()

    class Meta:
        ordering = ["model", "customer"]
        constraints = [models.UniqueConstraint(fields=["model", "customer"], name="assignment_once")]
        indexes = [models.Index(fields=["model", "tier", "customer"], name="assignment_tier")]

    def __str__(self) -> str:
        return f"{self.model_id} {self.customer_id} {self.tier}"
