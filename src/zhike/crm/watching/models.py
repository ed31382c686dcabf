"""The figures of every segment and tier day by day, and what a base looked like when its tiers were fixed."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.watching.choices import Kind
from zhike.platform.permissions import RowScope, allowed, row_scope


def sees_everybody(user: Any) -> bool:
    """Whether figures of the whole company are this person's to see."""
    return allowed(user, "insight.view") and row_scope(user) == RowScope.ALL


class OfCompany(models.QuerySet):
    """Rows about all customers: for those who see all customers."""

    def visible_to(self, user: Any) -> Self:
        return self if sees_everybody(user) else self.none()


class Metric(models.Model):
    """One group on one day. What is not known of that day is empty, never zero.

    ``ref`` is the rank of a tier or the number of a segment, ``version`` the number of the version in force
    then. ``net_revenue``, ``costed`` and ``margin`` are of the 365 days that ended on the day; margin is of
    the orders whose costs are known, which stand for ``costed`` of the net revenue. ``watched`` customers
    were in the group 90 days before, ``kept`` of them bought since. ``entered`` and ``left`` compare with 30
    days before. ``population`` is everybody that could have been in the group.
    """

    kind = models.CharField(max_length=8, choices=Kind)
    ref = models.BigIntegerField()
    day = models.DateField(_("day"))
    version = models.PositiveIntegerField(null=True)
    population = models.BigIntegerField(default=0)
    customers = models.BigIntegerField(_("customers"), default=0)
    net_revenue = models.DecimalField(_("net revenue"), max_digits=18, decimal_places=4, null=True)
    costed = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    margin = models.DecimalField(_("margin"), max_digits=18, decimal_places=4, null=True)
    watched = models.BigIntegerField(null=True)
    kept = models.BigIntegerField(null=True)
    churn_risk = models.FloatField(_("churn risk"), null=True)
    value_at_risk = models.DecimalField(_("value at risk"), max_digits=18, decimal_places=4, null=True)
    entered = models.BigIntegerField(_("entered"), null=True)
    left = models.BigIntegerField(_("left"), null=True)
    # A month end of the past, computed later from the histories.
    reconstructed = models.BooleanField(default=False)
    written_at = models.DateTimeField(auto_now=True)

    objects = OfCompany.as_manager()

    class Meta:
        ordering = ["kind", "ref", "day"]
        constraints = [models.UniqueConstraint(fields=["kind", "ref", "day"], name="watching_metric_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref} {self.day}"


class Baseline(models.Model):
    """How a measure was distributed when a version's tiers were fixed: bins by ``edges`` and their counts."""

    version = models.ForeignKey("insight.Version", models.CASCADE, related_name="+")
    code = models.CharField(max_length=60)
    as_of = models.DateField()
    edges = models.JSONField()
    counts = models.JSONField()

    objects = OfCompany.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="watching_baseline_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.code}"


class ModelSpan(models.Model):
    """The tier that a model beside the primary one gave a customer, from which day to which day."""

    model = models.ForeignKey("insight.TierModel", models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")
    tier = models.SmallIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model", "valid_from", "customer"], name="watching_model_span_once"
            ),
            models.UniqueConstraint(
                fields=["model", "customer"],
                condition=models.Q(valid_to__isnull=True),
                name="watching_model_span_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_id} {self.customer_id} {self.tier} {self.valid_from}"


class Proposal(models.Model):
    """What fixing the tiers of a version anew would change; made when its base has drifted."""

    version = models.OneToOneField("insight.Version", models.CASCADE, related_name="+")
    as_of = models.DateField()
    content = models.JSONField()
    made_at = models.DateTimeField(auto_now=True)

    objects = OfCompany.as_manager()

    def __str__(self) -> str:
        return f"{self.version_id} {self.as_of}"


class SegmentProposal(models.Model):
    """Cut-offs with which a segment that has changed its size would have its former one."""

    segment = models.OneToOneField("segments.Segment", models.CASCADE, related_name="+")
    version = models.ForeignKey("segments.SegmentVersion", models.CASCADE, related_name="+")
    as_of = models.DateField()
    content = models.JSONField()
    made_at = models.DateTimeField(auto_now=True)

    objects = OfCompany.as_manager()

    def __str__(self) -> str:
        return f"{self.segment_id} {self.as_of}"
