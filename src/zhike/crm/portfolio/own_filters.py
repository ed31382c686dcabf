"""Filters of the customer list by the fields that the company added: typed, and only by fields that exist."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from zhike.crm.customers import conditions
from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.conditions import NOBODY, NONE, Condition
from zhike.crm.customers.models import CustomField

#: ``own_KEY``, and for numbers and dates ``own_KEY.from`` and ``own_KEY.to``; no key has a dot.
PREFIX = "own_"
#: Stands for all of these names where parameters are listed.
ANY = f"{PREFIX}*"
MAX_LISTED = 30


@dataclass(frozen=True)
class OwnFilter:
    name: str
    label: str
    condition: Condition
    kind: str
    pairs: tuple[tuple[str, str], ...] = ()


def named(query: QueryDict) -> bool:
    return any(name.startswith(PREFIX) and any(query.getlist(name)) for name in query)


def filters(fields: Iterable[CustomField]) -> list[OwnFilter]:
    """For every living field the filters of its type; the key goes into the query by an explicit lookup."""
    known = (field for field in list(fields)[:MAX_LISTED] if "__" not in field.key)
    return [one for field in known for one in MAKERS[field.field_type](field)]


def living() -> list[CustomField]:
    return list(CustomField.objects.living("customer"))


def _path(field: CustomField, lookup: str) -> str:
    return f"custom__{field.key}__{lookup}"


def _equal(field: CustomField, values: list[str], plain: Callable[[str], Any] = str) -> Q:
    found = Q(**{_path(field, "isnull"): True}) if NONE in values else NOBODY
    for value in values:
        if value != NONE:
            found |= Q(**{_path(field, "exact"): plain(value)})
    return found


def _choice(field: CustomField) -> list[OwnFilter]:
    def condition(given: list[str]) -> Q:
        known = set(given) <= {*field.choices, NONE}
        return _equal(field, given) if known else NOBODY

    pairs = tuple((value, value) for value in field.choices)
    return [OwnFilter(PREFIX + field.key, field.title, condition, "choice", pairs)]


def _multiple(field: CustomField) -> list[OwnFilter]:
    def condition(given: list[str]) -> Q:
        if not set(given) <= {*field.choices, NONE}:
            return NOBODY
        found = Q(**{_path(field, "isnull"): True}) if NONE in given else NOBODY
        for value in given:
            # One store keeps other alphabets as they are, one as escapes; the quotes end the value.
            for text in {json.dumps(value), json.dumps(value, ensure_ascii=False)} if value != NONE else ():
                found |= Q(**{_path(field, "icontains"): text})
        return found

    pairs = tuple((value, value) for value in field.choices)
    return [OwnFilter(PREFIX + field.key, field.title, condition, "choice", pairs)]


def _boolean(field: CustomField) -> list[OwnFilter]:
    def condition(given: list[str]) -> Q:
        known = set(given) <= {"true", "false", NONE}
        return _equal(field, given, lambda value: value == "true") if known else NOBODY

    pairs = (("true", _("Yes")), ("false", _("No")))
    return [OwnFilter(PREFIX + field.key, field.title, condition, "choice", pairs)]


def _text(field: CustomField) -> list[OwnFilter]:
    def condition(given: list[str]) -> Q:
        if given[-1] == NONE:
            return Q(**{_path(field, "isnull"): True})
        return Q(**{_path(field, "icontains"): given[-1][:120]})

    return [OwnFilter(PREFIX + field.key, field.title, condition, "text")]


def _number(field: CustomField) -> list[OwnFilter]:
    def bound(lookup: str) -> Condition:
        def condition(given: list[str]) -> Q:
            amount = conditions.decimal_of(given[-1], 15)
            return NOBODY if amount is None else Q(**{_path(field, lookup): float(amount)})

        return condition

    return _span(field, bound("gte"), bound("lte"), "number")


def _date(field: CustomField) -> list[OwnFilter]:
    def bound(lookup: str) -> Condition:
        def condition(given: list[str]) -> Q:
            day = conditions.date_of(given[-1])
            return Q(**{_path(field, lookup): day.isoformat()}) if day else NOBODY

        return condition

    return _span(field, bound("gte"), bound("lte"), "date")


def _span(field: CustomField, first: Condition, last: Condition, kind: str) -> list[OwnFilter]:
    words = {"field": field.title}
    return [
        OwnFilter(f"{PREFIX}{field.key}.from", _("%(field)s from") % words, first, kind),
        OwnFilter(f"{PREFIX}{field.key}.to", _("%(field)s up to") % words, last, kind),
    ]


MAKERS: dict[str, Callable[[CustomField], list[OwnFilter]]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
    FieldType.MULTIPLE: _multiple,
}
