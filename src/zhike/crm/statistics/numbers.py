"""Measures made of what is known of each customer: means, medians, sums, and how many different values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from zhike.crm.statistics.bands import BANDS, Bands
from zhike.crm.statistics.dimensions import FIXED
from zhike.crm.statistics.measures import (
    DISTINCT,
    MEANS,
    MEDIANS,
    Measure,
    Part,
    Sums,
    Value,
    of_buyers,
)
from zhike.platform.money import from_units

#: Of these the usual measures say more: a rate of sums is no mean of rates.
SAID_ALREADY = ("net_revenue", "margin_rate", "return_rate", "trend")
#: Attributes whose different values are counted.
COUNTED = {
    **{code: f"NULLIF(c.{code}, '')" for code in ("region", "city", "industry", "country", "source")},
    **{code: f"c.{code}_id" for code in ("owner", "team")},
}
KINDS = {"money": "money_whole", "share": "percent", "days": "days", "count": "plain", "number": "plain"}
UNITS = {"money_whole": "money", "percent": "percent", "days": "days", "plain": "number"}
MEAN, MEDIAN, TOTAL = _("%(what)s (mean)"), _("%(what)s (median)"), _("%(what)s (total)")
DIFFERENT, YES = _("%(what)s (different ones)"), _("%(what)s (share of yes)")


def _words(pattern: Any, what: Any) -> str:
    return str(pattern) % {"what": what}


said = lazy(_words, str)


def from_numbers() -> dict[str, Measure]:
    """The measures that every company has."""
    numbers = [one for one in BANDS.values() if one.name not in SAID_ALREADY]
    found = [
        *(mean(one, MEANS) for one in numbers),
        *(median(one, MEDIANS) for one in numbers),
        *(_different(code, sql) for code, sql in COUNTED.items()),
    ]
    return {one.code: one for one in found}


def mean(one: Bands, group: str, needs: str = "") -> Measure:
    total, count = _sum(one, needs), of_buyers(f"count_{one.name}", f"COUNT({one.number})", needs=needs)
    return _of(one, "mean", MEAN, group, _quotient(one, total.name, count.name), (total, count))


def median(one: Bands, group: str, needs: str = "") -> Measure:
    part = of_buyers(f"median_{one.name}", f"MEDIAN({one.number})", needs=needs, adds=False)
    return _of(one, "median", MEDIAN, group, _plain(one, part.name), (part,))


def total(one: Bands, group: str, needs: str = "") -> Measure:
    part = _sum(one, needs)
    return _of(one, "sum", TOTAL, group, _plain(one, part.name), (part,), additive=True)


def share_of_yes(name: str, label: str, column: str, group: str) -> Measure:
    """Of those of whom it is known."""
    yes = of_buyers(f"yes_{name}", f"COUNT_IF({column})", needs="people")
    count = of_buyers(f"count_{name}", f"COUNT({column})", needs="people")

    def value(sums: Sums, _total: Sums) -> Value:
        return sums[yes.name] / sums[count.name] if sums[count.name] else None

    return Measure(f"{name}_yes", said(YES, label), group, "percent", "percent", value, (yes, count))


def _sum(one: Bands, needs: str) -> Part:
    return of_buyers(f"sum_{one.name}", f"SUM({one.number})", needs=needs)


def _of(
    one: Bands,
    suffix: str,
    pattern: Promise,
    group: str,
    value: Callable[[Sums, Sums], Value],
    parts: tuple[Part, ...],
    additive: bool = False,
) -> Measure:
    kind = KINDS[one.kind]
    label = said(pattern, one.label)
    return Measure(
        f"{one.name}_{suffix}",
        label,
        group,
        kind,
        UNITS[kind],
        value,
        parts,
        additive=additive,
        private=one.private,
    )


def _plain(one: Bands, part: str) -> Callable[[Sums, Sums], Value]:
    return lambda sums, _total: _said(one, sums[part])


def _quotient(one: Bands, part: str, whole: str) -> Callable[[Sums, Sums], Value]:
    return lambda sums, _total: (
        _said(one, sums[part] / sums[whole]) if sums[part] is not None and sums[whole] else None
    )


def _said(one: Bands, number: Any) -> Value:
    """In the unit that people read: money out of the engine's units, other numbers to a hundredth."""
    if number is None:
        return None
    if one.kind == "money":
        return from_units(round(number))
    return float(number) if one.kind == "share" else round(float(number), 2)


def _different(code: str, sql: str) -> Measure:
    part = of_buyers(f"different_{code}", f"COUNT(DISTINCT {sql})", adds=False)

    def value(sums: Sums, _total: Sums) -> Value:
        return sums[part.name]

    label = said(DIFFERENT, FIXED[code].label)
    return Measure(f"{code}_different", label, DISTINCT, "number", "number", value, (part,))
