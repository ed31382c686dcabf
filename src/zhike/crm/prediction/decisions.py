"""What people make of a proposed action: a task, or a refusal with its reason. Twice is once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zhike.analytics.calendars import next_working_day
from zhike.crm.customers import access
from zhike.crm.customers.models import Customer
from zhike.crm.prediction import actions, phrases
from zhike.crm.prediction.actions import Proposal, Standing
from zhike.crm.prediction.choices import DecisionState
from zhike.crm.prediction.models import ActionDecision, CustomerPrediction, Recommendation
from zhike.crm.tasks import services as tasks
from zhike.platform import audit, company_day
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.permissions import require

ORIGIN = "prediction"
#: A task is due so many days after it was accepted, on a working day.
DUE_IN = timedelta(days=2)
LONGEST = 300
LOOKED_AT = 20


def standing_of(
    customer: Customer,
    prediction: CustomerPrediction | None,
    products: list[Recommendation] | None = None,
) -> Standing:
    """What is proposed for a customer now, or is being done already; ``products`` where they were read."""
    if prediction is None or customer.no_profiling or customer.deceased_on:
        return Standing()
    if products is None:
        products = phrases.with_words(products_of(customer))
    known = actions.known_of(customer, prediction, products)
    return actions.standing(known, decisions_of(customer))


def products_of(customer: Customer) -> list[Recommendation]:
    """The recommended products of a customer by kind and rank."""
    rows = Recommendation.objects.filter(customer=customer).select_related("product")
    return list(rows.order_by("kind", "rank"))


def decisions_of(customer: Customer) -> list[ActionDecision]:
    rows = ActionDecision.objects.filter(customer=customer).select_related("task", "actor")
    return list(rows.order_by("-id")[:LOOKED_AT])


@transaction.atomic
def accept_action(*, actor: Any, customer: Customer, action: str) -> ActionDecision:
    """Make a task of what is proposed; the same answer again, while it is open, gives the same decision."""
    proposal, earlier = _proposed(actor, customer, action)
    if earlier is not None:
        return earlier
    assert proposal is not None
    owner = customer.owner
    task = tasks.create_task(
        actor=actor,
        customer=customer,
        title=proposal.title[:200],
        assignee=owner if owner is not None and owner.is_active else actor,
        due_on=_due_on(),
        note="\n".join(proposal.evidence)[:5000],
        origin=ORIGIN,
        origin_key=f"{customer.pk}:{action}:{ActionDecision.objects.filter(customer=customer).count()}",
    )
    return _decide(actor, customer, proposal, DecisionState.ACCEPTED, task=task)


@transaction.atomic
def refuse_action(*, actor: Any, customer: Customer, action: str, reason: str) -> ActionDecision:
    """Note why the proposal is not followed; it rests for a while."""
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST or "\x00" in reason:
        raise DomainError(_("Say in at most 300 characters why not."), field="reason", code="required")
    proposal, earlier = _proposed(actor, customer, action)
    if earlier is not None:
        return earlier
    assert proposal is not None
    return _decide(actor, customer, proposal, DecisionState.REFUSED, reason=reason)


def _proposed(actor: Any, customer: Customer, action: str) -> tuple[Proposal | None, ActionDecision | None]:
    """The proposal as it stands now, or the decision that was taken about it already."""
    require(actor, "insight.view")
    require(actor, "customers.edit")
    access.require_editable(actor, customer)
    # Two people who decide at once: the second one finds what the first one did.
    prediction = CustomerPrediction.objects.select_for_update().filter(customer=customer).first()
    found = standing_of(customer, prediction)
    if found.accepted is not None and found.accepted.action == action:
        return None, found.accepted
    if found.proposal is not None and found.proposal.code == action:
        return found.proposal, None
    if found.declined is not None and found.declined.action == action:
        return None, found.declined
    raise Conflict()


def _decide(actor: Any, customer: Customer, proposal: Proposal, state: str, **more: Any) -> ActionDecision:
    made = ActionDecision.objects.create(
        customer=customer,
        action=proposal.code,
        state=state,
        proposal=proposal.as_json(),
        actor=actor,
        **more,
    )
    facts = {"action": proposal.code, "reason": made.reason, "customer_id": customer.pk}
    audit.record(actor, f"action.{state}", made, after=facts)
    return made


def _due_on() -> date:
    return next_working_day(company_day.today() + DUE_IN)
