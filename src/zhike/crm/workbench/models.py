"""Analyses: what was asked, of which customers, what came out, and what it says of each customer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.crm.customers.models import Customer
from zhike.platform.permissions import RowScope, allowed, row_scope, visible_team_ids


class AnalysisState(models.TextChoices):
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", pgettext_lazy("of an analysis", "Stopped")


class AnalysisQuerySet(models.QuerySet["Analysis"]):
    def visible_to(self, user: Any) -> AnalysisQuerySet:
        """One's own; of the shared ones those that sum over no more customers than the user sees."""
        if not allowed(user, "insight.view"):
            return self.none()
        scope = row_scope(user)
        if scope == RowScope.ALL:
            return self.filter(Q(created_by_id=user.pk) | Q(shared=True))
        mine = Q(created_by_id=user.pk)
        teams = visible_team_ids(user)
        within = Q(shared=True, scope__in=[RowScope.OWN, RowScope.TEAM], team_id__in=teams)
        return self.filter(mine | within)


class Analysis(models.Model):
    """One run of a recipe. ``query`` is the address of the customer list it was made of.

    A report is an analysis with a name. ``result`` holds codes and values, put into words when it is read;
    ``scope`` and ``team`` are the author's when it ran: nobody with less rights is shown its sums.
    """

    recipe = models.CharField(_("recipe"), max_length=16)
    name = models.CharField(_("name"), max_length=80, blank=True)
    query = models.TextField(blank=True)
    choice = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=9, choices=AnalysisState, default=AnalysisState.RUNNING)
    error = models.CharField(max_length=500, blank=True)
    customers = models.PositiveIntegerField(_("customers"), default=0)
    as_of = models.DateField(_("data as of"), null=True)
    result = models.JSONField(default=dict)
    # Library versions, seed and a hash of the data: what a repetition is compared with.
    provenance = models.JSONField(default=dict)
    shared = models.BooleanField(_("shared with colleagues"), default=False)
    scope = models.CharField(max_length=12, blank=True)
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    # The run before it with the same question: cluster numbers follow it.
    previous = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    job = models.ForeignKey("platform.Job", models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = AnalysisQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("analysis")

    def __str__(self) -> str:
        return self.name or f"{self.recipe} #{self.pk}"


class AnalysisValueQuerySet(models.QuerySet["AnalysisValue"]):
    def visible_to(self, user: Any) -> AnalysisValueQuerySet:
        """Of visible analyses and visible customers, without those exempt from profiling."""
        customers = Customer.objects.visible_to(user).filter(no_profiling=False)
        return self.filter(analysis__in=Analysis.objects.visible_to(user), customer__in=customers)


class AnalysisValue(models.Model):
    """What an analysis says of one customer: the number of its cluster, or a factor's score."""

    analysis = models.ForeignKey(Analysis, models.CASCADE, related_name="values", db_index=False)
    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")
    output = models.CharField(max_length=12)
    label = models.SmallIntegerField(null=True)
    score = models.FloatField(null=True)

    objects = AnalysisValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["analysis", "output", "customer"], name="analysis_value_once")
        ]
        indexes = [models.Index(fields=["analysis", "output", "label", "customer"], name="analysis_label")]

    def __str__(self) -> str:
        return f"{self.analysis_id} {self.output} {self.customer_id}"
