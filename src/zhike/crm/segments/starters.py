"""Segments of the trade to begin with: each is offered where the catalogue has all that it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.analytics.problems import SettingsError
from zhike.analytics.segments import Catalogue, read
from zhike.crm.insight import labels, ranks
from zhike.crm.insight import queries as insight

Tree = dict[str, Any]
#: Points of the tier score below the next tier.
NEARLY = 5


#: Trend of revenue when it has halved against the year before: (1 - 2) / (1 + 2).
LESS = -0.33


ANALYSIS = _("Orders and a finished analysis")


@dataclass(frozen=True)
class Starter:
    """A template: ``make`` writes its definition for a catalogue; without ``needs`` there is none."""

    code: str
    name: str | Promise
    purpose: str | Promise
    icon: str
    make: Callable[[Catalogue], Tree | None]
    needs: str | Promise = ANALYSIS


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


def _best() -> str:
    """The lowest of the upper half of the tiers."""
    codes = _codes()
    return codes[len(codes) // 2]


def _codes() -> list[str]:
    """The tiers from the lowest."""
    return [tier.code for tier in labels.tier_model().tiers]


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
        _both(_attr("tier", "eq", below), _attr("tier.score", "gte", round(cut - NEARLY, 2)))
        for below, cut in zip(_codes(), _cut_offs()[1:], strict=False)
        if cut is not None
    ]
    return _any(*steps) if steps else None


def _cut_offs() -> tuple[float | None, ...]:
    version = ranks.now().shown
    return insight.calibration_of(version).tier_cuts if version else ()


def _not_contacted(_catalogue: Catalogue) -> Tree:
    window = {"last": 30, "unit": "day"}
    silent = {"t": "agg", "source": "contact", "fn": "count", "cmp": "eq", "value": 0, "window": window}
    return _all(_attr("tier", "gte", _best()), silent)


def _fallen(_catalogue: Catalogue) -> Tree | None:
    return _moved(lambda before, after: after < before)


def _risen(_catalogue: Catalogue) -> Tree | None:
    return _moved(lambda before, after: after > before)


def _moved(fits: Callable[[int, int], bool]) -> Tree | None:
    """Every change of tier of the last 30 days that goes the right way."""
    codes = list(enumerate(_codes()))
    targets = {code: [other for place, other in codes if fits(here, place)] for here, code in codes}
    window = {"last": 30, "unit": "day"}
    leaves = [
        {"t": "change", "of": {"model": "tier"}, "from": [code], "to": others, "window": window}
        for code, others in targets.items()
        if others
    ]
    return _any(*leaves) if leaves else None


def _won_back(_catalogue: Catalogue) -> Tree:
    important = _attr("rfm.segment", "in", ["important_keep", "important_win_back"])
    return _all(_attr("lifecycle", "in", ["at_risk", "lost"]), important)


def _overdue(_catalogue: Catalogue) -> Tree:
    return _all(_attr("rhythm.status", "eq", "overdue"), _attr("frequency", "gte", 3))


def _declining(_catalogue: Catalogue) -> Tree:
    return _all(_attr("tier", "gte", _best()), _attr("trend", "lte", LESS), _since("last", "lte", 180))


def _one_category(_catalogue: Catalogue) -> Tree:
    return _all(_attr("frequency", "gte", 3), _attr("category_count", "lte", 2), _since("last", "lte", 180))


def _regulars(_catalogue: Catalogue) -> Tree:
    return _all(_attr("orders_90", "gte", 3), _attr("return_rate", "lte", 0.1))


def _anniversary(_catalogue: Catalogue) -> Tree:
    return _all({"t": "anniversary", "field": "first_order", "within_days": [0, 14]})


def _most_at_risk(_catalogue: Catalogue) -> Tree:
    return _all(_attr("churn.value_at_risk", "gt", "0"), limit={"n": 100, "order": "-churn.value_at_risk"})


def _prospects(_catalogue: Catalogue) -> Tree:
    return _all(_attr("frequency", "eq", 0), _any_way_to_reach())


def _any_way_to_reach() -> Tree:
    return {"op": "or", "children": [_attr("has_phone", "eq", True), _attr("has_email", "eq", True)]}


def _unreachable(_catalogue: Catalogue) -> Tree:
    return _all(_attr("tier", "gte", _best()), {"op": "not", "child": _any_way_to_reach()})


def _unowned(_catalogue: Catalogue) -> Tree:
    return _all(_attr("tier", "gte", _best()), _attr("owner", "unknown"))


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
        needs=_("Birthdays of customers or of the people at them"),
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
        needs=_("Contacts with customers"),
    ),
    Starter(
        "fallen",
        _("Fallen in the last 30 days"),
        _("Customers whose tier has fallen: find out why."),
        icon="trending-down",
        make=_fallen,
        needs=_("Tiers that have changed: from the second analysis on"),
    ),
    Starter(
        "risen",
        _("Risen in the last 30 days"),
        _("Customers who reached a higher tier: congratulate and introduce the benefits."),
        icon="trending-up",
        make=_risen,
        needs=_("Tiers that have changed: from the second analysis on"),
    ),
    Starter(
        "overdue",
        _("Overdue by their own rhythm"),
        _("Regular buyers whose next order should have come: ask before they are gone."),
        icon="clock-exclamation",
        make=_overdue,
        needs=_("Predictions: they follow the first analysis"),
    ),
    Starter(
        "declining",
        _("Valuable and buying less"),
        _("High tiers whose spending halved against the year before: find out what changed."),
        icon="chart-line",
        make=_declining,
    ),
    Starter(
        "one_category",
        _("Regulars of few categories"),
        _("Buy often, but only from one or two categories: show them what goes with it."),
        icon="category",
        make=_one_category,
        needs=_("Products with categories"),
    ),
    Starter(
        "regulars",
        _("Loyal regulars"),
        _("Three orders or more in 90 days and hardly a return: thank them, ask for referrals."),
        icon="heart-handshake",
        make=_regulars,
    ),
    Starter(
        "anniversary",
        _("First purchase anniversary"),
        _("Customers for whole years within the next two weeks: a reason to say thank you."),
        icon="confetti",
        make=_anniversary,
    ),
    Starter(
        "most_at_risk",
        _("The 100 with most at risk"),
        _("Where leaving would cost most: the list for personal calls."),
        icon="alert-triangle",
        make=_most_at_risk,
        needs=_("Predictions: they follow the first analysis"),
    ),
    Starter(
        "prospects",
        _("Reachable, no purchase yet"),
        _("Known by phone or e-mail and never bought: win the first order."),
        icon="user-plus",
        make=_prospects,
        needs=_("Phone numbers or e-mail addresses"),
    ),
    Starter(
        "unreachable",
        _("Valuable, cannot be reached"),
        _("High tiers without phone and e-mail: complete the data at the next contact."),
        icon="address-book-off",
        make=_unreachable,
        needs=_("Phone numbers or e-mail addresses"),
    ),
    Starter(
        "unowned",
        _("Valuable, nobody responsible"),
        _("High tiers without an owner: assign somebody."),
        icon="user-question",
        make=_unowned,
        needs=_("Customers with owners"),
    ),
    Starter(
        "returns",
        _("Large returns"),
        _("Much returned within 90 days: ask what went wrong."),
        icon="receipt-refund",
        make=_returns,
        needs=_("Returns"),
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


def missing(catalogue: Catalogue) -> list[Starter]:
    """The templates that wait for data."""
    there = {starter.code for starter, _made in offered(catalogue)}
    return [starter for starter in STARTERS if starter.code not in there]


def definition(code: str, catalogue: Catalogue) -> Tree | None:
    return next((made for starter, made in offered(catalogue) if starter.code == code), None)


def _is_valid(made: Tree, catalogue: Catalogue) -> bool:
    try:
        read(made, catalogue)
    except SettingsError:
        return False
    return True
