"""Kinds of models and the codes of what they say about a customer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    VALUE = "value", _("Customer value")
    CHURN = "churn", _("Churn")
    RHYTHM = "rhythm", _("Purchase rhythm")
    RECOMMENDATION = "recommendation", _("Recommendation")


class VersionState(models.TextChoices):
    ACTIVE = "active", _("In use")
    REFUSED = "refused", _("Refused")
    RETIRED = "retired", _("Replaced")


class RecommendationKind(models.TextChoices):
    REBUY = "rebuy", _("Buy again")
    DISCOVER = "discover", _("May like")


class DecisionState(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Declined")


class ChurnStatus(models.TextChoices):
    """Why a customer has a churn probability, or has none."""

    SCORED = "scored", _("Assessed by the model")
    NEW = "new", _("Too new to say")
    TOO_LITTLE = "too_little", _("Too little data")
    LOST = "lost", _("Lost already")


class RhythmStatus(models.TextChoices):
    NOT_DUE = "not_due", _("Not due")
    DUE = "due", _("Order due")
    OVERDUE = "overdue", _("Overdue")
    UNKNOWN = "unknown", _("Unknown")
