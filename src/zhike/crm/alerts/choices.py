"""The situations that alert, and the states of an alert."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

#: How serious each stage is; a fall goes to one of the last two.
STAGE_HEIGHT = {"high_value": 4, "repeat": 3, "first_purchase": 2, "at_risk": 1, "lost": 0}
SINKING = ("at_risk", "lost")


class Situation(TextChoices):
    TIER_FALL = "tier_fall", _("Key customer fell a tier")
    STAGE_FALL = "stage_fall", _("Key customer at risk or lost")
    NEW_KEY = "new_key", _("New key customer")
    SILENT = "silent", _("Key customer without contact")
    LARGE_RETURN = "large_return", _("Large return")
    COMPLAINT = "complaint", _("Complaint")


ICONS = {
    Situation.TIER_FALL: "trending-down",
    Situation.STAGE_FALL: "heart-broken",
    Situation.NEW_KEY: "star",
    Situation.SILENT: "phone-off",
    Situation.LARGE_RETURN: "package-export",
    Situation.COMPLAINT: "message-exclamation",
}
COLORS = {
    Situation.TIER_FALL: "orange",
    Situation.STAGE_FALL: "red",
    Situation.NEW_KEY: "green",
    Situation.SILENT: "yellow",
    Situation.LARGE_RETURN: "purple",
    Situation.COMPLAINT: "red",
}


class State(TextChoices):
    OPEN = "open", _("Open alert")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    SETTLED = "settled", _("Settled by itself")
