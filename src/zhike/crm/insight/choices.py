"""How a version of a tier model came into force."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Came(models.TextChoices):
    """Published: somebody changed the definition. Recalibrated: the same definition on newer data."""

    PUBLISHED = "published", _("Published")
    RECALIBRATED = "recalibrated", _("Calibrated anew")
    ROLLED_BACK = "rolled_back", _("Rolled back")
