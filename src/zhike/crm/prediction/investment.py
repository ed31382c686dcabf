"""How much a tier or a segment may cost: what its customers are worth, what is entered and at risk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F, FloatField, Q, Sum, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from zhike.crm.insight import labels
from zhike.crm.prediction.costs import Costs, CostTable
from zhike.crm.prediction.lists import LOST
from zhike.crm.prediction.models import CustomerPrediction
from zhike.crm.prediction.speaking import basis

TIER, SEGMENT = "customer__score__tier", "customer__score__rfm_segment"


@dataclass(frozen=True)
class Group:
    """Customers of one tier, of one RFM segment, or all, as far as one sees them.

    Money per customer, except ``at_risk``. ``query`` shows them in the customer list; empty: there is no
    such filter.
    """

    name: str
    query: str
    tier: int | None
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


def by_tier(user: Any) -> list[Group]:
    """A row per tier from the highest, and one for all."""
    names = labels.tier_names()
    found = _grouped(user, Coalesce(F(TIER), 0))
    ranks = [rank for rank in sorted(names, reverse=True) if rank or found.get(0)]
    table, by_margin = CostTable(), basis() == "margin"
    groups = [
        _group(
            found.get(rank, {}), table.of(rank), by_margin, name=names[rank], query=f"tier={rank}", tier=rank
        )
        for rank in ranks
    ]
    return [*groups, _everybody(user, table, by_margin)]


def by_segment(user: Any) -> list[Group]:
    """A row per RFM segment that has customers, and one for all."""
    found = _grouped(user, Coalesce(F(SEGMENT), Value("")))
    table, by_margin = CostTable(), basis() == "margin"
    groups = [
        _group(found[code], table.of(None, code), by_margin, name=name, query=code and f"rfm_segment={code}")
        for code, name in _segments()
        if code in found
    ]
    return [*groups, _everybody(user, table, by_margin)]


def _segments() -> Iterable[tuple[str, str]]:
    yield from ((code, labels.rfm_name(code)) for code in labels.RFM_SEGMENTS)
    yield "", _("In no segment")


def _grouped(user: Any, key: Any) -> dict[Any, dict[str, Any]]:
    rows = CustomerPrediction.objects.visible_to(user).order_by().values(key=key).annotate(**_figures())
    return {row["key"]: dict(row) for row in rows}


def _everybody(user: Any, table: CostTable, by_margin: bool) -> Group:
    found = CustomerPrediction.objects.visible_to(user).order_by().aggregate(**_figures())
    return _group(found, table.of(None), by_margin, name=_("All customers"), query="")


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


def _group(
    found: dict[str, Any], costs: Costs, by_margin: bool, *, name: str, query: str, tier: int | None = None
) -> Group:
    def amount(key: str) -> float | None:
        return None if found.get(key) is None else float(found[key])

    return Group(
        name=name,
        query=query,
        tier=tier,
        customers=int(found.get("customers") or 0),
        valued=int(found.get("valued") or 0),
        average=amount("average"),
        at_risk=amount("at_risk"),
        leaving=amount("leaving"),
        kept=amount("kept"),
        costs=costs,
        by_margin=by_margin,
    )
