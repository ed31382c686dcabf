"""Customer statistics: what customers may be grouped by, what is measured, and the sums of each group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from zhike.crm.accounts.models import Team, User
from zhike.crm.customers.choices import BusinessModel, CustomerType, Gender, Kind, Size
from zhike.crm.insight import labels, links
from zhike.crm.insight.snapshot_queries import Row, Snapshot
from zhike.data import industries, regions

Names = Callable[[Snapshot, list[Any]], dict[Any, str]]


@dataclass(frozen=True)
class Dimension:
    """``column`` of the snapshot, the customer list's ``filter``, how its codes read (``names``), and
    their natural ``order`` where size is not the better one."""

    code: str
    label: Promise
    column: str
    filter: str
    names: Names
    order: Callable[[Snapshot], list[Any]] | None = None


@dataclass(frozen=True)
class Measure:
    """``sql`` over customers ``c``; ``kind`` formats the value, ``unit`` is that of charts."""

    code: str
    label: Promise
    sql: str
    kind: str
    unit: str
    additive: bool = True


@dataclass(frozen=True)
class Group:
    """One group (or one cell of two dimensions) with all measures."""

    key: Any
    label: str
    values: dict[str, Any]
    url: str


def _language() -> str:
    return get_language() or "zh"


def _choices(choices: Any) -> Names:
    return lambda _base, codes: {code: str(dict(choices.choices).get(code, code)) for code in codes}


def _users(_base: Snapshot, codes: list[Any]) -> dict[Any, str]:
    return {pk: str(user) for pk, user in User.objects.in_bulk([code for code in codes if code]).items()}


def _teams(_base: Snapshot, codes: list[Any]) -> dict[Any, str]:
    return {pk: str(team) for pk, team in Team.objects.in_bulk([code for code in codes if code]).items()}


DIMENSIONS: dict[str, Dimension] = {
    dimension.code: dimension
    for dimension in (
        Dimension(
            "region",
            gettext_lazy("Region"),
            "region",
            "province",
            lambda _b, codes: {code: regions.label(code, _language()) for code in codes},
        ),
        Dimension(
            "industry",
            gettext_lazy("Industry"),
            "industry",
            "industry",
            lambda _b, codes: {code: industries.label(code, _language()) for code in codes},
        ),
        Dimension(
            "size",
            pgettext_lazy("of a company", "Size"),
            "size",
            "size",
            _choices(Size),
            lambda _b: list(Size.values),
        ),
        Dimension("type", gettext_lazy("Type"), "customer_type", "customer_type", _choices(CustomerType)),
        Dimension(
            "model",
            gettext_lazy("Business model"),
            "business_model",
            "business_model",
            _choices(BusinessModel),
        ),
        Dimension("kind", pgettext_lazy("of a customer", "Kind"), "kind", "kind", _choices(Kind)),
        Dimension("gender", gettext_lazy("Gender"), "gender", "gender", _choices(Gender)),
        Dimension(
            "country", gettext_lazy("Country"), "country", "country", lambda _b, codes: {c: c for c in codes}
        ),
        Dimension(
            "source", gettext_lazy("Source"), "source", "source", lambda _b, codes: {c: c for c in codes}
        ),
        Dimension(
            "tier",
            gettext_lazy("Tier"),
            "tier",
            "tier",
            lambda base, _codes: base.names,
            lambda base: base.ranks,
        ),
        Dimension(
            "stage",
            gettext_lazy("Stage"),
            "lifecycle",
            "lifecycle",
            lambda _b, codes: {code: labels.stage_name(code) for code in codes},
            lambda _b: list(labels.STAGES),
        ),
        Dimension("owner", pgettext_lazy("of a customer", "Owner"), "owner_id", "owner", _users),
        Dimension("team", gettext_lazy("Team"), "team_id", "team", _teams),
    )
}

_AVERAGE = "SUM(c.revenue) / 10000.0 / NULLIF(SUM(c.frequency), 0)"
MEASURES: dict[str, Measure] = {
    measure.code: measure
    for measure in (
        Measure("customers", gettext_lazy("Customers"), "COUNT(*)", "number", "customers"),
        Measure(
            "net_revenue", gettext_lazy("Net revenue"), "SUM(c.net_revenue) / 10000.0", "money_whole", "money"
        ),
        Measure("margin", gettext_lazy("Margin"), "SUM(k.margin) / 10000.0", "money_whole", "money"),
        Measure(
            "margin_rate",
            gettext_lazy("Margin rate"),
            "CAST(SUM(k.margin) AS DOUBLE) / NULLIF(SUM(k.costed), 0)",
            "percent",
            "percent",
            additive=False,
        ),
        Measure("orders", gettext_lazy("Orders"), "CAST(SUM(c.frequency) AS BIGINT)", "number", "orders"),
        Measure("average", gettext_lazy("Average order"), _AVERAGE, "money_whole", "money", additive=False),
        Measure(
            "top_share",
            gettext_lazy("Share of key customers"),
            "AVG(CASE WHEN c.tier = $top THEN 1.0 ELSE 0.0 END)",
            "percent",
            "percent",
            additive=False,
        ),
    )
}
_FROM = "FROM customers c LEFT JOIN costed k ON k.customer_id = c.customer_id"
_SUMS = ", ".join(f"{measure.sql} AS {code}" for code, measure in MEASURES.items())


def groups(base: Snapshot, dimension: Dimension, order: str) -> list[Group]:
    """All groups of a dimension, the largest first; customers where it is not filled in come last."""
    rows = base.rows(
        f"SELECT c.{dimension.column} AS key, {_SUMS} {_FROM} WHERE {{scope}} AND c.frequency > 0 GROUP BY 1",
        top=base.top_tier,
    )
    names = dimension.names(base, [row["key"] for row in rows])
    found = [_group(base, row, {dimension.filter: row["key"]}, _name(row["key"], names)) for row in rows]
    place = _places(base, dimension)
    return sorted(found, key=lambda group: (place(group.key), -(group.values[order] or 0)))


def _places(base: Snapshot, dimension: Dimension) -> Callable[[Any], int]:
    """Sort key: the natural order, then what it does not name, then what is not filled in."""
    natural = {key: place for place, key in enumerate(dimension.order(base) if dimension.order else [])}
    last = len(natural) + 1
    return lambda key: last if is_unknown(key) else natural.get(key, len(natural))


def cross(
    base: Snapshot, first: Dimension, second: Dimension, measure: Measure
) -> tuple[list[Any], list[Any], dict[tuple[Any, Any], Group]]:
    """Two dimensions at once: keys of both by size, and the groups by pair of keys."""
    rows = base.rows(
        f"SELECT c.{first.column} AS a, c.{second.column} AS b, {_SUMS} {_FROM} "
        "WHERE {scope} AND c.frequency > 0 GROUP BY 1, 2",
        top=base.top_tier,
    )
    cells = {}
    for row in rows:
        filters = {first.filter: row["a"], second.filter: row["b"]}
        cells[row["a"], row["b"]] = _group(base, row, filters, "")
    return _ordered(base, first, cells, 0), _ordered(base, second, cells, 1), cells


def _ordered(
    base: Snapshot, dimension: Dimension, cells: dict[tuple[Any, Any], Group], side: int
) -> list[Any]:
    """The keys of one side in their natural order, or the largest first."""
    sizes: dict[Any, int] = {}
    for keys, group in cells.items():
        sizes[keys[side]] = sizes.get(keys[side], 0) + group.values["customers"]
    place = _places(base, dimension)
    return sorted(sizes, key=lambda key: (place(key), -sizes[key]))


def _group(base: Snapshot, row: Row, filters: dict[str, Any], label: str) -> Group:
    values = {code: row[code] for code in MEASURES}
    return Group(row.get("key"), label, values, links.customers(**filters, first_order_to=base.as_of))


def names_of(base: Snapshot, dimension: Dimension, keys: list[Any]) -> dict[Any, str]:
    names = dimension.names(base, keys)
    return {key: _name(key, names) for key in keys}


def _name(key: Any, names: dict[Any, str]) -> str:
    return _("Not filled in") if is_unknown(key) else str(names.get(key) or key)


def is_unknown(key: Any) -> bool:
    return key is None or key == ""
