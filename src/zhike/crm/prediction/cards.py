"""What the customer page says of the future: value, risk, the next order, products, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import cached_property

from zhike.crm.customers import access
from zhike.crm.customers.models import Customer
from zhike.crm.prediction import actions, decisions, needs, phrases, queries
from zhike.crm.prediction.choices import ChurnStatus, Kind, RecommendationKind, RhythmStatus
from zhike.crm.prediction.models import CustomerPrediction, Recommendation
from zhike.crm.prediction.speaking import Speaker, speakers
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request

PRODUCTS = 5
#: Colours of a probability of leaving.
HIGH, RAISED = 0.6, 0.3
RHYTHM_COLORS = {"not_due": "green", "due": "yellow", "overdue": "red"}


@dataclass(frozen=True)
class Outlook:
    """A customer's prediction as a person reads it."""

    row: CustomerPrediction
    speakers: dict[str, Speaker]

    def _speaker(self, kind: str) -> Speaker | None:
        return self.speakers.get(kind)

    @property
    def silent(self) -> list[Speaker]:
        """The models that say nothing for want of data."""
        return [one for one in self.speakers.values() if one.by_rule]

    @property
    def value_silent(self) -> Speaker | None:
        found = self._speaker(Kind.VALUE)
        return found if found is not None and found.by_rule else None

    @property
    def rhythm_silent(self) -> Speaker | None:
        found = self._speaker(Kind.RHYTHM)
        return found if found is not None and found.by_rule else None

    @property
    def churn_by_rule(self) -> bool:
        found = self._speaker(Kind.CHURN)
        return found is not None and found.by_rule

    @property
    def by_margin(self) -> bool:
        return bool(self.row.versions.get("basis") == "margin")

    @property
    def per_order(self) -> float | None:
        """What an expected order brings, as far as the two figures say it."""
        row = self.row
        return float(row.clv) / row.expected_orders if row.clv is not None and row.expected_orders else None

    @property
    def horizon(self) -> int | None:
        """Days without a purchase after which the churn model calls a customer gone."""
        found = self._speaker(Kind.CHURN)
        return found.horizon if found is not None else None

    @property
    def stays(self) -> float | None:
        """The probability of a purchase within the horizon; certainty there is none."""
        p = self.row.churn_probability
        return None if p is None else min(max(1 - p, 0.01), 0.99)

    @property
    def active(self) -> float | None:
        p = self.row.p_active
        return None if p is None else min(max(p, 0.01), 0.99)

    @property
    def churn_color(self) -> str:
        p = self.row.churn_probability or 0.0
        return "red" if p >= HIGH else "yellow" if p >= RAISED else "green"

    @property
    def churn_status(self) -> str:
        status = self.row.churn_status
        return str(ChurnStatus(status).label) if status in ChurnStatus.values else ""

    @cached_property
    def reasons(self) -> list[dict[str, Any]]:
        return phrases.reasons(self.row.churn_reasons[:3])

    @property
    def rhythm(self) -> str:
        status = self.row.rhythm_status
        return str(RhythmStatus(status).label) if status in RhythmStatus.values else ""

    @property
    def rhythm_color(self) -> str:
        return RHYTHM_COLORS.get(self.row.rhythm_status, "secondary")

    @property
    def rhythm_words(self) -> str:
        return actions.rhythm_words(self.row, timezone.localdate())


def outlook(request: Request, customer: Customer) -> dict[str, Any] | None:
    """Value, risk and next order; none for those who may not see analyses, or where nothing is known."""
    row = _prediction(request, customer)
    if row is None:
        return None
    if allowed(request.user, "orders.view"):
        needs.with_needs([row])
    return {"outlook": Outlook(row, speakers()), "row": row}


def products(request: Request, customer: Customer) -> dict[str, Any] | None:
    """What to offer: what is bought again and again, and what may be liked."""
    if not allowed(request.user, "insight.view") or not allowed(request.user, "orders.view"):
        return None
    if customer.no_profiling:
        return None
    rows = _products(customer)
    if not rows:
        return None
    return {
        "again": _of_kind(rows, RecommendationKind.REBUY),
        "fitting": _of_kind(rows, RecommendationKind.DISCOVER),
        "as_of": rows[0].as_of,
    }


def next_action(request: Request, customer: Customer) -> dict[str, Any] | None:
    """The next best action, or the decision that is being carried out."""
    row = _prediction(request, customer)
    if row is None:
        return None
    found = decisions.standing_of(customer, row, _products(customer))
    return {"standing": found, "may_decide": access.may_edit(request.user, customer), "as_of": row.as_of}


def _prediction(request: Request, customer: Customer) -> CustomerPrediction | None:
    """Read once for all cards of an answer."""
    if not allowed(request.user, "insight.view"):
        return None
    if "_prediction" not in customer.__dict__:
        customer.__dict__["_prediction"] = queries.prediction_of(customer)
    found: CustomerPrediction | None = customer.__dict__["_prediction"]
    return found


def _products(customer: Customer) -> list[Recommendation]:
    """Read once for all cards of an answer, with the evidence in words."""
    if "_products" not in customer.__dict__:
        customer.__dict__["_products"] = phrases.with_words(decisions.products_of(customer))
    found: list[Recommendation] = customer.__dict__["_products"]
    return found


def _of_kind(rows: list[Recommendation], kind: str) -> list[Recommendation]:
    return [row for row in rows if row.kind == kind][:PRODUCTS]
