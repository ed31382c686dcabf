"""Segments: definitions with their versions, who is a member since when, and how each evaluation went."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.insight.models import OfCustomers
from zhike.crm.segments.choices import Choice, Reason, RunState, SegmentState
from zhike.platform.permissions import allowed, scope_filter


class SegmentQuerySet(models.QuerySet["Segment"]):
    def visible_to(self, user: Any) -> Self:
        """The shared ones and one's own; whose customers are among the members is a matter of row scope."""
        if not allowed(user, "insight.view"):
            return self.none()
        return self.filter(models.Q(shared=True) | models.Q(owner_id=user.pk))


class Segment(models.Model):
    """A division of customers by conditions. ``definition`` is what is being edited; ``version`` is in force.

    ``seen`` is the place in the change log up to which the members are true, ``as_of`` the day; ``problem``
    says why the last evaluation failed, as {"code": …, "en": …, "zh": …}, and is empty when it did not.
    ``tallied_at`` is the moment of its tallies.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    definition = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=12, choices=SegmentState, default=SegmentState.DRAFT, db_index=True
    )
    shared = models.BooleanField(_("shared with colleagues"), default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("owner")
    )
    version = models.ForeignKey("SegmentVersion", models.PROTECT, null=True, related_name="+")
    members = models.PositiveIntegerField(_("members"), default=0)
    as_of = models.DateField(_("as of"), null=True)
    seen = models.BigIntegerField(default=0)
    evaluated_at = models.DateTimeField(_("evaluated"), null=True)
    tallied_at = models.DateTimeField(null=True)
    problem = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("segment")

    def __str__(self) -> str:
        return self.name


class SegmentVersion(models.Model):
    """A published definition, never changed. ``sha256`` is that of its canonical JSON."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField()
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segment_version_number")]

    def __str__(self) -> str:
        return f"v{self.number}"


class Membership(models.Model):
    """A customer in a segment from one moment to another; open (``left_at`` empty) while it lasts.

    The store checks none of the three references: whoever writes memberships holds the customers and the
    segments until the transaction ends (``memberships.settle``). Looking each of millions of rows up in three
    tables once more took two thirds of the time of a first evaluation on PostgreSQL.
    """

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="memberships", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        "customers.Customer", models.CASCADE, related_name="segment_memberships", db_constraint=False
    )
    version = models.ForeignKey(
        SegmentVersion, models.SET_NULL, null=True, related_name="+", db_index=False, db_constraint=False
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason, default=Reason.CONDITIONS)
    entered_at = models.DateTimeField(_("entered"))
    left_at = models.DateTimeField(_("left"), null=True)

    objects = OfCustomers.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "customer"],
                condition=models.Q(left_at__isnull=True),
                name="segment_member_once",
            )
        ]
        indexes = [
            models.Index(fields=["segment", "entered_at", "left_at"], name="segment_member_span"),
            models.Index(
                fields=["segment", "left_at"],
                condition=models.Q(left_at__isnull=False),
                name="segment_member_gone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.customer_id}"


class TallyQuerySet(models.QuerySet["Tally"]):
    def visible_to(self, user: Any) -> Self:
        """Those of one's own row scope; customers that colleagues share are in none."""
        return self.filter(scope_filter(user)) if allowed(user, "insight.view") else self.none()


class Tally(models.Model):
    """So many members of a segment had this owner and team when it was last evaluated."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="tallies")
    owner_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    members = models.PositiveIntegerField()

    objects = TallyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.segment_id} {self.members}"


class ManualChoice(models.Model):
    """Somebody decided that a customer is always, or never, in a segment."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="choices", db_index=False)
    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")
    choice = models.CharField(max_length=8, choices=Choice)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = OfCustomers.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="segment_choice_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.customer_id} {self.choice}"


class Evaluation(models.Model):
    """One evaluation of everybody for one segment: how many came and went, how long it took, what failed."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="evaluations")
    version = models.ForeignKey(SegmentVersion, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=RunState)
    as_of = models.DateField()
    members = models.PositiveIntegerField(default=0)
    entered = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    milliseconds = models.PositiveIntegerField(default=0)
    problem = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.as_of}"
