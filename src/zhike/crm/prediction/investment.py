"""How much each tier may cost: what its customers are worth, what is entered, and what could be lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F, FloatField, Q, Sum
from django.db.models.functions import Cast, Coalesce

from zhike.crm.insight import labels
from zhike.crm.prediction.costs import Costs, CostTable
from zhike.crm.prediction.lists import LOST
from zhike.crm.prediction.models import CustomerPrediction
from zhike.crm.prediction.speaking import basis

TIER = "customer__score__tier"


@dataclass(frozen=True)
class TierRow:
    """One tier as far as one sees its customers. Money per customer, except ``at_risk``."""

    tier: int | None
    name: str
    customers: int
    valued: int
    average: float | None
    at_risk: float | None
    leaving: float | None
    kept: float | None
    costs: Costs
    by_margin: bool

    @property
    def acquisition(self) -> float | None:
        """The most that winning such a customer may cost: the value less what a year of service costs."""
        if not self.by_margin or self.average is None or self.costs.service is None:
            return None
        return max(self.average - self.costs.service, 0.0)

    @property
    def retention(self) -> float | None:
        """The largest offer that pays on average."""
        return self.costs.affordable(self.leaving, self.kept) if self.by_margin else None

    @property
    def overspent(self) -> bool:
        """More is spent on winning a customer than one may cost."""
        spent, most = self.costs.acquisition, self.acquisition
        return spent is not None and most is not None and spent > most


def investment(user: Any) -> list[TierRow]:
    """A row per tier from the highest, and one for all (``tier`` None)."""
    table, names, by_margin = CostTable(), labels.tier_names(), basis() == "margin"
    rows = CustomerPrediction.objects.visible_to(user).order_by()
    grouped = rows.values(tier=Coalesce(F(TIER), 0)).annotate(**_figures())
    found: dict[int, dict[str, Any]] = {row["tier"]: dict(row) for row in grouped}
    tiers = [
        _row(rank, names[rank], found.get(rank, {}), table.of(rank), by_margin)
        for rank in sorted(names, reverse=True)
        if rank or found.get(0)
    ]
    return [*tiers, _row(None, "", rows.aggregate(**_figures()), table.of(None), by_margin)]


def _figures() -> dict[str, Any]:
    # What is gone is not at risk, and no offer goes to it.
    there = ~Q(customer__score__lifecycle=LOST) | Q(customer__score__isnull=True)
    return {
        "customers": Count("pk"),
        "valued": Count("clv"),
        "average": Avg(Cast("clv", FloatField())),
        "at_risk": Sum("value_at_risk", filter=there),
        "leaving": Avg("churn_probability", filter=there),
        "kept": Avg(Cast("value_kept", FloatField()), filter=there & Q(churn_probability__isnull=False)),
    }


def _row(rank: int | None, name: str, found: dict[str, Any], costs: Costs, by_margin: bool) -> TierRow:
    figures = {key: None if found.get(key) is None else float(found[key]) for key in _figures()}
    counts = {key: int(figures.pop(key) or 0) for key in ("customers", "valued")}
    return TierRow(tier=rank, name=name, costs=costs, by_margin=by_margin, **counts, **figures)  # type: ignore[arg-type]
