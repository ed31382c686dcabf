"""A simulation as its page shows it: side by side with costs, as flows, and crossed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from zhike.crm.strategy import queries as strategy
from zhike.crm.studio import simulation
from zhike.crm.studio.models import Draft
from zhike.crm.studio.queries import SideTotal, SimFlow, Simulation
from zhike.platform import charts, shades
from zhike.platform.charts import Chart, Flow, Node


@dataclass(frozen=True)
class Row:
    """One tier, now and with the draft. Costs are the benefits a year, None where unknown."""

    rank: int
    name: str
    color: str
    before: SideTotal | None
    after: SideTotal | None
    cost_before: Decimal | None = None
    cost_after: Decimal | None = None

    @property
    def change(self) -> int:
        counts = [side.customers if side else 0 for side in (self.before, self.after)]
        return counts[1] - counts[0]

    @property
    def margin_before(self) -> Decimal | None:
        return _margin(self.before)

    @property
    def margin_after(self) -> Decimal | None:
        return _margin(self.after)


def _margin(side: SideTotal | None) -> Decimal | None:
    """Unknown when nobody's costs are known."""
    if side is None or side.margin_unknown >= side.customers > 0:
        return None
    return side.margin


@dataclass(frozen=True)
class Cell:
    customers: int
    revenue: Decimal
    url: str
    stays: bool


@dataclass(frozen=True)
class Line:
    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class Outcome:
    """``flows`` is None and ``matrix`` empty for a model never evaluated: nobody has a tier in it."""

    found: Simulation
    rows: list[Row]
    has_costs: bool
    flows: Chart | None
    columns: list[str]
    matrix: list[Line]

    @property
    def cost_change(self) -> Decimal | None:
        before, after = self.found.cost_before, self.found.cost_after
        return None if before is None or after is None else after - before


def outcome(draft: Draft, found: Simulation) -> Outcome:
    before = {side.rank: side for side in found.before}
    after = {side.rank: side for side in found.after}
    given = strategy.by_code() if simulation.will_be_primary(draft) else {}
    has_costs = any(one.benefits for one in given.values())
    nobody = not any(before)
    return Outcome(
        found,
        [_row(draft, *pair, costs=has_costs) for pair in _pairs(found)],
        has_costs,
        None if nobody else _flows(draft, found, before, after),
        [side.name for side in found.after],
        [] if nobody else _matrix(found),
    )


def _pairs(found: Simulation) -> list[tuple[SideTotal | None, SideTotal | None]]:
    """Each tier before and after, whatever its ranks: the highest first, those that go last."""
    before = {side.code: side for side in found.before if side.rank}
    after = {side.code: side for side in found.after if side.rank}
    return [
        (before.get(code), after.get(code))
        for code in (*after, *(gone for gone in before if gone not in after))
    ]


def _row(draft: Draft, before: SideTotal | None, after: SideTotal | None, *, costs: bool) -> Row:
    side = after or before
    rank = side.rank if side else 0
    return Row(
        rank,
        side.name if side else "",
        color(draft, rank) if after else charts.tier_color(rank),
        before,
        after,
        _cost(before) if costs else None,
        _cost(after) if costs else None,
    )


def _cost(side: SideTotal | None) -> Decimal | None:
    return strategy.benefit_cost({side.code: side.customers}) if side else None


def color(draft: Draft, rank: int) -> str:
    """The color that the draft gives a rank."""
    tiers = draft.definition["tiers"]["tiers"]
    name = tiers[rank - 1]["color"] if 1 <= rank <= len(tiers) else shades.NONE
    return shades.fill(shades.number(name, rank))


def _flows(
    draft: Draft,
    found: Simulation,
    before: dict[int, SideTotal],
    after: dict[int, SideTotal],
) -> Chart:
    left = sorted({flow.before for flow in found.flows}, reverse=True)
    right = sorted({flow.after for flow in found.flows}, reverse=True)
    return charts.sankey(
        title=_("How the tiers cross") if found.is_new else _("Who would move"),
        left=[Node(str(rank), before[rank].name, charts.tier_color(rank)) for rank in left],
        right=[Node(str(rank), after[rank].name, color(draft, rank)) for rank in right],
        flows=[
            Flow(str(f.before), str(f.after), f.customers, url=address(f.before, f.after))
            for f in found.flows
        ],
        left_title=_("In the primary model") if found.is_new else _("Now"),
        right_title=_("With the draft"),
    )


def address(before: int, after: int) -> str:
    """The customers of one flow, on the same page."""
    return f"?before={before}&after={after}#movers"


def _matrix(found: Simulation) -> list[Line]:
    flows = {(flow.before, flow.after): flow for flow in found.flows}
    lines = []
    for a in found.before:
        cells = []
        for b in found.after:
            flow = flows.get((a.rank, b.rank), SimFlow(a.rank, b.rank, 0, Decimal(0)))
            cells.append(Cell(flow.customers, flow.revenue, address(a.rank, b.rank), a.code == b.code))
        lines.append(Line(a.name, cells))
    return lines
