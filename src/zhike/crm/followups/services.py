"""The verb on the rhythm: set it for the tiers of the company."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zhike.crm.followups.models import ContactPolicy
from zhike.crm.followups.policies import Policy, policies
from zhike.crm.insight import labels
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

LONGEST = 731
MOST = 100


@transaction.atomic
def save_policies(*, actor: Any, wanted: Mapping[int, Policy]) -> None:
    """Set the rhythm of tiers by rank; what is not named stays as it is."""
    require(actor, "followups.edit")
    before, codes = policies(), labels.tier_codes()
    for rank, policy in wanted.items():
        _check(rank, policy, before)
    for rank, policy in wanted.items():
        if policy != before[rank]:
            row, _new = ContactPolicy.objects.update_or_create(code=codes[rank], defaults=asdict(policy))
            audit.record(
                actor, "contact_policy.saved", row, before=asdict(before[rank]), after=asdict(policy)
            )


def _check(rank: int, policy: Policy, known: Mapping[int, Policy]) -> None:
    if rank not in known:
        raise DomainError(_("There is no such tier."), code="unknown_tier")
    spans = (policy.every_days, policy.within_days)
    if any(days is not None and not 1 <= days <= LONGEST for days in spans):
        raise DomainError(_("Enter between 1 and 731 days."), field=f"{rank}-every_days")
    if policy.at_most is not None and not 1 <= policy.at_most <= MOST:
        raise DomainError(_("Enter between 1 and 100 contacts."), field=f"{rank}-at_most")
    if (policy.at_most is None) != (policy.within_days is None):
        raise DomainError(_("Enter both the contacts and the days, or neither."), field=f"{rank}-at_most")
    if policy.contradicts_itself:
        raise DomainError(
            _("The two contradict each other: whoever keeps the rhythm contacts too often."),
            field=f"{rank}-at_most",
            code="contradiction",
        )
