"""The customers that a chunk may mean: found by their keys in a few queries, with those just created.

A record that was merged into another one is still found by its own keys; :meth:`CustomerDirectory.living`
leads from there to the survivor.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from zhike.crm.customers.models import Customer
from zhike.crm.customers.ownership_models import shared_with
from zhike.crm.imports.work import Work
from zhike.platform.permissions import scope_filter

Entry = dict[str, Any]

ATTRIBUTES = [
    "kind",
    "code",
    "source",
    "external_key",
    "name",
    "name_key",
    "phone",
    "phone_key",
    "email",
    "email_key",
    "industry",
    "size",
    "business_model",
    "customer_type",
    "needs",
    "country",
    "province",
    "city",
    "address",
    "gender",
    "birthday",
    "birthday_calendar",
    "owner_id",
    "team_id",
    "custom",
    "deleted_at",
]
_KEYS = ("code", "name_key", "phone_key", "email_key")


class CustomerDirectory:
    """Entries are plain dictionaries of a customer's fields; ``visible`` says whether the person sees it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.entries: dict[int, Entry] = {}
        self._external: dict[str, int] = {}
        self._by: dict[str, dict[str, list[int]]] = {name: {} for name in _KEYS}

    def load(self, *, external: Iterable[str | None] = (), **keys: Iterable[str | None]) -> None:
        """Fetch every customer that has one of the keys."""
        # One query per key, so that each uses its own index (an OR over several would scan the table).
        parts = []
        if found := {key for key in external if key}:
            parts.append(Q(source=self._work.run.source, external_key__in=found))
        for name, values in keys.items():
            if some := {value for value in values if value}:
                parts.append(Q(**{f"{name}__in": some}))
        self._fetch(parts)

    def _fetch(self, parts: list[Q]) -> None:
        rows = [
            row
            for part in parts
            for row in Customer.objects.filter(part)
            .order_by("pk")
            .values("id", "merged_into_id", *ATTRIBUTES)
        ]
        new = {row["id"]: row for row in rows if row["id"] not in self.entries}
        seen, own = self._visible(new), self._own(new)
        for number, row in new.items():
            row["visible"], row["own"] = number in seen, number in own
            self.add(row)
        survivors = {row["merged_into_id"] for row in new.values()} - {None, *self.entries}
        if survivors:
            self._fetch([Q(pk__in=survivors)])

    def living(self, entry: Entry) -> Entry:
        """The customer itself, or the one that it was merged into."""
        while entry.get("merged_into_id") in self.entries:
            entry = self.entries[entry["merged_into_id"]]
        return entry

    def all_living(self, entries: Iterable[Entry]) -> list[Entry]:
        """Each customer once, however many of its former records were found."""
        return list({one["id"]: one for one in map(self.living, entries)}.values())

    def _visible(self, rows: dict[int, Entry]) -> set[int]:
        if self._work.actor is None:
            return set(rows)
        mine = Customer.objects.editable_by(self._work.actor).filter(pk__in=list(rows))
        return set(mine.values_list("pk", flat=True)) | {n for n, row in rows.items() if row["deleted_at"]}

    def _own(self, rows: dict[int, Entry]) -> set[int]:
        """Those that are the person's to give away: not the ones that are shared with the person."""
        if self._work.actor is None or not shared_with(self._work.actor):
            return set(rows)
        mine = Customer.objects.filter(scope_filter(self._work.actor), pk__in=list(rows))
        return set(mine.values_list("pk", flat=True))

    def fetch(self, number: int) -> Entry | None:
        """One customer by its number in our own store."""
        self._fetch([Q(pk=number)])
        found = self.entries.get(number)
        return found and self.living(found)

    def add(self, entry: Entry) -> None:
        number = entry["id"]
        self.entries[number] = entry
        self.index(entry)

    def index(self, entry: Entry) -> None:
        """(Again) list an entry under its keys."""
        if entry["external_key"] and entry["source"] == self._work.run.source:
            self._external[entry["external_key"]] = entry["id"]
        if entry["deleted_at"] and not entry.get("merged_into_id"):
            return
        for name in _KEYS:
            if entry[name]:
                numbers = self._by[name].setdefault(entry[name], [])
                if entry["id"] not in numbers:
                    numbers.append(entry["id"])

    def external(self, key: str) -> Entry | None:
        number = self._external.get(key)
        return None if number is None else self.entries[number]

    def having(self, name: str, value: str) -> list[Entry]:
        """Entries with this value of a key now."""
        found = [self.entries[number] for number in self._by[name].get(value, ())] if value else []
        return [entry for entry in found if entry[name] == value]
