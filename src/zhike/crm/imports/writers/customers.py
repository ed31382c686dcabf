"""Customers: matched, created or changed a chunk at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from zhike.analytics.tabular import Problem
from zhike.crm.accounts.models import User
from zhike.crm.customers import disagreements, ownership
from zhike.crm.customers.models import Customer
from zhike.crm.imports.directory import ATTRIBUTES, CustomerDirectory, Entry
from zhike.crm.imports.keys import guess_kind, keys_of
from zhike.crm.imports.matching import match
from zhike.crm.imports.staging import StagedRow
from zhike.crm.imports.work import Work, merged, plain, record_changes
from zhike.platform import rows as bulk
from zhike.platform.permissions import visible_team_ids

BLANK: Entry = {
    **dict.fromkeys(ATTRIBUTES, ""),
    "external_key": None,
    "code": None,
    "birthday": None,
    "birthday_calendar": "solar",
    "owner_id": None,
    "team_id": None,
    "deleted_at": None,
}
PLAIN = [
    "code",
    "name",
    "phone",
    "email",
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
    "birthday_calendar",
]
#: Keys that the former record holds on to.
IDENTITY = {"code", "external_key", "source"}
#: What says whose a customer is.
OWNERSHIP = {"owner_id", "team_id"}


class CustomerStore:
    """The directory plus what the chunk created and changed in it; shared by all writers."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.known = CustomerDirectory(work)
        self._created: dict[int, Entry] = {}
        self._changed: dict[int, dict[str, Any]] = {}
        self._numbers: Iterator[int] | None = None

    def expect(self, count: int) -> None:
        """Take numbers for at most ``count`` new customers."""
        self._numbers = self.work.numbers(Customer, count)

    def create(self, fields: dict[str, Any]) -> Entry:
        assert self._numbers is not None
        entry = {**BLANK, "custom": {}, "source": self.work.run.source, "created_at": None, **fields}
        entry["id"] = next(self._numbers)
        entry["visible"] = entry["own"] = True
        self._created[entry["id"]] = entry
        self.known.add(entry)
        self.work.count_record("customers", "created")
        return entry

    def change(self, entry: Entry, fields: dict[str, Any]) -> bool:
        """Set fields that differ; True when any did."""
        changed = {name: value for name, value in fields.items() if entry[name] != value}
        if not changed:
            return False
        if entry["id"] not in self._created:
            step = {name: [plain(entry[name]), plain(value)] for name, value in changed.items()}
            self._changed[entry["id"]] = merged(self._changed.get(entry["id"], {}), step)
        entry.update(changed)
        self.known.index(entry)
        return True

    @property
    def touched(self) -> list[int]:
        return [*self._created, *self._changed]

    def flush(self) -> None:
        if not self.work.dry:
            self._write()
        self._created, self._changed = {}, {}

    def _write(self) -> None:
        names = ["id", "created_at", *ATTRIBUTES]
        now = _now()
        rows = [{**{name: entry[name] for name in names}} for entry in self._created.values()]
        for row in rows:
            row["created_at"] = row["created_at"] or now
        bulk.insert(Customer, rows)
        updates = {
            number: {name: self.known.entries[number][name] for name in fields}
            for number, fields in self._changed.items()
        }
        bulk.update(Customer, updates, versioned=True)
        moved = [number for number, fields in self._changed.items() if OWNERSHIP & set(fields)]
        ownership.record([*self._created, *moved], actor=self.work.actor, origin="import")
        record_changes(self.work, "customer", list(self._created), self._changed)
        self._note_replaced()

    def _note_replaced(self) -> None:
        """Values that a colleague had entered by hand and that the file replaced wait for a choice."""
        entered = disagreements.entered_by_hand(list(self._changed))
        replaced = {
            number: {
                name: [new, old]
                for name, (old, new) in fields.items()
                if old not in (None, "") and entered.get((number, name)) == str(old)
            }
            for number, fields in self._changed.items()
        }
        disagreements.note("import", self.work.run.pk, replaced)


def _now() -> datetime:
    from django.utils import timezone

    return timezone.now()


class CustomerWriter:
    """A row updates the customer it surely means, creates an unknown one, or waits for a decision."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.store = CustomerStore(work)
        self._keys: dict[int, dict[str, Any]] = {}

    def prepare(self, groups: Sequence[list[StagedRow]]) -> None:
        rows = (row for group in groups for row in group if not row.problems)
        self._keys = {row.row: self._derive(row.values) for row in rows}

    def load(self, groups: Sequence[list[StagedRow]]) -> None:
        rows = [row for group in groups for row in group if not row.problems]
        self.store.expect(len(rows))
        without = [self._keys[row.row] for row in rows if not _has_key(row.values)]
        self.store.known.load(
            external=[row.values.get("customer_key") for row in rows],
            code=[row.values.get("code") for row in rows],
            **{name: [keys[name] for keys in without] for name in ("name_key", "phone_key", "email_key")},
        )

    def _derive(self, values: dict[str, Any]) -> dict[str, Any]:
        return keys_of(values.get("name") or "", values.get("phone") or "", values.get("email") or "")

    def take(self, group: list[StagedRow]) -> None:
        row = group[0]
        if row.problems:
            self.work.reject_cells(row)
            return
        problem = self._problem(row.values)
        if problem is not None:
            self.work.reject(row, problem)
            return
        found = match(row.values, self._keys[row.row], self._kind(row.values), self.store.known)
        if found.entry is None and found.candidates:
            self._doubt(row, found.candidates)
        else:
            self.place(row, found.entry, merged=found.through is not None)

    def _problem(self, values: dict[str, Any]) -> Problem | None:
        if not (values.get("name") or _has_key(values) or values.get("phone") or values.get("email")):
            return Problem("key_missing")
        if values.get("owner") and self._owner(values["owner"]) is None:
            return Problem("unknown_owner", {"value": values["owner"]})
        return None

    def _kind(self, values: dict[str, Any]) -> str:
        chosen = values.get("kind") or self.work.options.get("default_kind", "auto")
        return guess_kind(values.get("name"), chosen)

    def _doubt(self, row: StagedRow, candidates: tuple[Entry, ...]) -> None:
        """Only what the person may see is shown; when that is nothing, the row cannot be taken."""
        visible = [entry for entry in candidates if entry["visible"]]
        if not visible:
            self.work.reject(row, Problem("not_visible"))
            return
        keys = self._keys[row.row]
        self.work.put_aside(row, [_candidate(entry, keys) for entry in visible[:10]])

    def place(self, row: StagedRow, entry: Entry | None, *, merged: bool = False) -> Entry | None:
        """Create (no entry) or update; the entry, or None when the row had to be rejected.

        The row of a record that was ``merged`` into the entry adds what is missing there and replaces
        nothing: which values hold was chosen in the merge.
        """
        if entry is not None and entry["deleted_at"]:
            self.work.reject(row, Problem("deleted"))
            return None
        if entry is not None and not entry["visible"]:
            self.work.reject(row, Problem("not_visible"))
            return None
        fields = self._fields(row.values)
        taken = self._code_taken(fields, entry)
        if taken:
            self.work.reject(row, Problem("code_taken", {"value": fields["code"]}))
            return None
        if entry is None:
            self.work.count_row("created")
            return self._create(row, fields)
        custom = row.values.get("custom")
        if merged:
            fields = {n: v for n, v in fields.items() if entry[n] in ("", None) and n not in IDENTITY}
            custom = json.dumps({**json.loads(custom), **entry["custom"]}) if custom else None
        self._update(entry, fields, custom)
        return entry

    def _code_taken(self, fields: dict[str, Any], entry: Entry | None) -> bool:
        holders = self.store.known.having("code", fields["code"]) if fields.get("code") else []
        living = self.store.known.all_living(holders)
        return any(entry is None or holder["id"] != entry["id"] for holder in living)

    def _fields(self, values: dict[str, Any]) -> dict[str, Any]:
        """The row's statements as a customer's fields; a blank cell states nothing."""
        fields = {name: values[name] for name in PLAIN if values.get(name) is not None}
        if values.get("customer_key") is not None:
            fields["external_key"] = values["customer_key"]
        if values.get("kind"):
            fields["kind"] = values["kind"]
        if values.get("birthday"):
            fields["birthday"] = date.fromisoformat(values["birthday"])
        if fields.get("city") and not fields.get("province"):
            fields["province"] = fields["city"][:2]
        if values.get("owner"):
            owner = self._owner(values["owner"])
            assert owner is not None
            fields["owner_id"], fields["team_id"] = owner
        return fields

    def _create(self, row: StagedRow, fields: dict[str, Any]) -> Entry:
        values = row.values
        owner, team = self.work.default_owner
        fields.setdefault("owner_id", owner)
        fields.setdefault("team_id", team)
        fields.setdefault("name", _stand_in(values))
        fields.setdefault("kind", self._kind(values))
        fields["custom"] = json.loads(values["custom"]) if values.get("custom") else {}
        if values.get("created"):
            fields["created_at"] = _moment(values["created"], self.work)
        keys = self._keys[row.row]
        if not values.get("name"):
            keys = keys_of(fields["name"], fields.get("phone", ""), fields.get("email", ""))
        return self.store.create({**fields, **keys})

    def _update(self, entry: Entry, fields: dict[str, Any], custom: str | None) -> None:
        if entry["external_key"] and entry["source"] != self.work.run.source:
            fields.pop("external_key", None)
        elif "external_key" in fields:
            fields["source"] = self.work.run.source
        if not entry["own"]:
            fields = {name: value for name, value in fields.items() if name not in OWNERSHIP}
        if custom:
            fields["custom"] = {**entry["custom"], **json.loads(custom)}
        if {"name", "phone", "email"} & set(fields):
            now = {**entry, **fields}
            fields.update(keys_of(now["name"], now["phone"], now["email"]))
        changed = self.store.change(entry, fields)
        self.work.count_row("updated" if changed else "skipped")
        if changed:
            self.work.count_record("customers", "updated")

    @cached_property
    def _colleagues(self) -> dict[str, tuple[int, int | None]]:
        """Active colleagues to whom this person may give customers, by both of their names."""
        people = User.objects.filter(is_active=True)
        if not self.work.unlimited:
            teams = visible_team_ids(self.work.actor)
            people = people.filter(team_id__in=teams) | people.filter(pk=self.work.actor.pk)
        found: dict[str, tuple[int, int | None]] = {}
        for user in people:
            found.setdefault(user.username, (user.pk, user.team_id))
            found.setdefault(user.display_name, (user.pk, user.team_id))
        return found

    def _owner(self, name: str) -> tuple[int, int | None] | None:
        return self._colleagues.get(name)

    def flush(self) -> None:
        self.store.flush()


def _has_key(values: dict[str, Any]) -> bool:
    return bool(values.get("customer_key") or values.get("code"))


def _stand_in(values: dict[str, Any]) -> str:
    return next(values[name] for name in ("customer_key", "code", "phone", "email") if values.get(name))


def _candidate(entry: Entry, keys: dict[str, Any]) -> dict[str, Any]:
    same = [name.removesuffix("_key") for name in keys if keys[name] and entry.get(name) == keys[name]]
    return {"id": entry["id"], "same": same}


def _moment(text: str, work: Work) -> datetime:
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=work.zone)
