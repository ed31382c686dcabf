"""The situations that alert, and the states of an alert."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Mark:
    """How an alert looks in a list."""

    color: str
    icon: str


MARKS: dict[str, Mark] = {
    Situation.TIER_FALL: Mark("orange", icon="trending-down"),
    Situation.STAGE_FALL: Mark("red", icon="heart-broken"),
    Situation.NEW_KEY: Mark("green", icon="star"),
    Situation.SILENT: Mark("yellow", icon="phone-off"),
    Situation.LARGE_RETURN: Mark("purple", icon="package-export"),
    Situation.COMPLAINT: Mark("red", icon="message-exclamation"),
}


class State(TextChoices):
    OPEN = "open", _("Open alert")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    SETTLED = "settled", _("Settled by itself")
