"""Conditions of list filters: values of an address as a query, or as nobody when they are wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from zhike.crm.customers import words
from zhike.crm.customers.models import Customer
from zhike.data import industries, regions
from zhike.platform.requests import number_of

#: A wrong link must never show more than was asked for.
NOBODY = Q(pk__in=[])
#: What an address says for "not filled in".
NONE = "none"
Condition = Callable[[list[str]], Q]


def any_of(path: str, known: Collection[str]) -> Condition:
    """Any of the values, all of which must be known."""

    def condition(given: list[str]) -> Q:
        values = [value for value in given if value != NONE]
        if not set(values) <= set(known):
            return NOBODY
        return Q(**{f"{path}__in": [*values, *([""] if NONE in given else [])]})

    return condition


def texts(path: str) -> Condition:
    def condition(given: list[str]) -> Q:
        clean = ["" if value == NONE else value[:120] for value in given if "\x00" not in value]
        return Q(**{f"{path}__in": clean})

    return condition


def numbers(path: str, low: int, high: int) -> Condition:
    def condition(given: list[str]) -> Q:
        found = [number for value in given if (number := number_of(value, 4)) is not None]
        fit = len(found) == len(given) and all(low <= number <= high for number in found)
        # One value by equality: the index then gives the rows in the order of its next column.
        return (Q(**{path: found[0]}) if len(found) == 1 else Q(**{f"{path}__in": found})) if fit else NOBODY

    return condition


def ids(path: str) -> Condition:
    def condition(given: list[str]) -> Q:
        found = [number for value in given if (number := number_of(value)) is not None]
        if len(found) + given.count(NONE) != len(given):
            return NOBODY
        wanted = Q(**{f"{path}_id__in": found}) if found else Q()
        return wanted | Q(**{f"{path}_id__isnull": True}) if NONE in given else wanted

    return condition


def day(path: str, *, end: bool = False) -> Condition:
    def condition(given: list[str]) -> Q:
        found = date_of(given[-1])
        return NOBODY if found is None else Q(**{f"{path}__{'lte' if end else 'gte'}": found})

    return condition


def moment(path: str, *, end: bool = False) -> Condition:
    """A day of the company applied to a time; the last day counts whole."""

    def condition(given: list[str]) -> Q:
        found = date_of(given[-1])
        if found is None:
            return NOBODY
        start = timezone.make_aware(datetime.combine(found + timedelta(days=int(end)), time.min))
        return Q(**{f"{path}__{'lt' if end else 'gte'}": start})

    return condition


def amount(path: str, *, end: bool = False) -> Condition:
    def condition(given: list[str]) -> Q:
        found = decimal_of(given[-1])
        return NOBODY if found is None else Q(**{f"{path}__{'lte' if end else 'gte'}": found})

    return condition


def decimal_of(text: str, digits: int = 14) -> Decimal | None:
    """The amount that an address names; None for anything else, and for more digits before the point."""
    try:
        found = Decimal(text)
    except ArithmeticError:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** digits else None


def not_contacted(given: list[str]) -> Q:
    days = number_of(given[-1], 5)
    if days is None:
        return NOBODY
    before = timezone.now() - timedelta(days=days)
    return Q(last_contact_at__lt=before) | Q(last_contact_at__isnull=True)


def industry(given: list[str]) -> Q:
    """A section stands for its divisions too."""
    codes = [code for code in given if code != NONE]
    if not all(industries.industry(code) for code in codes):
        return NOBODY
    below = {unit.code for code in codes for unit in industries.divisions(code)}
    return Q(industry__in=sorted(below | set(codes) | ({""} if NONE in given else set())))


def province(given: list[str]) -> Q:
    return any_of("province", [code for code, _name in words.provinces()])(given)


def city(given: list[str]) -> Q:
    if NONE in given:
        return texts("city")(given)
    if not all(regions.city(code) for code in given):
        return NOBODY
    # The province is implied, but it is what the index knows.
    return Q(city__in=given, province__in=sorted({code[:2] for code in given}))


def tagged(given: list[str]) -> Q:
    """By a subquery, so that a customer with two of the tags comes once."""
    through = Customer.tags.through.objects.filter(tag__name__in=[value[:40] for value in given])
    return Q(pk__in=through.values("customer_id"))


def date_of(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(1900, 1, 1) <= found <= date(9000, 1, 1) else None
