"""The states of a draft, and where its weights come from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.analytics.tiers.model import BY_BREAKS, BY_SHARE, BY_VALUE

#: How tiers are cut, in words.
CUT_NAMES = (
    (BY_SHARE, _("by share of customers")),
    (BY_VALUE, _("by tier score")),
    (BY_BREAKS, _("by natural breaks of the score")),
)

#: The shades that a tier may have, by their names in ``zhike.platform.shades``.
SHADE_NAMES = (
    ("copper", _("Copper")),
    ("slate", _("Slate")),
    ("amber", _("Amber")),
    ("violet", _("Violet")),
    ("rose", _("Rose")),
    ("teal", _("Teal")),
    ("green", _("Green")),
    ("blue", _("Blue")),
)


class DraftState(models.TextChoices):
    EDITING = "editing", _("Being edited")
    SUBMITTED = "submitted", _("Waiting for approval")
    PUBLISHED = "published", _("Published")
    REJECTED = "rejected", _("Declined")

    @classmethod
    def open(cls) -> tuple[str, ...]:
        """Still on the way."""
        return cls.EDITING, cls.SUBMITTED


class Method(models.TextChoices):
    HAND = "hand", _("by hand")
    AHP = "ahp", _("by pairwise comparison")
    ENTROPY = "entropy", _("by the spread of the data")
    BLEND = "blend", _("from judgement and data")
