"""Two groups on every variable, with sizes of the difference that can be laid side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zhike.analytics.features import CATALOGUE
from zhike.analytics.watching import Effect, cliffs_delta, cohens_d, cramers_v, share_difference, strength
from zhike.analytics.watching.effects import THRESHOLDS
from zhike.crm.insight import grouping, labels
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.watching.groups import Group
from zhike.crm.watching.source import Source, source_of

#: A larger group is looked at in part; the part is drawn by the customer's number, so it is always the same.
LARGEST = 25_000
#: Fewer customers than these say little.
FEW = 30
FEATURES = (
    *("recency_days", "tenure_days", "frequency", "purchase_days", "net_revenue", "revenue_365"),
    *("orders_365", "average_order", "margin", "margin_rate", "return_rate", "mean_gap", "category_count"),
    "trend",
)
_PREDICTED = {
    "p_active": (gettext_lazy("Activity probability"), "share"),
    "churn_probability": (gettext_lazy("Churn probability"), "share"),
    "clv": (gettext_lazy("Customer lifetime value"), "money"),
    "value_at_risk": (gettext_lazy("Value at risk"), "money"),
}
_CODES = {"rfm_segment": gettext_lazy("RFM segment"), "abc_class": gettext_lazy("ABC class")}


@dataclass(frozen=True)
class Side:
    """What one group says on a number."""

    known: int
    mean: float | None
    median: float | None


@dataclass(frozen=True)
class Difference:
    """One variable. Of a number: both sides, Cliff's delta and Cohen's d; of a category: V and the value in
    which the groups differ most. ``rank`` is the size over what counts as medium, to order all of them."""

    code: str
    name: str
    unit: str
    size: float
    word: str
    rank: float
    first: Side | None = None
    second: Side | None = None
    d: Effect | None = None
    value: str = ""
    key: Any = None
    shares: tuple[float, float] = (0.0, 0.0)
    standardised: float | None = None
    filter: str = ""

    @property
    def is_number(self) -> bool:
        return self.first is not None


@dataclass(frozen=True)
class Comparison:
    """``sizes`` are of the whole groups, ``both`` those in the two of them; ``parts`` what was looked at."""

    sizes: tuple[int, int]
    both: int
    parts: tuple[int, int]
    differences: tuple[Difference, ...]

    @property
    def few(self) -> bool:
        return min(self.parts) < FEW


def compare(base: Snapshot, first: Group, second: Group | None) -> Comparison:
    """The first group against the second, or against everybody else with a purchase."""
    reach = source_of(base, [one for one in (first, second) if one])
    return reach.kept(("compare", get_language()), lambda: _compare(reach, first, second))


def _compare(reach: Source, first: Group, second: Group | None) -> Comparison:
    conditions = (
        first.condition,
        second.condition if second else f"(c.frequency > 0 AND NOT {first.condition})",
    )
    count = (
        f"SELECT COUNT(*) FILTER ({conditions[0]}) AS a, COUNT(*) FILTER ({conditions[1]}) AS b, "
        f"COUNT(*) FILTER ({conditions[0]} AND {conditions[1]}) AS both FROM customers c WHERE {{scope}}"
    )
    row = reach.rows(count)[0]
    sizes = (int(row["a"]), int(row["b"]))
    tables = [
        reach.arrow(_text(condition), parts=max(1, -(-size // LARGEST)))
        for condition, size in zip(conditions, sizes, strict=True)
    ]
    taken = {name for one in (first, second) if one for name in one.filters}
    found = [
        *_numbers(*tables),
        *(one for one in _categories(reach.base, *tables) if one.filter not in taken),
    ]
    found.sort(key=lambda one: -one.rank)
    return Comparison(sizes, int(row["both"]), (tables[0].num_rows, tables[1].num_rows), tuple(found))


def _text(condition: str) -> str:
    attributes = {one.column for one in grouping.DIMENSIONS.values()} | set(_CODES)
    columns = ", ".join(f"c.{name}" for name in (*FEATURES, *sorted(attributes)))
    predicted = ", ".join(f"d.{name}" for name in _PREDICTED)
    # Once the part is drawn its columns are looked up: half the time of joining everybody first.
    return (
        "WITH drawn AS MATERIALIZED (SELECT c.customer_id FROM customers c "
        f"WHERE {{scope}} AND {condition} AND hash(c.customer_id) % $parts = 0) "
        f"SELECT {columns}, {predicted} FROM drawn n JOIN customers c ON c.customer_id = n.customer_id "
        "LEFT JOIN {predicted} d ON d.customer_id = n.customer_id"
    )


def _numbers(first: pa.Table, second: pa.Table) -> list[Difference]:
    found = []
    for code in FEATURES:
        unit = CATALOGUE[code].unit
        found.append(_number(code, labels.feature_name(code), unit, first, second))
    for code, (name, unit) in _PREDICTED.items():
        found.append(_number(code, str(name), unit, first, second))
    return [one for one in found if one is not None]


def _number(code: str, name: str, unit: str, first: pa.Table, second: pa.Table) -> Difference | None:
    x, y = (_floats(table, code) for table in (first, second))
    delta = cliffs_delta(x, y)
    if delta is None:
        return None
    sides = [_side(values) for values in (x, y)]
    d = cohens_d(
        *((one.known, one.mean or 0.0, _spread(values)) for one, values in zip(sides, (x, y), strict=True))
    )
    return Difference(
        code,
        name,
        unit,
        delta,
        strength(delta, "delta"),
        abs(delta) / THRESHOLDS["delta"][1],
        sides[0],
        sides[1],
        d,
    )


def _floats(table: pa.Table, name: str) -> Any:
    """The known values of a column."""
    values = table[name].cast(pa.float64()).drop_null().to_numpy()
    return values[np.isfinite(values)]


def _side(values: Any) -> Side:
    if not len(values):
        return Side(0, None, None)
    return Side(len(values), float(values.mean()), float(np.median(values)))


def _spread(values: Any) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def _categories(base: Snapshot, first: pa.Table, second: pa.Table) -> list[Difference]:
    found = [_category(one, first, second) for one in _attributes(base)]
    return [one for one in found if one is not None]


@dataclass(frozen=True)
class _Attribute:
    """A category: its column, the list's filter, and how its values read."""

    code: str
    name: str
    column: str
    filter: str
    say: Callable[[Any], str]


def _attributes(base: Snapshot) -> list[_Attribute]:
    found = [
        _Attribute(one.code, str(one.label), one.column, one.filter, partial(_named, base, one))
        for one in grouping.DIMENSIONS.values()
    ]
    return [
        *found,
        _Attribute(
            "rfm", str(_CODES["rfm_segment"]), "rfm_segment", "rfm_segment", _or_unknown(labels.rfm_name)
        ),
        _Attribute("abc", str(_CODES["abc_class"]), "abc_class", "abc", _or_unknown(labels.abc_name)),
    ]


def _named(base: Snapshot, dimension: grouping.Dimension, key: Any) -> str:
    return grouping.names_of(base, dimension, [key])[key]


def _or_unknown(say: Callable[[str], str]) -> Callable[[Any], str]:
    return lambda key: say(key) if key else _("Not filled in")


def _category(one: _Attribute, first: pa.Table, second: pa.Table) -> Difference | None:
    counts = [_counts(table, one.column) for table in (first, second)]
    keys = sorted(counts[0].keys() | counts[1].keys(), key=str)
    table = [[found.get(key, 0) for key in keys] for found in counts]
    v = cramers_v(*table)
    if v is None:
        return None
    totals = [sum(row) for row in table]
    shares = {key: (table[0][i] / totals[0], table[1][i] / totals[1]) for i, key in enumerate(keys)}
    key = max(keys, key=lambda key: abs(shares[key][0] - shares[key][1]))
    return Difference(
        one.code,
        one.name,
        "category",
        v,
        strength(v, "v"),
        v / THRESHOLDS["v"][1],
        value=one.say(key),
        key=key,
        shares=shares[key],
        standardised=share_difference(*shares[key]),
        filter=one.filter,
    )


def _counts(table: pa.Table, column: str) -> dict[Any, int]:
    """Customers per value; what is not filled in is one value, however it is stored."""
    found: dict[Any, int] = {}
    for row in table[column].combine_chunks().value_counts().to_pylist():
        key = row["values"] if row["values"] not in (None, "") else None
        found[key] = found.get(key, 0) + row["counts"]
    return found
