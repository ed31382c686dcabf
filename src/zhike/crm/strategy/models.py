"""What a tier is given: service level, benefits with their cost, discount authority, budget of contacts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TierStrategy(models.Model):
    """The strategy for one tier of the primary model, by the tier's code; empty means unknown or none.

    It stays with its tier whatever rank that has, and comes back with a tier that comes back. How often a
    customer is contacted at least and at most stands in the follow-up rhythm, not here.
    """

    code = models.CharField(max_length=60, unique=True)
    service_level = models.CharField(_("service level"), max_length=120, blank=True)
    response_hours = models.PositiveSmallIntegerField(_("answer within (hours)"), null=True, blank=True)
    discount_limit = models.DecimalField(
        _("discount without asking (%)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    note = models.CharField(_("what to do for them"), max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("strategy of a tier")

    def __str__(self) -> str:
        return self.code


class Benefit(models.Model):
    """Something that customers of a tier get. ``yearly_cost`` is per customer, in the base currency."""

    code = models.CharField(max_length=60, db_index=True)
    name = models.CharField(_("benefit"), max_length=80)
    description = models.CharField(_("description"), max_length=200, blank=True)
    yearly_cost = models.DecimalField(
        _("cost per customer and year"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["code", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["code", "name"], name="benefit_once_per_tier_code")]

    def __str__(self) -> str:
        return self.name
