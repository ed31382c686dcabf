"""Who was in which tier, stage or segment on two days, with what these customers bring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _

from zhike.crm.insight import days, labels, links
from zhike.crm.insight.snapshot_queries import Snapshot, first_day
from zhike.crm.portfolio.filters import MAX_VALUES
from zhike.crm.segments.models import Membership
from zhike.crm.watching import assigned, source, spans
from zhike.crm.watching import codes as codes_of
from zhike.crm.watching.codes import MOVING, NOWHERE
from zhike.crm.watching.groups import Group
from zhike.crm.watching.models import ModelSpan
from zhike.platform import charts

#: In no tier, stage or segment on the day.
NOBODY = ""
IN = "in"

_FLOWS = """
WITH spans_of AS ({{spans}})
SELECT COALESCE(a.ref, '') AS source, COALESCE(b.ref, '') AS target, COUNT(*) AS customers,
  CAST(SUM(c.revenue_365) AS BIGINT) AS revenue
FROM customers c
LEFT JOIN spans_of a
  ON a.customer_id = c.customer_id AND a.start <= $from AND (a.finish IS NULL OR a.finish > $from)
LEFT JOIN spans_of b
  ON b.customer_id = c.customer_id AND b.start <= $to AND (b.finish IS NULL OR b.finish > $to)
WHERE {scope} AND (a.ref IS NOT NULL OR b.ref IS NOT NULL) GROUP BY ALL ORDER BY ALL
"""
_TIERS = "SELECT CAST(tier AS VARCHAR) AS ref, customer_id, start, finish FROM spans WHERE tier > 0"
_STAGES = (
    "SELECT lifecycle AS ref, customer_id, start, finish FROM stages "
    f"WHERE lifecycle IN ({', '.join(repr(code) for code in MOVING)})"
)
_SEGMENT = "SELECT 'in' AS ref, customer_id, start, finish FROM history"
_MODEL = f"SELECT CAST(ref % {codes_of.RANKS} AS VARCHAR) AS ref, customer_id, start, finish FROM history"


@dataclass(frozen=True)
class Flow:
    """Customers in ``source`` on the first day, in ``target`` on the second; revenue of their last year."""

    source: str
    target: str
    customers: int
    revenue: int


@dataclass(frozen=True)
class State:
    """A tier, stage, or being in a segment. ``place`` orders the good from the bad, None where none is."""

    code: str
    name: str
    color: str
    place: int | None
    url: str


@dataclass(frozen=True)
class Track:
    """What moves: its states from the best, its flows, and from which day it is known."""

    code: str
    states: tuple[State, ...]
    first: date | None
    group: Group | None = None
    model: int = 0


def tiers(base: Snapshot) -> Track:
    states = [
        State(str(rank), base.names[rank], charts.tier_color(rank), rank, links.customers(tier=rank))
        for rank in base.ranks
    ]
    return Track("tier", tuple(states), first_day(base))


def of_model(groups: Sequence[Group]) -> Track:
    """The tiers of a model beside the primary one, from the highest."""
    model = groups[0].ref // codes_of.RANKS
    states = [
        State(str(rank), group.name.removeprefix(group.of), group.color, rank, group.url)
        for group in groups
        if (rank := group.ref % codes_of.RANKS)
    ]
    first = ModelSpan.objects.filter(model=model).aggregate(day=Min("valid_from"))["day"]
    return Track("model", tuple(states), first, model=model)


def stages(base: Snapshot) -> Track:
    """The stages have no order of better and worse."""
    states = [
        State(code, labels.stage_name(code), charts.stage_color(code), None, links.customers(lifecycle=code))
        for code in MOVING
    ]
    return Track("stage", tuple(states), _first_stage(base))


def _first_stage(base: Snapshot) -> date | None:
    """Snapshots of earlier versions know no stages of the past."""
    if not base.reader.query("SELECT 1 FROM duckdb_tables() WHERE table_name = 'stages'"):
        return None
    return days.day_of(base.reader.query("SELECT MIN(start) FROM stages")[0][0])


def segment(group: Group) -> Track:
    entered = Membership.objects.filter(segment_id=group.ref).order_by("entered_at")
    first = entered.values_list("entered_at__date", flat=True).first()
    state = State(IN, group.name, group.color, 1, group.url)
    return Track("segment", (state,), first, group)


def flows(base: Snapshot, track: Track, start: date, end: date) -> list[Flow]:
    """Within the person's row scope; who is nowhere on both days is left out."""
    reach = source.source_of(base, [track.group] if track.group else [])
    noted = assigned.noted() if track.model else None
    question = ("flows", track.code, track.model, noted, start, end)
    return reach.kept(question, lambda: _flows(base, track, start, end))


def _flows(base: Snapshot, track: Track, start: date, end: date) -> list[Flow]:
    first, last = days.number(start), days.number(end)
    more: dict[str, Any] = {}
    text = _TIERS
    if track.code == "stage":
        if track.first is None:
            return []
        text = _STAGES
    elif track.model:
        more, text = {"history": assigned.past([track.model], (first, last))}, _MODEL
    elif track.group is not None:
        more, text = {"history": spans.memberships([track.group.ref], base.day, (first, last))}, _SEGMENT
    reach = source.Source(base, brought=more)
    query = _FLOWS.replace("{{spans}}", text)
    return [Flow(**row) for row in reach.rows(query, **{"from": first, "to": last})]


def url(track: Track, flows: Iterable[tuple[str, str]], start: date, end: date) -> str:
    """The customers of these flows, each from a state to a state; nothing for none, or too many."""
    segment = track.group.ref if track.group else 0
    codes = [
        str(
            codes_of.Flow(track.code, source_ or NOWHERE, target or NOWHERE, start, end, segment, track.model)
        )
        for source_, target in flows
    ]
    if not 0 < len(codes) <= MAX_VALUES:
        return ""
    return f"{reverse('customers:list')}?{urlencode([('flow', code) for code in codes])}"


def nobody(track: Track, *, before: bool) -> State:
    """Where customers are that have no state on a day."""
    name = _("Not a customer yet") if before else _("No tier")
    if track.code == "segment":
        name = _("Not in the segment")
    elif track.code == "stage" and not before:
        name = _("No stage")
    return State(NOBODY, name, charts.tier_color(0), 0, "")


def kind(track: Track, source_: str, target: str) -> str:
    """same, up or down, or nothing where there is no better and worse."""
    if source_ == target:
        return "same"
    place = {state.code: state.place for state in track.states} | {NOBODY: 0}
    before, after = place.get(source_), place.get(target)
    if before is None or after is None:
        return ""
    return "up" if after > before else "down"


def summed(found: Sequence[Flow]) -> tuple[int, int]:
    return sum(flow.customers for flow in found), sum(flow.revenue for flow in found)
