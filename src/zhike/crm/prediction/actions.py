"""The next best action: what to do with one customer, by which channel, what it brings, and why.

Retention comes first where it pays (or, with unknown costs, where leaving is likelier than staying), then a
reminder of an order that is due, then a product that the customer may like. What somebody declined rests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.crm.catalog.models import Product
from zhike.crm.customers.models import Customer
from zhike.crm.interactions.models import Interaction, InteractionKind
from zhike.crm.prediction import phrases
from zhike.crm.prediction.choices import ChurnStatus, DecisionState, RecommendationKind, RhythmStatus
from zhike.crm.prediction.costs import Costs, CostTable, value_of
from zhike.crm.prediction.lists import LOST, RATHER_LEAVES
from zhike.crm.prediction.models import ActionDecision, CustomerPrediction, Recommendation
from zhike.platform.templatetags import zhike_format as say

#: An action that somebody declined is not proposed again for so long.
REST = timedelta(days=90)
#: So many of the last contacts say which channel reaches the customer.
CONTACTS = 30
CHANNELS = (
    InteractionKind.CALL,
    InteractionKind.VISIT,
    InteractionKind.NEGOTIATION,
    InteractionKind.MESSAGE,
    InteractionKind.EMAIL,
)
LABELS = {
    "retain": gettext_lazy("Make a retention offer"),
    "win_back": gettext_lazy("Win back"),
    "remind": gettext_lazy("Remind of the next order"),
    "cross_sell": gettext_lazy("Offer a product that fits"),
}
#: What has to be known before the profit of an action is.
UNMEASURED = "effect"


@dataclass(frozen=True)
class Proposal:
    """``profit`` is None where it is unknown; ``unknown`` names what is missing."""

    code: str
    channel: str = ""
    product: Product | None = None
    profit: float | None = None
    break_even: float | None = None
    unknown: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return str(LABELS[self.code])

    @property
    def channel_label(self) -> str:
        return str(InteractionKind(self.channel).label) if self.channel else ""

    @property
    def title(self) -> str:
        """What the task says."""
        return f"{self.label}: {self.product}" if self.product else self.label

    @property
    def why_unknown(self) -> str:
        """What has to be entered or measured before the profit is known."""
        if UNMEASURED in self.unknown:
            return _("what this brings has not been measured yet")
        return _("enter %(costs)s") % {"costs": phrases.missing_costs(self.unknown)}

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the decision."""
        return {
            "product": self.product.pk if self.product else None,
            "channel": self.channel,
            "profit": None if self.profit is None else round(self.profit, 2),
            "unknown": list(self.unknown),
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True)
class Known:
    """What a proposal is made of; ``products`` carry their evidence in words (:func:`phrases.with_words`)."""

    prediction: CustomerPrediction
    costs: Costs
    products: Sequence[Recommendation]
    channel: str
    today: date
    lost: bool = False


def proposals(known: Known) -> list[Proposal]:
    """Everything that speaks for itself, the best first."""
    found = (_retention(known), _reminder(known), _cross_sale(known))
    return [replace(one, channel=known.channel) for one in found if one is not None]


def _retention(known: Known) -> Proposal | None:
    row, costs, value = known.prediction, known.costs, value_of(known.prediction)
    p = row.churn_probability
    if p is None or not row.value_at_risk or row.value_at_risk <= 0:
        return None
    profit = costs.profit(p, value)
    if (profit is None and p < RATHER_LEAVES) or (profit is not None and profit <= 0):
        return None
    missing = costs.missing or (("margin",) if value is None else ())
    return Proposal(
        "win_back" if known.lost else "retain",
        product=_first(known.products, RecommendationKind.REBUY),
        profit=profit,
        break_even=costs.break_even(value),
        unknown=missing if profit is None else (),
        evidence=tuple(_risk_words(row, costs.break_even(value))),
    )


def _risk_words(row: CustomerPrediction, edge: float | None) -> Iterable[str]:
    values = {"probability": say.percent(row.churn_probability, 0), "value": say.money(row.value_at_risk, 0)}
    yield _("Leaves with a probability of %(probability)s; %(value)s at risk") % values
    if edge is not None:
        yield _("An offer pays from a probability of %(edge)s on") % {"edge": say.percent(edge, 1)}
    yield from (one["words"] for one in phrases.reasons(row.churn_reasons[:2]) if one["raises"])


def _reminder(known: Known) -> Proposal | None:
    row = known.prediction
    if row.rhythm_status not in (RhythmStatus.DUE, RhythmStatus.OVERDUE):
        return None
    usual = _best(known.products, RecommendationKind.REBUY)
    words = [rhythm_words(row, known.today)]
    words += [usual.because] if usual is not None else []
    return Proposal(
        "remind",
        product=usual.product if usual else None,
        unknown=(UNMEASURED,),
        evidence=tuple(filter(None, words)),
    )


def rhythm_words(row: CustomerPrediction, today: date) -> str:
    """The rhythm, and how long the customer has been silent against it."""
    if row.cycle_days is None:
        return ""
    values = {"cycle": say.days(round(row.cycle_days))}
    silent = silent_days(row, today)
    if silent is None:
        return _("Orders about every %(cycle)s") % values
    values["silent"] = say.days(silent)
    return _("Orders about every %(cycle)s; the last order was %(silent)s ago") % values


def silent_days(row: CustomerPrediction, today: date) -> int | None:
    """Days since the last order, from the ratio to the rhythm on the prediction's day."""
    if row.cycle_days is None or row.rhythm_ratio is None:
        return None
    return round(row.rhythm_ratio * row.cycle_days) + max((today - row.as_of).days, 0)


def _cross_sale(known: Known) -> Proposal | None:
    best = _best(known.products, RecommendationKind.DISCOVER)
    if best is None:
        return None
    margin = margin_of(best.product)
    words = [best.because]
    if margin is not None:
        words.append(_("One sale brings a margin of %(margin)s") % {"margin": say.money(margin)})
    if margin is not None and known.costs.contact and margin > 0:
        edge = known.costs.contact / float(margin)
        words.append(
            _("A contact pays if at least %(share)s of those asked buy") % {"share": say.percent(edge)}
        )
    return Proposal(
        "cross_sell", product=best.product, unknown=(UNMEASURED,), evidence=tuple(filter(None, words))
    )


def margin_of(product: Product) -> Any:
    """Price less cost; None where either is unknown."""
    return product.price - product.cost if product.price is not None and product.cost is not None else None


def _best(products: Iterable[Recommendation], kind: str) -> Recommendation | None:
    return next((one for one in products if one.kind == kind and one.product.is_active), None)


def _first(products: Iterable[Recommendation], kind: str) -> Product | None:
    best = _best(products, kind)
    return best.product if best else None


@dataclass(frozen=True)
class Standing:
    """What the card shows: a proposal, or the decision that is being carried out, or neither."""

    proposal: Proposal | None = None
    accepted: ActionDecision | None = None
    declined: ActionDecision | None = None


def standing(known: Known, decisions: Sequence[ActionDecision]) -> Standing:
    """``decisions`` of the customer, the newest first, with their tasks."""
    accepted = next((one for one in decisions if is_running(one)), None)
    if accepted is not None:
        return Standing(accepted=accepted)
    resting = {one.action: one for one in reversed(decisions) if is_resting(one)}
    proposal = next((one for one in proposals(known) if one.code not in resting), None)
    declined = next((one for one in decisions if is_resting(one)), None)
    return Standing(proposal, declined=declined)


def is_running(decision: ActionDecision) -> bool:
    """Accepted, and its task is not done or dropped yet."""
    return decision.state == DecisionState.ACCEPTED and decision.task is not None and decision.task.is_open


def is_resting(decision: ActionDecision) -> bool:
    """Declined, or carried out, not long ago."""
    return decision.at > timezone.now() - REST and not is_running(decision)


def known_of(customer: Customer, prediction: CustomerPrediction, products: Sequence[Recommendation]) -> Known:
    """Everything that the proposals for one customer need, in two statements beside what is given."""
    table = CostTable()
    costs = table.of_customer(customer) if table.rows else Costs()
    score = getattr(customer, "score", None)
    lost = prediction.churn_status == ChurnStatus.LOST or getattr(score, "lifecycle", "") == LOST
    return Known(prediction, costs, products, channel_of(customer), timezone.localdate(), lost)


def channel_of(customer: Customer) -> str:
    """How the customer was reached most often lately; else what there is an address for."""
    lately = Interaction.objects.filter(customer=customer, kind__in=CHANNELS).order_by("-at")[:CONTACTS]
    kinds = Interaction.objects.filter(pk__in=lately.values("pk")).order_by().values("kind")
    most = kinds.annotate(times=Count("pk")).order_by("-times", "kind").first()
    if most is not None:
        return str(most["kind"])
    if customer.phone:
        return InteractionKind.CALL
    return InteractionKind.EMAIL if customer.email else ""
