"""The outcomes that are offered until a company has its own, per kind of contact."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.interactions.models import InteractionKind


@dataclass(frozen=True)
class Suggestion:
    outcome: Promise
    next_step: Promise | str = ""
    next_step_days: int | None = None


_SPOKE = (
    Suggestion(_("Interested"), _("Send the quote"), 1),
    Suggestion(_("Ordered"), _("Confirm the delivery"), 7),
    Suggestion(_("No need at present"), _("Ask again"), 30),
    Suggestion(_("Question answered")),
)
_NOT_REACHED = Suggestion(_("Not reached"), _("Try again"), 1)

SUGGESTIONS: dict[str, tuple[Suggestion, ...]] = {
    InteractionKind.CALL: (_NOT_REACHED, *_SPOKE),
    InteractionKind.VISIT: (*_SPOKE, Suggestion(_("Nobody there"), _("Arrange a new day"), 3)),
    InteractionKind.NEGOTIATION: (
        Suggestion(_("Agreed on the price"), _("Send the contract"), 1),
        Suggestion(_("Price too high"), _("Send a new quote"), 3),
        Suggestion(_("Wants to think about it"), _("Ask again"), 7),
    ),
    InteractionKind.MESSAGE: (
        Suggestion(_("No answer yet"), _("Call"), 3),
        *_SPOKE,
    ),
    InteractionKind.EMAIL: (
        Suggestion(_("Quote sent"), _("Ask about the quote"), 3),
        Suggestion(_("No answer yet"), _("Call"), 3),
        Suggestion(_("Question answered")),
    ),
    InteractionKind.COMPLAINT: (
        Suggestion(_("Replacement promised"), _("Check the replacement"), 3),
        Suggestion(_("Refund promised"), _("Check the refund"), 3),
        Suggestion(_("Passed on"), _("Report back to the customer"), 1),
    ),
    InteractionKind.OTHER: (),
}
