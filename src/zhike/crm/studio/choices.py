"""The states of a draft, and where its weights come from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DraftState(models.TextChoices):
    EDITING = "editing", _("Being edited")
    SUBMITTED = "submitted", _("Waiting for approval")
    PUBLISHED = "published", _("Published")
    REJECTED = "rejected", _("Declined")


class Method(models.TextChoices):
    HAND = "hand", _("by hand")
    AHP = "ahp", _("by pairwise comparison")
    ENTROPY = "entropy", _("by the spread of the data")
    BLEND = "blend", _("from judgement and data")
