"""What the company said it spends, resolved for a customer, and what a retention offer would bring.

A figure is taken from the narrowest entry that has it: tier and segment, tier, segment, all customers. What
nobody entered is unknown, and whatever needs it is unknown too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import Case, F, FloatField, Value, When
from django.db.models.functions import Cast

from zhike.crm.prediction.models import CostAssumption, CustomerPrediction

#: Without a figure everybody who would have stayed takes the offer too: the worst case.
WORST_TAKE_RATE = 1.0


@dataclass(frozen=True)
class Costs:
    """Per customer, in the base currency; shares between 0 and 1; None: unknown."""

    acquisition: float | None = None
    retention: float | None = None
    service: float | None = None
    contact: float | None = None
    save_rate: float | None = None
    take_rate: float | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What has to be entered before the profit of an offer is known."""
        return tuple(name for name in ("retention", "contact", "save_rate") if getattr(self, name) is None)

    @property
    def line(self) -> tuple[float, float, float] | None:
        """(a, b, c) of the profit ``p · (a · value + b) + c`` of an offer; None where it is unknown."""
        if self.retention is None or self.contact is None or self.save_rate is None:
            return None
        taken = self.retention * (WORST_TAKE_RATE if self.take_rate is None else self.take_rate)
        return self.save_rate, taken - self.save_rate * self.retention, -taken - self.contact

    def profit(self, p: float | None, value: float | None) -> float | None:
        """Expected profit of a retention offer to a customer who leaves with ``p`` and is worth ``value``."""
        if self.line is None or p is None or value is None:
            return None
        a, b, c = self.line
        return p * (a * value + b) + c

    def break_even(self, value: float | None) -> float | None:
        """The probability of leaving above which the offer pays; None: unknown, or it never does."""
        if self.line is None or value is None:
            return None
        a, b, c = self.line
        gain = a * value + b
        edge = 0.0 if c >= 0 else (-c / gain if gain > 0 else 2.0)
        return edge if edge <= 1 else None

    def affordable(self, p: float | None, value: float | None) -> float | None:
        """The largest offer that still pays: ``(p·g·V - f) / (p·g + (1 - p)·ψ)``; 0 when none does."""
        if self.contact is None or self.save_rate is None or p is None or value is None:
            return None
        take = WORST_TAKE_RATE if self.take_rate is None else self.take_rate
        share = p * self.save_rate + (1 - p) * take
        return max((p * self.save_rate * value - self.contact) / share, 0.0) if share > 0 else None


NAMES = tuple(field.name for field in fields(Costs))
Place = tuple[int | None, str]


class CostTable:
    """All entries of the company, read once."""

    def __init__(self, rows: Iterable[CostAssumption] | None = None) -> None:
        found = CostAssumption.objects.all() if rows is None else rows
        self.rows: dict[Place, CostAssumption] = {(row.tier, row.segment): row for row in found}

    def of(self, tier: int | None, segment: str = "") -> Costs:
        """The figures for a customer of that tier and segment."""
        places: list[Place] = [(tier, segment), (tier, ""), (None, segment), (None, "")]
        entries = [self.rows[place] for place in places if place in self.rows]
        return Costs(**{name: _first(entries, name) for name in NAMES})

    def of_customer(self, customer: Any) -> Costs:
        score = getattr(customer, "score", None)
        return self.of(score.tier, score.rfm_segment) if score is not None else self.of(None)

    @property
    def knows_profit(self) -> bool:
        """True when the profit of an offer is known for some customers at least."""
        return any(self.of(*place).line is not None for place in self._places())

    def _places(self) -> list[Place]:
        """Every tier and segment that an entry names, the narrowest first."""
        tiers = {tier for tier, _segment in self.rows if tier is not None}
        segments = {segment for _tier, segment in self.rows if segment}
        return [
            *((tier, segment) for tier in sorted(tiers) for segment in sorted(segments)),
            *((tier, "") for tier in sorted(tiers)),
            *((None, segment) for segment in sorted(segments)),
            (None, ""),
        ]

    def profit(self) -> Case:
        """The expected profit of an offer as a column of :class:`CustomerPrediction`; null where unknown."""
        whens = [
            When(**_of_place(place), then=_profit(self.of(*place))) for place in self._places() if any(place)
        ]
        return Case(*whens, default=_profit(self.of(None)), output_field=FloatField())


def _of_place(place: Place) -> dict[str, Any]:
    tier, segment = place
    found: dict[str, Any] = {} if tier is None else {"customer__score__tier": tier}
    return found | ({"customer__score__rfm_segment": segment} if segment else {})


def _profit(costs: Costs) -> Any:
    if costs.line is None:
        # PostgreSQL wants to know of which type nothing is.
        return Cast(Value(None), FloatField())
    a, b, c = (Value(float(number), output_field=FloatField()) for number in costs.line)
    value = Cast(F("value_kept"), FloatField())
    return F("churn_probability") * (a * value + b) + c


def _first(entries: Iterable[CostAssumption], name: str) -> float | None:
    found = (getattr(entry, name) for entry in entries)
    return next((float(value) for value in found if value is not None), None)


def value_of(prediction: CustomerPrediction) -> float | None:
    """What the customer brings if kept; None where it is unknown or is revenue instead of margin."""
    if prediction.value_kept is None or prediction.versions.get("basis") != "margin":
        return None
    return float(prediction.value_kept)
