"""What the customer page, the list and the form of an interaction say about the rhythm."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zhike.crm.customers.models import Customer
from zhike.crm.followups import queries
from zhike.crm.followups.queries import STATES, ContactState, Rhythm
from zhike.platform import cells
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request

_BADGE = '<span class="badge bg-{}-lt" title="{}">{}</span>'
_NOTE = '<a class="zk-follow-up-note" href="{}?customer={}" aria-label="{}" title="{}">{}</a>'


def card(request: Request, customer: Customer) -> dict[str, Any] | None:
    """The card of the customer page; none for a customer whose tier sets no rhythm."""
    if not allowed(request.user, "insight.view") or customer.no_profiling:
        return None
    rhythm = Rhythm()
    tier, lately = _standing(rhythm, customer)
    policy = rhythm.policies.get(tier)
    if policy is None:
        return None
    state = rhythm.state(tier, customer.last_contact_at, lately)
    return {"state": state, "policy": policy, "tier_name": rhythm.names[tier], "lately": lately}


def list_cell(customer: int, state: ContactState | None, *, may_note: bool) -> SafeString:
    """A row of a list: the state of contact where there is something to do, and the way to log a call."""
    badge, note = SafeString(), SafeString()
    if state is not None and state.code in STATES:
        badge = format_html(_BADGE, state.color, state.reason, state.label)
    if may_note:
        label, picture = _("Log a call"), cells.drawn_icon(icon="phone-plus")
        note = format_html(_NOTE, reverse("interactions:create"), customer, label, label, picture)
    return format_html('<span class="zk-follow-up">{}{}</span>', badge, note)


def warning(user: Any, customer: Customer) -> str:
    """Why one contact more would be too many; "" when it would not."""
    if not allowed(user, "insight.view") or customer.no_profiling:
        return ""
    rhythm = Rhythm()
    tier, lately = _standing(rhythm, customer)
    policy = rhythm.policies.get(tier)
    full = policy is not None and policy.at_most is not None and lately >= policy.at_most
    return rhythm.too_often(tier, lately) if full else ""


def _standing(rhythm: Rhythm, customer: Customer) -> tuple[int, int]:
    tiers = queries.tiers_of([customer])
    return tiers.get(customer.pk, 0), rhythm.lately(tiers).get(customer.pk, 0)
