"""Reading what a tier is given, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, PositiveSmallIntegerField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from zhike.analytics.tiers.model import TierModel
from zhike.crm.insight import labels
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.strategy.models import Benefit, TierStrategy
from zhike.platform.templatetags import zhike_format as say

_STRATEGY, _BENEFIT = 0, 1


@dataclass(frozen=True)
class Given:
    """One benefit; ``yearly_cost`` is per customer, None where nobody entered it."""

    name: str
    yearly_cost: Decimal | None = None
    description: str = ""


@dataclass(frozen=True)
class Strategy:
    """What customers of one rank are given; empty texts and None mean unknown or none."""

    tier: int
    service_level: str = ""
    response_hours: int | None = None
    discount_limit: Decimal | None = None
    note: str = ""
    benefits: tuple[Given, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return self == Strategy(self.tier)

    @property
    def yearly_cost(self) -> Decimal | None:
        """What the benefits of one customer cost a year; unknown as soon as one of them is."""
        costs = [one.yearly_cost for one in self.benefits]
        return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))

    @property
    def discount(self) -> str:
        """The authority in words: "5 %", "none" for zero, "" where nothing was decided."""
        if self.discount_limit is None:
            return ""
        return (
            say.percent(self.discount_limit / 100, _places(self.discount_limit))
            if self.discount_limit
            else _("none")
        )

    @property
    def answer(self) -> str:
        if self.response_hours is None:
            return ""
        return _("answer within %(hours)s hours") % {"hours": say.number(self.response_hours)}

    @property
    def short(self) -> str:
        """What somebody at work has to know, in a line."""
        return " · ".join(filter(None, (self.service_level, self.answer, self.note)))

    @property
    def hint(self) -> str:
        """Everything in a line, for a tooltip."""
        authority = (
            _("discount without asking: %(limit)s") % {"limit": self.discount} if self.discount else ""
        )
        names = _(", ").join(one.name for one in self.benefits)
        return " · ".join(filter(None, (self.service_level, self.answer, authority, names, self.note)))


def _places(value: Decimal) -> int:
    return 0 if value == value.to_integral_value() else 1


def everything(model: TierModel | None = None) -> dict[int, Strategy]:
    """All strategies by rank: of the tiers in force, or of those of a model that may come."""
    kept = by_code()
    codes = labels.tier_codes(model).items() if kept else ()
    return {rank: replace(kept[code], tier=rank) for rank, code in codes if code in kept}


def by_code() -> dict[str, Strategy]:
    """All strategies by the code of their tier, in one statement; tiers nobody decided on are missing."""
    found: dict[str, Strategy] = {}
    for code, kind, text, more, amount, note, _place in _rows():
        known = found.get(code, Strategy(0))
        if kind == _BENEFIT:
            known = replace(known, benefits=(*known.benefits, Given(text, amount, note)))
        else:
            known = replace(known, service_level=text, response_hours=more, discount_limit=amount, note=note)
        found[code] = known
    return {code: one for code, one in found.items() if not one.is_empty}


def _rows() -> Iterable[tuple[Any, ...]]:
    """Strategies first, then benefits in their order; both in the same seven columns."""
    amount = DecimalField(max_digits=18, decimal_places=4)
    strategies = TierStrategy.objects.order_by().values_list(
        "code",
        Value(_STRATEGY),
        "service_level",
        "response_hours",
        Cast("discount_limit", amount),
        "note",
        Value(0),
    )
    benefits = Benefit.objects.order_by().values_list(
        "code",
        Value(_BENEFIT),
        "name",
        Cast(Value(None), PositiveSmallIntegerField()),
        Cast("yearly_cost", amount),
        "description",
        "position",
    )
    return sorted(strategies.union(benefits, all=True), key=lambda row: (row[1], row[6]))


def of_tier(rank: int) -> Strategy | None:
    """The strategy of one rank; None where nobody decided anything."""
    return everything().get(rank)


def benefit_cost(counts_by_code: Mapping[str, int]) -> Decimal | None:
    """What the benefits cost a year for so many customers of each tier; None where a cost is missing."""
    known, total = by_code(), Decimal(0)
    for code, count in counts_by_code.items():
        cost = known.get(code, Strategy(0)).yearly_cost
        if count and cost is None:
            return None
        total += count * (cost or 0)
    return total


_COUNTS = """
SELECT c.tier, COUNT(*) AS customers FROM customers c
WHERE {scope} AND c.profiled AND c.frequency > 0 AND c.tier > 0 GROUP BY c.tier
"""


def counts(base: Snapshot | None) -> dict[str, int]:
    """Customers by the code of their tier, as far as the person sees them; nobody while nothing is published.

    While a new version comes into force the snapshot still has the ranks of the one before.
    """
    if base is None or base.version is None:
        return {}
    codes = labels.tier_codes(base.calibration.model)
    return {codes[row["tier"]]: row["customers"] for row in base.rows(_COUNTS) if row["tier"] in codes}
