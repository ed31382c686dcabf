"""A customer list from a file: which customer each row means, and which rows mean none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from zhike.analytics.columns import match_columns
from zhike.analytics.tabular import Table, clean, parse_key
from zhike.crm.customers import lists
from zhike.crm.customers.models import Customer, CustomerList
from zhike.crm.customers.services import derive_keys
from zhike.crm.imports import reading
from zhike.platform.errors import DomainError
from zhike.platform.permissions import allowed

MOST_ROWS, SAMPLE, CHUNK = 200_000, 50, 500
#: What a column may say about a customer, the most reliable first.
KEYS = ("customer_key", "phone", "email")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Missing:
    """A row that means no customer, as a spreadsheet numbers it."""

    row: int
    text: str
    why: str


@dataclass
class Reading:
    """What a file says: the column, the customers in its order, rows that mean nobody, rows said twice."""

    header: str
    rows: int = 0
    customers: dict[int, int] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    repeated: int = 0


def read(user: Any, path: Path) -> Reading:
    """The customers of a file, among those that the person sees; ``DomainError`` for an unusable file."""
    table = reading.open_file(path, {})
    place, kind = _column(user, table)
    found = Reading(table.headers[place])
    for chunk in _in_chunks(_cells(table, place, found)):
        _take(found, user, kind, dict(chunk))
    if not found.rows:
        raise DomainError(_("The file has no rows."), field="file")
    return found


def _column(user: Any, table: Table) -> tuple[int, str]:
    """The column that tells customers apart; the first one when no heading says so."""
    sample = [row.cells for row in table.preview(SAMPLE).rows]
    mapping = match_columns(table.headers, sample, "customers")
    for kind in KEYS if allowed(user, "personal_data") else KEYS[:1]:
        place = mapping.index(kind, table.headers)
        if place is not None:
            return place, kind
    return 0, KEYS[0]


def _cells(table: Table, place: int, found: Reading) -> Iterator[tuple[int, str]]:
    for row in table.rows():
        text = clean(row.cells[place])
        if not text:
            continue
        found.rows += 1
        if found.rows > MOST_ROWS:
            raise DomainError(_("At most %(count)s rows fit.") % {"count": f"{MOST_ROWS:,}"}, field="file")
        yield row.number, text


def _take(found: Reading, user: Any, kind: str, cells: Mapping[int, str]) -> None:
    """Looks up the customers of some rows at once."""
    keys = {row: _key(kind, text) for row, text in cells.items()}
    known = _customers(user, kind, {key for key in keys.values() if key})
    for row, text in cells.items():
        ids = known.get(keys[row], set())
        if len(ids) != 1:
            why = (
                _("Several customers have this key.") if ids else _("No customer that you see has this key.")
            )
            found.missing.append(Missing(row, text[:80], why))
        elif (pk := next(iter(ids))) in found.customers:
            found.repeated += 1
        else:
            found.customers[pk] = row


def _key(kind: str, text: str) -> str:
    """The cell as the customers' columns hold it."""
    if kind == "phone":
        return derive_keys("", text, "")["phone_key"]
    if kind == "email":
        return derive_keys("", "", text)["email_key"]
    parsed = parse_key(text)
    return parsed if isinstance(parsed, str) else text


def _customers(user: Any, kind: str, keys: set[str]) -> dict[str, set[int]]:
    columns = {"customer_key": ("code", "external_key"), "phone": ("phone_key",), "email": ("email_key",)}[
        kind
    ]
    known: dict[str, set[int]] = {}
    for column in columns:
        asked = keys - known.keys()
        rows = Customer.objects.visible_to(user).filter(**{f"{column}__in": asked}).order_by()
        for key, pk in rows.values_list(column, "pk"):
            known.setdefault(key, set()).add(pk)
    return known


@transaction.atomic
def make_list(*, actor: Any, name: str, shared: bool, found: Reading) -> CustomerList:
    """A new list of the customers found; all of them or none."""
    made = lists.create_list(actor=actor, name=name, shared=shared)
    for chunk in _in_chunks(found.customers):
        lists.add_members(actor=actor, customer_list=made, customers=chunk)
    return made


def _in_chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
