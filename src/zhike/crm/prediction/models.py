"""What the models say about each customer, the versions that said it, and what people decided upon it."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.insight.models import OfCustomers
from zhike.crm.prediction.choices import DecisionState, Kind, RecommendationKind, VersionState
from zhike.platform.permissions import allowed


class OfProfiled(OfCustomers):
    """Predictions: not of those who asked not to be profiled, even before they are taken away."""

    def visible_to(self, user: Any) -> Self:
        return super().visible_to(user).filter(customer__no_profiling=False)


class OfCompany(models.QuerySet):
    """Rows about the whole base or the whole catalogue."""

    def visible_to(self, user: Any) -> Self:
        return self if allowed(user, "insight.view") else self.none()


class ModelVersion(models.Model):
    """One training: what came out, on which data, how it was tested, and whether it is in use. Never changed.

    ``parameters`` rebuilds the model (JSON, never code); ``validation`` holds figures and points of plots;
    ``guards`` codes of what spoke against a model; ``data`` rows, customers, from, to, hash, library versions
    and seed; ``reason`` why a version was refused or why a rule stands in, as a code with values.
    """

    kind = models.CharField(_("model"), max_length=16, choices=Kind)
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=8, choices=VersionState, default=VersionState.ACTIVE)
    trained_at = models.DateTimeField(_("trained"), auto_now_add=True)
    as_of = models.DateField(_("data up to"))
    parameters = models.JSONField(default=dict)
    validation = models.JSONField(default=dict)
    guards = models.JSONField(default=list)
    data = models.JSONField(default=dict)
    # {"until": day number, "parameters": {…}}: the same learned from the days up to ``until`` alone, so that
    # a later version can be compared on days that neither knew.
    held_out = models.JSONField(default=dict)
    trained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("trained by")
    )
    reason = models.JSONField(_("reason"), default=dict)

    objects = OfCompany.as_manager()

    class Meta:
        ordering = ["kind", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="model_version_number"),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(state=VersionState.ACTIVE), name="one_active_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class CustomerPrediction(models.Model):
    """What the models say about one customer; written by the scoring alone.

    Money is in the base currency, over the value model's horizon (twelve months), margin where the company
    knows its costs and revenue where not (``versions["basis"]``). ``value_kept`` is what the customer would
    be worth if certain to stay: no dropout in it, so that ``value_at_risk`` counts leaving once.
    ``versions`` maps kind of model to the number of the version that spoke. ``seq`` is the position of the
    change log that was seen: an older run never overwrites a newer event.
    """

    customer = models.OneToOneField(
        "customers.Customer", models.CASCADE, primary_key=True, related_name="prediction"
    )
    as_of = models.DateField(_("as of"))
    p_active = models.FloatField(_("activity probability"), null=True)
    expected_orders = models.FloatField(_("expected orders"), null=True)
    clv = models.DecimalField(_("customer lifetime value"), max_digits=18, decimal_places=4, null=True)
    clv_low = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    clv_high = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    value_kept = models.DecimalField(_("value if kept"), max_digits=18, decimal_places=4, null=True)
    churn_probability = models.FloatField(_("churn probability"), null=True)
    churn_status = models.CharField(max_length=12, blank=True)
    # The strongest first: [{"f": feature, "v": value, "e": effect}].
    churn_reasons = models.JSONField(default=list)
    value_at_risk = models.DecimalField(_("value at risk"), max_digits=18, decimal_places=4, null=True)
    cycle_days = models.FloatField(_("purchase rhythm"), null=True)
    next_order_expected = models.DateField(_("next order expected"), null=True)
    next_order_low = models.DateField(null=True)
    next_order_high = models.DateField(null=True)
    rhythm_status = models.CharField(max_length=8, blank=True)
    rhythm_ratio = models.FloatField(null=True)
    # What the next orders will hold, the earliest first: [{"product": pk, "on": day number, "quantity": q,
    # "why": {…}}]; and a hash of it without its dates.
    expected_need = models.JSONField(_("expected need"), default=list)
    need_mark = models.BigIntegerField(default=0)
    versions = models.JSONField(default=dict)
    # A hash of the recommended products with their evidence, to see whether they have changed.
    products_mark = models.BigIntegerField(default=0)
    seq = models.BigIntegerField(default=0)
    written_at = models.DateTimeField()

    # What a page hangs on the rows that it shows.
    offered: list[Recommendation]
    needs: list[Any]
    pays_from: float | None

    objects = OfProfiled.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-value_at_risk", "customer"], name="prediction_at_risk"),
            models.Index(fields=["-clv", "customer"], name="prediction_clv"),
            models.Index(fields=["rhythm_status", "-clv", "customer"], name="prediction_rhythm"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class Recommendation(models.Model):
    """A product for a customer, with the evidence that speaks for it (a code with values)."""

    customer = models.ForeignKey(
        "customers.Customer", models.CASCADE, related_name="recommendations", db_index=False
    )
    kind = models.CharField(max_length=8, choices=RecommendationKind)
    rank = models.PositiveSmallIntegerField()
    product = models.ForeignKey(
        "catalog.Product", models.CASCADE, related_name="recommendations", db_index=False
    )
    score = models.FloatField()
    evidence = models.JSONField(default=dict)
    as_of = models.DateField()

    # The evidence in words, for the rows that a page shows.
    because: str

    objects = OfProfiled.as_manager()

    class Meta:
        ordering = ["customer", "kind", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "rank"], name="recommendation_rank")
        ]
        indexes = [models.Index(fields=["product", "kind", "-score"], name="recommendation_product")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind} {self.rank}"


class PairRule(models.Model):
    """Who bought ``left`` on a day also bought ``right``: exact counts of baskets, and what they mean."""

    left = models.ForeignKey("catalog.Product", models.CASCADE, related_name="rules", db_index=False)
    right = models.ForeignKey("catalog.Product", models.CASCADE, related_name="+")
    n_left = models.BigIntegerField()
    n_right = models.BigIntegerField()
    n_both = models.BigIntegerField()
    n_baskets = models.BigIntegerField()
    support = models.FloatField()
    confidence = models.FloatField()
    lift = models.FloatField()
    # Lower end of the 95 % Wilson interval.
    confidence_low = models.FloatField()
    p_value = models.FloatField()
    q_value = models.FloatField()
    as_of = models.DateField()

    objects = OfCompany.as_manager()

    class Meta:
        ordering = ["left", "-confidence_low"]
        constraints = [models.UniqueConstraint(fields=["left", "right"], name="pair_rule_once")]

    def __str__(self) -> str:
        return f"{self.left_id} {self.right_id}"


class CostAssumption(models.Model):
    """What the company says it spends per customer; ``tier`` empty: all tiers, ``segment`` empty: all.

    What nobody entered is unknown, never a default. ``save_rate`` is the share of the leaving that a
    retention offer keeps, ``take_rate`` the share of the others who take it although they would have stayed.
    """

    tier = models.PositiveSmallIntegerField(_("tier"), null=True, blank=True)
    segment = models.CharField(_("RFM segment"), max_length=24, blank=True)
    acquisition = models.DecimalField(
        _("acquisition cost"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    retention = models.DecimalField(
        _("retention offer"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    service = models.DecimalField(
        _("service cost per year"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    contact = models.DecimalField(
        _("cost of a contact"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    save_rate = models.FloatField(_("share kept by an offer"), null=True, blank=True)
    take_rate = models.FloatField(_("share taking it anyway"), null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = OfCompany.as_manager()

    class Meta:
        ordering = ["-tier", "segment"]
        constraints = [
            models.UniqueConstraint(fields=["tier", "segment"], name="cost_assumption_once"),
            models.UniqueConstraint(
                fields=["segment"], condition=models.Q(tier__isnull=True), name="cost_assumption_all_tiers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier or '*'} {self.segment}"


class ActionDecision(models.Model):
    """What a person made of a proposed action: a task (and the treatment it belongs to), or a refusal."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="action_decisions")
    action = models.CharField(_("action"), max_length=40)
    state = models.CharField(_("decision"), max_length=8, choices=DecisionState)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # The proposal as it was shown: product, channel, expected profit, evidence.
    proposal = models.JSONField(default=dict)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("time"), auto_now_add=True)
    task = models.ForeignKey("tasks.Task", models.SET_NULL, null=True, blank=True, related_name="+")
    treatment = models.ForeignKey(
        "treatments.Treatment", models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = OfCustomers.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["customer", "action", "-at"], name="action_decision_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.action}"
