"""How often customers of a tier are contacted: at least, and at most."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ContactPolicy(models.Model):
    """The rhythm of one tier, by the tier's code whatever rank it has. A tier without a row has the default.

    Empty numbers set no limit: nobody becomes due, or no number of contacts is too many.
    """

    code = models.CharField(max_length=60, unique=True)
    every_days = models.PositiveSmallIntegerField(_("at least every (days)"), null=True, blank=True)
    at_most = models.PositiveSmallIntegerField(_("at most (contacts)"), null=True, blank=True)
    within_days = models.PositiveSmallIntegerField(_("within (days)"), null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("contact policy")

    def __str__(self) -> str:
        return self.code
