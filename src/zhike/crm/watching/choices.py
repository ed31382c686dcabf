"""What is watched."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    TIER = "tier", _("Tiers")
    SEGMENT = "segment", _("Segments")
    MODEL = "model", _("Tiers of other models")
