"""Segments of the trade to begin with: each is offered where the catalogue has all that it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.analytics.problems import SettingsError
from zhike.analytics.segments import Catalogue, read
from zhike.crm.insight import labels
from zhike.crm.insight import queries as insight

Tree = dict[str, Any]
#: Points of the tier score below the next tier.
NEARLY = 5


@dataclass(frozen=True)
class Starter:
    """A template: ``make`` writes its definition for a catalogue."""

    code: str
    name: str | Promise
    purpose: str | Promise
    icon: str
    make: Callable[[Catalogue], Tree | None]


def _all(*children: Tree, limit: Tree | None = None) -> Tree:
    made: Tree = {"v": 1, "entity": "customer", "root": {"op": "and", "children": list(children)}}
    return {**made, "limit": limit} if limit else made


def _any(*children: Tree) -> Tree:
    made = _all(*children)
    made["root"]["op"] = "or"
    return made


def _both(*children: Tree) -> Tree:
    return {"op": "and", "children": list(children)}


def _attr(field: str, cmp: str, value: Any = None) -> Tree:
    leaf = {"t": "attr", "field": field, "cmp": cmp}
    return leaf if value is None else {**leaf, "value": value}


def _since(which: str, cmp: str, days: int, source: str = "order") -> Tree:
    return {"t": "recency", "source": source, "which": which, "cmp": cmp, "value": days, "unit": "day"}


def _best() -> int:
    """The lowest rank of the upper half of the tiers."""
    ranks = [rank for rank in labels.tier_names() if rank]
    return max(ranks) // 2 + 1 if ranks else 1


def _sleeping(_catalogue: Catalogue) -> Tree:
    return _all(_since("last", "gte", 180), _attr("frequency", "gte", 2))


def _valuable_at_risk(catalogue: Catalogue) -> Tree:
    churn = "churn.probability" in catalogue.fields
    leaving = _attr("churn.probability", "gte", 0.5) if churn else _attr("lifecycle", "in", ["at_risk"])
    return _all(_attr("tier", "gte", _best()), leaving)


def _birthday(catalogue: Catalogue) -> Tree:
    """Of the customer, and of the people at a company."""
    names = [name for name in ("birthday", "contact_birthday") if name in catalogue.occasions] or ["birthday"]
    leaves = [{"t": "anniversary", "field": name, "within_days": [0, 30]} for name in names]
    return _any(*leaves)


def _once(_catalogue: Catalogue) -> Tree:
    return _all(_attr("frequency", "eq", 1), _since("last", "gte", 30), _since("last", "lte", 180))


def _returns(_catalogue: Catalogue) -> Tree:
    window = {"last": 90, "unit": "day"}
    leaf = {"t": "agg", "source": "return", "fn": "sum", "of": "amount", "cmp": "gte", "value": "1000"}
    return _all({**leaf, "window": window})


def _new(_catalogue: Catalogue) -> Tree:
    return _all(_since("first", "lte", 30))


def _nearly(_catalogue: Catalogue) -> Tree | None:
    """Each tier whose next one is only a few points of the score away."""
    steps = [
        _both(_attr("tier", "eq", rank - 1), _attr("tier.score", "gte", round(cut - NEARLY, 2)))
        for rank, cut in enumerate(_cut_offs(), 1)
        if rank > 1 and cut is not None
    ]
    return _any(*steps) if steps else None


def _cut_offs() -> tuple[float | None, ...]:
    version = insight.current_version()
    return insight.calibration_of(version).tier_cuts if version else ()


def _not_contacted(_catalogue: Catalogue) -> Tree:
    window = {"last": 30, "unit": "day"}
    silent = {"t": "agg", "source": "contact", "fn": "count", "cmp": "eq", "value": 0, "window": window}
    return _all(_attr("tier", "gte", _best()), silent)


def _fallen(_catalogue: Catalogue) -> Tree | None:
    ranks = [rank for rank in labels.tier_names() if rank]
    if len(ranks) < 2:
        return None
    down = [
        {
            "t": "change",
            "of": {"model": "tier"},
            "from": [str(rank)],
            "to": [str(lower) for lower in ranks if lower < rank],
            "window": {"last": 30, "unit": "day"},
        }
        for rank in ranks
        if rank > min(ranks)
    ]
    return _any(*down)


def _won_back(_catalogue: Catalogue) -> Tree:
    important = _attr("rfm.segment", "in", ["important_keep", "important_win_back"])
    return _all(_attr("lifecycle", "in", ["at_risk", "lost"]), important)


def _biggest(_catalogue: Catalogue) -> Tree:
    return _all(limit={"n": 100, "order": "-net_revenue"})


STARTERS: tuple[Starter, ...] = (
    Starter(
        "sleeping",
        _("Sleeping customers"),
        _("Bought at least twice, nothing for half a year: wake them with an offer."),
        icon="zzz",
        make=_sleeping,
    ),
    Starter(
        "valuable_at_risk",
        _("Valuable and leaving"),
        _("High tiers that will probably not come back by themselves: call them."),
        icon="heart-broken",
        make=_valuable_at_risk,
    ),
    Starter(
        "birthday",
        _("Birthday within a month"),
        _("Solar and lunar birthdays of the next 30 days: congratulate."),
        icon="cake",
        make=_birthday,
    ),
    Starter(
        "once",
        _("Bought once, not again"),
        _("One order, one to six months ago: win the second."),
        icon="repeat-once",
        make=_once,
    ),
    Starter(
        "new",
        _("New customers"),
        _("First purchase within the last 30 days: welcome and accompany them."),
        icon="plant",
        make=_new,
    ),
    Starter(
        "nearly",
        _("Nearly in the next tier"),
        _("Few points of the tier score are missing: show them the way."),
        icon="stairs-up",
        make=_nearly,
    ),
    Starter(
        "not_contacted",
        _("Valuable, not contacted"),
        _("High tiers that nobody has spoken to for 30 days."),
        icon="phone-off",
        make=_not_contacted,
    ),
    Starter(
        "fallen",
        _("Fallen in the last 30 days"),
        _("Customers whose tier has fallen: find out why."),
        icon="trending-down",
        make=_fallen,
    ),
    Starter(
        "returns",
        _("Large returns"),
        _("Much returned within 90 days: ask what went wrong."),
        icon="receipt-refund",
        make=_returns,
    ),
    Starter(
        "win_back",
        _("Worth winning back"),
        _("Once important, now at risk or lost."),
        icon="arrow-back-up",
        make=_won_back,
    ),
    Starter(
        "biggest",
        _("The 100 biggest"),
        _("The first hundred by net revenue: look after them in person."),
        icon="crown",
        make=_biggest,
    ),
)


def offered(catalogue: Catalogue) -> Iterator[tuple[Starter, Tree]]:
    """The templates whose data exist, with their definitions."""
    for starter in STARTERS:
        made = starter.make(catalogue)
        if made is not None and _is_valid(made, catalogue):
            yield starter, made


def definition(code: str, catalogue: Catalogue) -> Tree | None:
    return next((made for starter, made in offered(catalogue) if starter.code == code), None)


def _is_valid(made: Tree, catalogue: Catalogue) -> bool:
    try:
        read(made, catalogue)
    except SettingsError:
        return False
    return True
