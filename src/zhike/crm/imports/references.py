"""The customer that an order or a contact names: by key or number, else by phone, e-mail or name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from zhike.analytics.tabular import Problem
from zhike.crm.customers.choices import Kind
from zhike.crm.imports.directory import Entry
from zhike.crm.imports.keys import guess_kind, keys_of
from zhike.crm.imports.work import Work
from zhike.crm.imports.writers.customers import CustomerStore


@dataclass(frozen=True)
class Reference:
    """What a row says about its customer; ``facts`` are kept when the customer has to be created."""

    key: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    facts: dict[str, Any] = field(default_factory=dict, compare=False)
    keys: dict[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, values: dict[str, Any], *, prefix: str = "customer_", facts: Iterable[str] = ()) -> Reference:
        parts = {part: values.get(prefix + part) or "" for part in ("key", "name", "phone", "email")}
        known = {name: values[name] for name in facts if values.get(name)}
        keys = keys_of(parts["name"], parts["phone"], parts["email"])
        return cls(**parts, facts=known, keys=keys)

    def __bool__(self) -> bool:
        return bool(self.key or self.name or self.phone or self.email)

    @property
    def shown(self) -> str:
        return self.key or self.name or self.phone or self.email


class Resolver:
    """Finds the customers of a chunk's references, creating unknown ones where that was chosen."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.store = CustomerStore(work)

    def load(self, references: Iterable[Reference]) -> None:
        wanted = [reference for reference in references if reference]
        self.store.expect(len(wanted))
        keys = [reference.key for reference in wanted]
        self.store.known.load(
            external=keys,
            code=keys,
            name_key=[r.keys["name_key"] for r in wanted],
            phone_key=[r.keys["phone_key"] for r in wanted if not r.key],
            email_key=[r.keys["email_key"] for r in wanted if not r.key],
        )

    def resolve(self, reference: Reference) -> Entry | Problem:
        found = self._by_key(reference) if reference.key else self._by_words(reference)
        if isinstance(found, Problem):
            return found
        if found is None:
            return self._create(reference)
        found = self.store.known.living(found)
        if found["deleted_at"]:
            return Problem("deleted")
        return found if found["visible"] else Problem("not_visible")

    def _by_key(self, reference: Reference) -> Entry | None:
        known = self.store.known
        found = known.external(reference.key) or next(iter(known.having("code", reference.key)), None)
        if found is not None:
            return found
        # A company entered by hand before, which has no key yet, is the one that the file names.
        same = [
            entry
            for entry in known.having("name_key", reference.keys["name_key"])
            if entry["external_key"] is None and entry["kind"] == Kind.COMPANY and entry["visible"]
        ]
        return same[0] if len(same) == 1 and guess_kind(reference.name, "auto") == Kind.COMPANY else None

    def _by_words(self, reference: Reference) -> Entry | Problem | None:
        known, keys = self.store.known, reference.keys
        for name in ("phone_key", "email_key", "name_key"):
            found = known.having(name, keys[name])
            if len(found) > 1:
                named = [e for e in found if keys["name_key"] and e["name_key"] == keys["name_key"]]
                found = named if len(named) == 1 else found
            found = known.all_living(found)
            if len(found) == 1:
                return found[0]
            if found:
                return Problem("several_customers", {"value": reference.shown})
        return None

    def _create(self, reference: Reference) -> Entry | Problem:
        if not self.work.options.get("create_customers", True):
            return Problem("customer_unknown", {"value": reference.shown})
        owner, team = self.work.default_owner
        name = reference.name or reference.shown
        fields = {
            **reference.facts,
            "external_key": reference.key or None,
            "name": name,
            "kind": guess_kind(reference.name, self.work.options.get("default_kind", "auto")),
            "phone": reference.phone,
            "email": reference.email,
            "owner_id": owner,
            "team_id": team,
            **(reference.keys if reference.name else keys_of(name, reference.phone, reference.email)),
        }
        if fields.get("city") and not fields.get("province"):
            fields["province"] = fields["city"][:2]
        return self.store.create(fields)

    def flush(self) -> None:
        self.store.flush()
