"""Customers that may be the one that somebody is about to enter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Contact, Customer
from zhike.crm.customers.services import derive_keys

SHOWN = 5
#: A beginning of a name this short fits too many to be worth a warning.
MIN_START = 3
REASONS: dict[str, Promise] = {
    "phone": _("same phone"),
    "email": _("same e-mail"),
    "name": _("same name"),
    "similar": _("similar name"),
}
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Likeness:
    """One customer that looks the same. ``is_certain`` asks before saving, a similar name only warns."""

    customer: Customer
    reason: str

    @property
    def is_certain(self) -> bool:
        return self.reason != "similar"

    @property
    def words(self) -> Promise:
        return REASONS[self.reason]


@dataclass(frozen=True)
class Elsewhere:
    """A customer of another team: nothing of it is told but whom to ask."""

    reason: str
    owner: str
    team: str

    @property
    def words(self) -> Promise:
        return REASONS[self.reason]


@dataclass(frozen=True)
class Found:
    seen: list[Likeness]
    elsewhere: list[Elsewhere]

    @property
    def is_certain(self) -> bool:
        return bool(self.elsewhere) or any(one.is_certain for one in self.seen)

    def __bool__(self) -> bool:
        return bool(self.seen or self.elsewhere)


def look(user: Any, *, name: str = "", phone: str = "", email: str = "", besides: int | None = None) -> Found:
    """Living customers with the same name, phone or e-mail, and those within sight with a similar name.

    Outside the user's sight only complete equality is told, and only whom to ask, so that nobody can read
    another team's customers letter by letter.
    """
    keys = derive_keys(name, phone, email)
    matches = _equal(keys, besides)
    visible = {
        customer.pk: customer
        for customer in Customer.objects.visible_to(user)
        .select_related("owner", "team")
        .filter(pk__in=matches)
    }
    seen = [Likeness(customer, matches[pk]) for pk, customer in visible.items()]
    seen += _similar(user, keys["name_key"], {*matches, besides or 0}, SHOWN - len(seen))
    return Found(seen[:SHOWN], _elsewhere({pk: why for pk, why in matches.items() if pk not in visible}))


def _equal(keys: dict[str, str], besides: int | None) -> dict[int, str]:
    """The numbers of living customers that are equal, each with its strongest reason."""
    found: dict[int, str] = {}
    for reason in ("phone", "email", "name"):
        value = keys[f"{reason}_key"]
        if not value:
            continue
        for pk in _holders(f"{reason}_key", value, own_only=reason == "name"):
            found.setdefault(pk, reason)
    found.pop(besides or 0, None)
    return found


def _holders(column: str, value: str, *, own_only: bool) -> Iterable[int]:
    living = Customer.objects.filter(deleted_at__isnull=True, **{column: value})
    yield from living.order_by("pk").values_list("pk", flat=True)[:SHOWN]
    if not own_only:
        people = Contact.objects.filter(customer__deleted_at__isnull=True, **{column: value})
        yield from people.order_by("pk").values_list("customer_id", flat=True)[:SHOWN]


def _similar(user: Any, start: str, known: set[int], room: int) -> list[Likeness]:
    if len(start) < MIN_START or room <= 0:
        return []
    # A range, because a prefix pattern would not use the index everywhere.
    begins = Q(name_key__gte=start, name_key__lt=start + LAST)
    rows = Customer.objects.visible_to(user).filter(begins).exclude(pk__in=known)
    rows = rows.select_related("owner", "team").order_by("name_key", "pk")
    return [Likeness(customer, "similar") for customer in rows[:room]]


def _elsewhere(matches: dict[int, str]) -> list[Elsewhere]:
    rows = Customer.objects.filter(pk__in=matches).select_related("owner", "team").order_by("pk")[:SHOWN]
    return [
        Elsewhere(matches[row.pk], str(row.owner or ""), row.team.name if row.team else "") for row in rows
    ]
