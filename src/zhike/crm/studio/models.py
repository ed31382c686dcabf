"""Changes of tier models on their way to publication, and when each model is to be looked at again."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.studio import naming
from zhike.crm.studio.choices import DraftState
from zhike.platform.permissions import allowed

RIGHTS = ("tiers.edit", "tiers.approve")


class DraftQuerySet(models.QuerySet["Draft"]):
    def visible_to(self, user: Any) -> Self:
        """For those who change tier models or approve of changes."""
        return self if any(allowed(user, right) for right in RIGHTS) else self.none()


class Draft(models.Model):
    """A change of a tier model, or a new one (``model`` empty until it is published).

    ``definition`` is the JSON of AnalysisSettings. ``weights`` tells where the weights come from:
    {"method", "experts": [{"name", "criteria", "matrix", "ratio", "overruled"}], "share", "ratio",
    "judged": {code: weight}, "measured": {code: weight}}. ``simulation`` holds what publishing would do,
    empty while it was not asked for or the definition was changed since.
    """

    model = models.ForeignKey("insight.TierModel", models.CASCADE, null=True, related_name="drafts")
    name = models.CharField(_("name"), max_length=80)
    definition = models.JSONField(default=dict)
    weights = models.JSONField(default=dict)
    make_primary = models.BooleanField(_("make it the primary model"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=DraftState, default=DraftState.EDITING, db_index=True
    )
    note = models.CharField(_("why"), max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("approver")
    )
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    review_on = models.DateField(_("review on"), null=True, blank=True)
    simulation = models.JSONField(default=dict)
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("draft of a tier model")

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """The name in the reader's language."""
        return naming.said(self.name)

    @property
    def is_open(self) -> bool:
        return self.state in DraftState.open()


class Review(models.Model):
    """When a tier model is to be looked at again; ``reminded_on`` once people were told."""

    model = models.OneToOneField("insight.TierModel", models.CASCADE, related_name="review")
    due_on = models.DateField(_("review on"), db_index=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reminded_on = models.DateField(null=True)

    class Meta:
        ordering = ["due_on"]

    def __str__(self) -> str:
        return f"{self.model_id} {self.due_on}"
