"""How often customers of a tier are contacted: at least, and at most."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ContactPolicy(models.Model):
    """The rhythm of one tier, by its rank (1 is the lowest). A tier without a row has the default.

    Empty numbers set no limit: nobody becomes due, or no number of contacts is too many.
    """

    tier = models.PositiveSmallIntegerField(unique=True)
    every_days = models.PositiveSmallIntegerField(_("at least every (days)"), null=True, blank=True)
    at_most = models.PositiveSmallIntegerField(_("at most (contacts)"), null=True, blank=True)
    within_days = models.PositiveSmallIntegerField(_("within (days)"), null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-tier"]
        verbose_name = _("contact policy")

    def __str__(self) -> str:
        return f"{self.tier}"
