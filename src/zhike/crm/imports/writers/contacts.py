"""Contact persons of customers."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from zhike.analytics.tabular import Problem
from zhike.crm.customers.models import Contact
from zhike.crm.imports.directory import Entry
from zhike.crm.imports.keys import keys_of
from zhike.crm.imports.references import Reference, Resolver
from zhike.crm.imports.staging import StagedRow
from zhike.crm.imports.work import Work, merged, plain, record_changes
from zhike.platform import rows as bulk

ATTRIBUTES = [
    "customer_id",
    "external_key",
    "name",
    "role",
    "title",
    "phone",
    "phone_key",
    "email",
    "email_key",
    "is_primary",
    "custom",
]
PLAIN = ("external_key", "name", "role", "title", "phone", "email")


class ContactWriter:
    """A contact is the same when its key, or its name within the customer, is."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.resolver = Resolver(work)
        self._references: dict[int, Reference] = {}
        self._known: dict[int, list[Entry]] = defaultdict(list)
        self._created: dict[int, Entry] = {}
        self._changed: dict[int, dict[str, Any]] = {}
        self._numbers: Iterator[int] = iter(())

    def prepare(self, groups: Sequence[list[StagedRow]]) -> None:
        self._references = {row.row: Reference.of(row.values) for group in groups for row in group}

    def load(self, groups: Sequence[list[StagedRow]]) -> None:
        self.resolver.load(self._references.values())
        customers = [n for n in self.resolver.store.known.entries if n not in self._known]
        for row in Contact.objects.filter(customer_id__in=customers).values("id", *ATTRIBUTES):
            self._known[row["customer_id"]].append(row)
        self._numbers = self.work.numbers(Contact, len(groups))

    def take(self, group: list[StagedRow]) -> None:
        row = group[0]
        if row.problems:
            self.work.reject_cells(row)
            return
        found = self._customer(row)
        if isinstance(found, Problem):
            self.work.reject(row, found)
        else:
            self._place(row, found["id"])

    def _customer(self, row: StagedRow) -> Entry | Problem:
        if not row.values.get("name"):
            return Problem("name_missing")
        reference = self._references[row.row]
        return self.resolver.resolve(reference) if reference else Problem("customer_missing")

    def _place(self, row: StagedRow, customer: int) -> None:
        fields = self._fields(row.values)
        same = self._same(customer, fields)
        if len(same) > 1:
            self.work.reject(row, Problem("several_match"))
        elif same:
            self._update(same[0], fields)
        else:
            self._create(customer, fields)
            self.work.count_row("created")

    def _fields(self, values: dict[str, Any]) -> dict[str, Any]:
        fields = {name: values[name] for name in PLAIN if values.get(name) is not None}
        if values.get("is_primary") is not None:
            fields["is_primary"] = bool(values["is_primary"])
        if values.get("custom"):
            fields["custom"] = json.loads(values["custom"])
        for part in ("phone", "email"):
            if part in fields:
                keys = keys_of("", fields.get("phone", ""), fields.get("email", ""))
                fields[f"{part}_key"] = keys[f"{part}_key"]
        return fields

    def _same(self, customer: int, fields: dict[str, Any]) -> list[Entry]:
        known = self._known[customer]
        if fields.get("external_key"):
            return [entry for entry in known if entry["external_key"] == fields["external_key"]]
        named = [entry for entry in known if entry["name"] == fields["name"]]
        keys = [name for name in ("phone_key", "email_key") if fields.get(name)]
        exact = [entry for entry in named if all(entry[name] == fields[name] for name in keys)]
        return exact if len(named) > 1 and len(exact) == 1 else named

    def _update(self, entry: Entry, fields: dict[str, Any]) -> None:
        if "custom" in fields:
            fields["custom"] = {**entry["custom"], **fields["custom"]}
        changed = {name: value for name, value in fields.items() if entry[name] != value}
        if changed and entry["id"] not in self._created:
            step = {name: [plain(entry[name]), plain(value)] for name, value in changed.items()}
            self._changed[entry["id"]] = merged(self._changed.get(entry["id"], {}), step)
        entry.update(changed)
        self.work.count_row("updated" if changed else "skipped")
        if changed:
            self.work.count_record("contacts", "updated")

    def _create(self, customer: int, fields: dict[str, Any]) -> None:
        blank: Entry = {
            **dict.fromkeys(ATTRIBUTES, ""),
            "external_key": None,
            "is_primary": False,
            "custom": {},
        }
        entry = {**blank, **fields, "customer_id": customer, "id": next(self._numbers)}
        self._created[entry["id"]] = entry
        self._known[customer].append(entry)
        self.work.count_record("contacts", "created")

    def flush(self) -> None:
        self.resolver.flush()
        if not self.work.dry:
            self._write()
        self._created, self._changed = {}, {}

    def _write(self) -> None:
        names = ["id", *ATTRIBUTES]
        bulk.insert(Contact, [{name: entry[name] for name in names} for entry in self._created.values()])
        entries = {entry["id"]: entry for group in self._known.values() for entry in group}
        bulk.update(
            Contact, {n: {name: entries[n][name] for name in fields} for n, fields in self._changed.items()}
        )
        record_changes(self.work, "contact", list(self._created), self._changed)
