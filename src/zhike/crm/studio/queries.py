"""Reading the tier studio: models with their versions, what a draft would do, and tiers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.urls import reverse

from zhike.analytics.engine.snapshot import NoSnapshotError
from zhike.analytics.tiers.model import TierModel as Definition
from zhike.analytics.words import Words
from zhike.crm.customers.models import Customer
from zhike.crm.insight import labels, queries, versions
from zhike.crm.insight.models import Activation, CustomerScore, TierAssignment, TierModel, Version
from zhike.crm.strategy.queries import benefit_cost
from zhike.crm.studio import naming, secondary, simulation
from zhike.crm.studio.models import Draft
from zhike.platform import money, shades
from zhike.platform.permissions import allowed


@dataclass(frozen=True)
class ModelState:
    """A tier model with what is known about it now; ``customers`` have a tier in it."""

    model: TierModel
    version: Version | None
    customers: int
    review_on: date | None
    open_drafts: int

    @property
    def definition(self) -> Definition:
        return versions.settings_of(self.model).tiers


def name_of(model: TierModel) -> str:
    return naming.said(model.name)


def in_use() -> list[TierModel]:
    """The primary model and those beside it."""
    return [versions.ensure_default_model(), *secondary.beside()]


def models() -> list[ModelState]:
    """All models in use with what is known about them."""
    return [state_of(model) for model in in_use()]


def state_of(model: TierModel) -> ModelState:
    review = getattr(model, "review", None)
    open_drafts = sum(draft.is_open for draft in model.drafts.only("state"))
    return ModelState(
        model, versions.current_of(model), _customers(model), review.due_on if review else None, open_drafts
    )


def _customers(model: TierModel) -> int:
    if model.is_primary:
        return CustomerScore.objects.filter(tier__gt=0).count()
    return TierAssignment.objects.filter(model=model).count()


def activations(model: TierModel) -> list[Activation]:
    """Which version came into force when, by whom and why; the newest first."""
    rows = Activation.objects.filter(version__model=model)
    return list(rows.select_related("version", "by", "approved_by").order_by("-pk"))


@dataclass(frozen=True)
class SideTotal:
    """One tier before or after; ``margin`` is that of the customers whose costs are known."""

    rank: int
    code: str
    name: str
    customers: int
    revenue: Decimal
    margin: Decimal
    margin_unknown: int


@dataclass(frozen=True)
class SimFlow:
    before: int
    after: int
    customers: int
    revenue: Decimal


@dataclass(frozen=True)
class Simulation:
    """What publishing would do. Tiers from the highest; rank 0 is no tier (a model not yet evaluated).

    ``before`` are the tiers whose place the draft would take; those of the primary model if it ``is_new``.
    ``pending``: whose tier is held by the grace period, and falls when it is over.
    ``cost_before`` and ``cost_after``: what the benefits cost a year, None where a cost is unknown.
    ``fit``: share of the spread that natural breaks explain, None for other cuts.
    """

    as_of: date
    is_new: bool
    customers: int
    moved: int
    up: int
    pending: int
    before: tuple[SideTotal, ...]
    after: tuple[SideTotal, ...]
    flows: tuple[SimFlow, ...]
    guards: tuple[str, ...]
    cuts: tuple[float | None, ...]
    fit: float | None
    cost_before: Decimal | None
    cost_after: Decimal | None
    is_fresh: bool

    @property
    def down(self) -> int:
        return self.moved - self.up

    @property
    def staying(self) -> frozenset[tuple[int, int]]:
        """Ranks before and after that are the same tier."""
        return frozenset((a.rank, b.rank) for a in self.before for b in self.after if a.code == b.code)

    def place(self, rank: int) -> int:
        """Where a tier of before stands among those of after; one that is gone keeps its rank."""
        return next((after for before, after in self.staying if before == rank), rank)


def simulated(draft: Draft) -> Simulation | None:
    """The draft's simulation, None while there is none. Benefits go with the tier, whatever its rank."""
    found = draft.simulation
    if not found:
        return None
    before, after = _sides(found["before"]), _sides(found["after"])
    primary = simulation.will_be_primary(draft)
    return Simulation(
        as_of=date.fromisoformat(found["as_of"]),
        is_new=found.get("is_new", False),
        customers=found["customers"],
        moved=found["moved"],
        up=found["up"],
        pending=found.get("pending", 0),
        before=before,
        after=after,
        flows=tuple(SimFlow(a, b, count, Decimal(revenue)) for a, b, count, revenue in found["flows"]),
        guards=tuple(labels.say(Words.from_dict(words)) for words in found["guards"]),
        cuts=tuple(found["cuts"]),
        fit=found["fit"],
        cost_before=_cost(before) if primary else None,
        cost_after=_cost(after) if primary else None,
        is_fresh=simulation.is_fresh(draft),
    )


def _sides(rows: Sequence[dict[str, Any]]) -> tuple[SideTotal, ...]:
    return tuple(
        SideTotal(
            row["rank"],
            row["code"],
            labels.say(Words.from_dict(row["name"])) or labels.tier_names().get(row["rank"], ""),
            row["customers"],
            Decimal(row["revenue"]),
            Decimal(row["margin"]),
            row["margin_unknown"],
        )
        for row in rows
    )


def _cost(rows: Sequence[SideTotal]) -> Decimal | None:
    return benefit_cost({row.code: row.customers for row in rows if row.rank})


@dataclass(frozen=True)
class Moved:
    customer: Customer
    before: int
    after: int
    score_before: float | None
    score_after: float
    revenue: Decimal


@dataclass(frozen=True)
class MovedPage:
    """Customers that the person sees, the most valuable first; ``total`` counts them all."""

    total: int
    rows: tuple[Moved, ...]


_PAIR = 100
_MOVED = f"""
FROM moves m WHERE {{scope}} AND ($before IS NULL OR m.before = $before)
AND ($after IS NULL OR m.after = $after)
AND ($stay OR NOT list_contains(CAST($same AS INTEGER[]), m.before * {_PAIR} + m.after))
"""


def moved(
    user: Any,
    draft: Draft,
    *,
    before: int | None = None,
    after: int | None = None,
    count: int = 50,
    offset: int = 0,
) -> MovedPage:
    """Who goes from one rank to another; without ranks everybody whose tier changes."""
    scope, values = queries.snapshot_scope(user, "m")
    values |= {"before": before, "after": after, "stay": before is not None and after is not None}
    found = simulated(draft)
    values["same"] = [a * _PAIR + b for a, b in found.staying] if found else []
    text = _MOVED.format(scope=scope)
    reader = simulation.reader(draft.pk)
    try:
        ((total,),) = reader.query(f"SELECT COUNT(*) {text}", values)
        rows = reader.dicts(
            f"SELECT m.* {text} ORDER BY m.net_revenue DESC, m.customer_id LIMIT $count OFFSET $offset",
            {**values, "count": count, "offset": offset},
        )
    except NoSnapshotError:
        return MovedPage(0, ())
    known = Customer.objects.visible_to(user).in_bulk([row["customer_id"] for row in rows])
    people = (_moved(known[row["customer_id"]], row) for row in rows if row["customer_id"] in known)
    return MovedPage(int(total), tuple(people))


def _moved(customer: Customer, row: dict[str, Any]) -> Moved:
    revenue = money.from_units(row["net_revenue"]) or Decimal(0)
    return Moved(customer, row["before"], row["after"], row["score_before"], row["score_after"], revenue)


@dataclass(frozen=True)
class Assigned:
    """A customer's tier in a model beside the primary one."""

    model: TierModel
    tier: int
    name: str
    shade: int
    score: float | None
    as_of: date


def assignments_of(customer: Customer) -> list[Assigned]:
    rows = TierAssignment.objects.filter(customer=customer, model__retired_at__isnull=True)
    return [_assigned(row) for row in rows.select_related("model", "version").order_by("model_id")]


def _assigned(row: TierAssignment) -> Assigned:
    tier = versions.calibration_of(row.version).model.tier(row.tier)
    name, color = (labels.say(tier.name), tier.color) if tier else (str(row.tier), "")
    return Assigned(row.model, row.tier, name, shades.number(color, row.tier), row.score, row.as_of)


def _names(version: Version | None) -> dict[int, str]:
    return labels.tier_names(versions.calibration_of(version).model if version else None)


@dataclass(frozen=True)
class Cell:
    customers: int
    revenue: Decimal


@dataclass(frozen=True)
class CrossTable:
    """Ranks of one model against those of another, within the person's row scope; highest first."""

    rows: tuple[tuple[int, str], ...]
    columns: tuple[tuple[int, str], ...]
    cells: dict[tuple[int, int], Cell]

    def cell(self, row: int, column: int) -> Cell:
        return self.cells.get((row, column), Cell(0, Decimal(0)))

    @property
    def customers(self) -> int:
        return sum(cell.customers for cell in self.cells.values())


def address(*wanted: tuple[TierModel, int]) -> str:
    """The customers who have these tiers in these models; "" where one stands for no tier."""
    if not all(rank for _model, rank in wanted):
        return ""
    pairs = [
        ("tier", rank) if model.is_primary else ("member", f"model:{model.pk}:{rank}")
        for model, rank in wanted
    ]
    return f"{reverse('customers:list')}?{urlencode(pairs)}"


def cross_table(user: Any, first: TierModel, second: TierModel) -> CrossTable:
    """Customers and their net revenue by tier in two models; who has a tier in one only stands under 0."""
    cells: dict[tuple[int, int], Cell] = {}
    if allowed(user, "insight.view"):
        visible = Customer.objects.visible_to(user).filter(score__tier__gt=0)
        paths = _path(first, "a"), _path(second, "b")
        for alias, (_name, condition) in zip(("a", "b"), paths, strict=True):
            if condition is not None:
                visible = visible.annotate(**{alias: condition})
        names = [name for name, _condition in paths]
        rows = visible.order_by().values_list(*names).annotate(n=Count("pk"), sum=Sum("score__net_revenue"))
        for one, other, count, total in rows:
            cells[(one or 0, other or 0)] = Cell(count, total or Decimal(0))
    return CrossTable(_ranks(first, cells, 0), _ranks(second, cells, 1), cells)


def _path(model: TierModel, alias: str) -> tuple[str, Any]:
    """How to reach a customer's tier in the model, and what is to be joined for it."""
    from django.db.models import FilteredRelation, Q

    if model.is_primary:
        return "score__tier", None
    return f"{alias}__tier", FilteredRelation("tier_assignments", condition=Q(tier_assignments__model=model))


def _ranks(model: TierModel, cells: dict[tuple[int, int], Cell], side: int) -> tuple[tuple[int, str], ...]:
    names = _names(versions.current_of(model))
    used = {pair[side] for pair in cells}
    ranks = {rank for rank in names if rank or 0 in used} | used
    return tuple((rank, names.get(rank, str(rank))) for rank in sorted(ranks, reverse=True))
