"""Why somebody puts a line aside."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Why(models.TextChoices):
    POSTPONED = "postponed", _("Postponed")
    IN_TOUCH = "in_touch", _("We are in touch already")
    NO_NEED = "no_need", _("No need at present")
    SEASON = "season", _("Buys at another time of the year")
    CLOSED = "closed", _("Closed or left for good")
    WRONG = "wrong", _("The reason is wrong")
    OTHER = "other", _("Other")


#: What a person chooses from; postponing has its own button.
REASONS = [choice for choice in Why if choice != Why.POSTPONED]
#: For so many days "not now" hides a line whose situation stays the same.
NOT_NOW_DAYS = 14
