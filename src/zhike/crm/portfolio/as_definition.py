"""The filters of a list as the conditions of a segment, and the names of those that have no such words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from zhike.analytics.problems import SettingsError
from zhike.analytics.segments import read
from zhike.crm.customers import conditions
from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.conditions import NONE
from zhike.crm.customers.models import CustomField
from zhike.crm.portfolio import divided, memberships, own_filters, tiered
from zhike.crm.segments import fields, queries
from zhike.data import industries
from zhike.platform.requests import number_of

Json = dict[str, Any]
#: From the values of one parameter to a condition; None where they have no words in the language.
Maker = Callable[[list[str]], Json | None]


@dataclass(frozen=True)
class Told:
    """``left`` is what the language cannot say of the list: its search and filters without a condition."""

    definition: Json
    left: QueryDict

    @property
    def is_empty(self) -> bool:
        return not self.definition["root"]["children"]


def definition_of(query: QueryDict, user: Any) -> Told:
    """Every filter that acts becomes a condition, or stays behind."""
    catalogue, makers, left = fields.whole(), _makers(user), query.copy()
    children = []
    for name, values in query.lists():
        given = [value for value in values if value]
        maker = makers.get(name)
        child = maker(given) if maker is not None and given else None
        if child is not None and _is_read(child, catalogue):
            children.append(child)
            del left[name]
    return Told({"v": 1, "entity": "customer", "root": {"op": "and", "children": children}}, left)


def _is_read(child: Json, catalogue: Any) -> bool:
    try:
        read({"v": 1, "root": child}, catalogue)
    except SettingsError:
        return False
    return True


def _leaf(field: str, cmp: str, value: Any = None, **more: Any) -> Json:
    given = {} if value is None else {"value": value}
    return {"t": "attr", "field": field, "cmp": cmp, **given, **more}


def _either(children: list[Json]) -> Json:
    return children[0] if len(children) == 1 else {"op": "or", "children": children}


def _choice(field: str, spread: Callable[[list[str]], list[str]] = list) -> Maker:
    """Any of the values, or none filled in."""

    def make(given: list[str]) -> Json | None:
        values = spread([value for value in given if value != NONE])
        found = [_leaf(field, "in", values)] if values else []
        return _either([*found, *([_leaf(field, "unknown")] if NONE in given else [])])

    return make


def _numbers(field: str) -> Maker:
    def make(given: list[str]) -> Json | None:
        known = memberships.numbers(given)
        return _either([_leaf(field, "eq", number) for number in known]) if known else None

    return make


def _tiers(given: list[str]) -> Json | None:
    codes = tiered.codes(given)
    return _leaf("tier", "eq", codes[0]) if len(codes) == 1 else _leaf("tier", "in", codes)


def _money(field: str, cmp: str) -> Maker:
    def make(given: list[str]) -> Json | None:
        amount = conditions.decimal_of(given[-1])
        return None if amount is None else _leaf(field, cmp, f"{amount:f}")

    return make


def _percent(field: str, cmp: str) -> Maker:
    def make(given: list[str]) -> Json | None:
        share = conditions.decimal_of(given[-1])
        return None if share is None else _leaf(field, cmp, float(share / 100))

    return make


def _number(field: str, cmp: str) -> Maker:
    def make(given: list[str]) -> Json | None:
        found: Decimal | None = conditions.decimal_of(given[-1])
        return None if found is None else _leaf(field, cmp, float(found))

    return make


def _day(field: str, cmp: str) -> Maker:
    def make(given: list[str]) -> Json | None:
        return None if conditions.date_of(given[-1]) is None else _leaf(field, cmp, given[-1])

    return make


def _not_contacted(given: list[str]) -> Json | None:
    days = number_of(given[-1], 5)
    if days is None:
        return None
    since = _leaf("days_since_contact", "gte", days)
    return _either([since, _leaf("days_since_contact", "unknown")])


def _with_divisions(codes: list[str]) -> list[str]:
    """A section stands for its divisions too."""
    return sorted({*codes, *(unit.code for code in codes for unit in industries.divisions(code))})


def _tags(given: list[str]) -> Json | None:
    return _leaf("tags", "contains_any", given)


def _lists(given: list[str]) -> Json | None:
    known = memberships.numbers(given)
    return _either([{"t": "list", "id": number} for number in known]) if known else None


def _segments(given: list[str]) -> Json | None:
    return _either([{"t": "segment", "id": value} for value in given])


def _outside(given: list[str]) -> Json | None:
    return {"op": "not", "child": _either([{"t": "segment", "id": value} for value in given])}


def _conditions(user: Any) -> Maker:
    def make(given: list[str]) -> Json | None:
        known = queries.visible_segments(user).filter(pk__in=memberships.numbers(given) or ())
        found = known.values_list("definition", flat=True)
        roots = [one["root"] for one in found if "root" in one and not one.get("limit")]
        return {"op": "and", "children": roots} if len(roots) == len(given) else None

    return make


def _makers(user: Any) -> dict[str, Maker]:
    plain = ("kind", "size", "customer_type", "business_model", "gender", "city", "country", "source")
    made: dict[str, Maker] = {name: _choice(name) for name in (*plain, "lifecycle", "abc", "owner", "team")}
    made |= {
        "rfm_segment": _choice("rfm.segment"),
        "industry": _choice("industry", _with_divisions),
        "province": _choice("region"),
        "rhythm": _choice("rhythm.status"),
        "tier": _tiers,
        "r": _numbers("rfm.r"),
        "f": _numbers("rfm.f"),
        "m": _numbers("rfm.m"),
        "tag": _tags,
        "list": _lists,
        "not_contacted_days": _not_contacted,
        divided.IN: _segments,
        divided.OUTSIDE: _outside,
        divided.CONDITIONS: _conditions(user),
    }
    for name, field in (("net_revenue", "net_revenue"), ("clv", "clv.value")):
        made |= {f"{name}_min": _money(field, "gte"), f"{name}_max": _money(field, "lte")}
    made |= {
        "churn_min": _percent("churn.probability", "gte"),
        "churn_max": _percent("churn.probability", "lte"),
    }
    for name, field in (
        ("last_order", "last_order"),
        ("first_order", "first_order"),
        ("created", "created"),
        ("next_order", "rhythm.next_order"),
    ):
        made |= {f"{name}_from": _day(field, "gte"), f"{name}_to": _day(field, "lte")}
    for one in own_filters.living():
        made |= _own(one)
    return made


def _own(one: CustomField) -> dict[str, Maker]:
    name, field = f"{own_filters.PREFIX}{one.key}", f"custom.{one.key}"
    if one.field_type == FieldType.NUMBER:
        return {f"{name}.from": _number(field, "gte"), f"{name}.to": _number(field, "lte")}
    if one.field_type == FieldType.DATE:
        return {f"{name}.from": _day(field, "gte"), f"{name}.to": _day(field, "lte")}
    return {name: _OWN.get(FieldType(one.field_type), _choice)(field)}


def _flag(field: str) -> Maker:
    """A field that is not filled in is neither yes nor no, and a condition cannot ask for that."""

    def make(given: list[str]) -> Json | None:
        if NONE in given:
            return None
        return _either([_leaf(field, "eq", value == "true") for value in given])

    return make


def _text(field: str) -> Maker:
    def make(given: list[str]) -> Json | None:
        return _leaf(field, "unknown") if given[-1] == NONE else _leaf(field, "contains", given[-1])

    return make


def _several(field: str) -> Maker:
    def make(given: list[str]) -> Json | None:
        values = [value for value in given if value != NONE]
        found = [_leaf(field, "contains_any", values)] if values else []
        return _either([*found, *([_leaf(field, "unknown")] if NONE in given else [])])

    return make


_OWN: dict[FieldType, Callable[[str], Maker]] = {
    FieldType.BOOLEAN: _flag,
    FieldType.TEXT: _text,
    FieldType.MULTIPLE: _several,
    FieldType.CHOICE: _choice,
}
