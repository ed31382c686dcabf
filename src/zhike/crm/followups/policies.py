"""The rhythm of every tier: the defaults, and what a company made of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhike.analytics.tiers.model import TierModel
from zhike.crm.followups.models import ContactPolicy
from zhike.crm.insight import labels
from zhike.platform.templatetags import zhike_format as say

#: Never announce further ahead than a week, nor more than a quarter of the rhythm.
LONGEST_NOTICE = 7


@dataclass(frozen=True)
class Policy:
    """At least one contact every ``every_days``; at most ``at_most`` contacts within ``within_days``."""

    every_days: int | None = None
    at_most: int | None = None
    within_days: int | None = None

    @property
    def notice(self) -> int:
        """How many days before the end of the rhythm a customer counts as due."""
        return min(LONGEST_NOTICE, (self.every_days or 0) // 4)

    @property
    def words(self) -> str:
        return _("; ").join(filter(None, (self.least, self.most))) or _("no rhythm")

    @property
    def least(self) -> str:
        return _("every %(days)s") % {"days": say.days(self.every_days)} if self.every_days else ""

    @property
    def most(self) -> str:
        if not self.at_most or not self.within_days:
            return ""
        words = {"count": self.at_most, "days": say.days(self.within_days)}
        return (
            ngettext(
                "at most %(count)s contact in %(days)s",
                "at most %(count)s contacts in %(days)s",
                self.at_most,
            )
            % words
        )

    @property
    def contradicts_itself(self) -> bool:
        """True when keeping the one would break the other."""
        if not (self.every_days and self.at_most and self.within_days):
            return False
        return self.within_days // self.every_days > self.at_most


#: From the highest tier down; every tier below the last of these has the last one.
DEFAULTS = (
    Policy(14, 2, 7),
    Policy(30, 2, 14),
    Policy(90, 2, 30),
    Policy(None, 2, 30),
)


def default(rank: int, highest: int) -> Policy:
    return DEFAULTS[min(max(highest - rank, 0), len(DEFAULTS) - 1)] if rank else Policy()


def policies(model: TierModel | None = None) -> dict[int, Policy]:
    """The rhythm by rank, for every tier of the model, which is that of the current version."""
    codes = labels.tier_codes(model)
    own = {
        row.code: Policy(row.every_days, row.at_most, row.within_days) for row in ContactPolicy.objects.all()
    }
    return {rank: own.get(code, default(rank, len(codes))) for rank, code in codes.items()}


def in_words() -> dict[int, str]:
    """The rhythm of every tier, as a person says it."""
    return {rank: policy.words for rank, policy in policies().items()}
