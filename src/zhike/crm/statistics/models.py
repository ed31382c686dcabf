"""Charts that people keep: what was asked, never what came out, and who has them on the overview."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.platform.permissions import allowed


class SavedChartQuerySet(models.QuerySet["SavedChart"]):
    def visible_to(self, user: Any) -> Self:
        """One's own and the shared ones; whose customers they count is a matter of the reader's row scope."""
        if not allowed(user, "insight.view"):
            return self.none()
        return self.filter(models.Q(owner_id=user.pk) | models.Q(shared=True))


class SavedChart(models.Model):
    """A statistic under a name. ``choice`` is its address (dimension, measure, period, chart) as JSON."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_charts")
    name = models.CharField(_("name"), max_length=80)
    choice = models.JSONField(default=dict)
    shared = models.BooleanField(_("shared with colleagues"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = SavedChartQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_chart_name")]

    def __str__(self) -> str:
        return self.name


class Tile(models.Model):
    """A saved chart on a person's overview, in the person's order."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="chart_tiles", db_index=False
    )
    chart = models.ForeignKey(SavedChart, models.CASCADE, related_name="tiles")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "chart"], name="chart_tile_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.chart_id}"
