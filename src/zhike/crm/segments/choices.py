"""States and kinds of segments."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SegmentState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ARCHIVED = "archived", _("Archived")


class Reason(models.TextChoices):
    """Why a customer is a member: the conditions hold, or somebody put the customer in."""

    CONDITIONS = "conditions", _("Meets the conditions")
    BY_HAND = "by_hand", _("Added by hand")


class Choice(models.TextChoices):
    INCLUDE = "include", _("Always in")
    EXCLUDE = "exclude", _("Never in")


class RunState(models.TextChoices):
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
