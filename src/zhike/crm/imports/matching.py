"""Is this row a customer we know? By key when it has one, else by name, phone and e-mail.

Sure: a company of the same normalised name, or a person of the same name and phone or e-mail. Doubtful, and
left to a person: the same phone or e-mail under another name, a person of the same name alone, names that
differ only in their legal form, several candidates of which none fits in everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhike.crm.customers.choices import Kind
from zhike.crm.imports.directory import CustomerDirectory, Entry
from zhike.crm.imports.keys import same_form

KEYS = ("name_key", "phone_key", "email_key")


@dataclass(frozen=True)
class Match:
    """``entry`` when sure; ``candidates`` when doubtful; neither when the row is new.

    ``through`` is the former record that led to the entry, when it was merged into it.
    """

    entry: Entry | None = None
    candidates: tuple[Entry, ...] = ()
    through: Entry | None = None


def match(values: dict[str, Any], keys: dict[str, Any], kind: str, known: CustomerDirectory) -> Match:
    """``values`` are the row's, ``keys`` its normalised forms, ``kind`` what it is taken for."""
    if values.get("customer_key") or values.get("code"):
        return _sure(_by_key(values, known), known)
    found = {entry["id"]: entry for name in KEYS for entry in known.having(name, keys[name])}
    fitting = [entry for entry in found.values() if _fits(entry, values, keys, kind)]
    if len(known.all_living(fitting)) > 1:
        fitting = [entry for entry in fitting if _fits_in_all(entry, keys)]
    if len(known.all_living(fitting)) == 1:
        own = [entry for entry in fitting if not entry.get("merged_into_id")]
        return _sure((own or fitting)[0], known)
    return Match(candidates=tuple(known.all_living(found.values())))


def _sure(entry: Entry | None, known: CustomerDirectory) -> Match:
    if entry is None:
        return Match()
    living = known.living(entry)
    return Match(living, through=None if living is entry else entry)


def _by_key(values: dict[str, Any], known: CustomerDirectory) -> Entry | None:
    entry = known.external(values["customer_key"]) if values.get("customer_key") else None
    if entry is None and values.get("code"):
        entry = next(iter(known.having("code", values["code"])), None)
    return entry


def _fits(entry: Entry, values: dict[str, Any], keys: dict[str, Any], kind: str) -> bool:
    same = {name for name in KEYS if keys[name] and entry[name] == keys[name]}
    if not keys["name_key"]:
        return bool(same) and _fits_in_all(entry, keys)
    if "name_key" not in same:
        return False
    if entry["kind"] == Kind.COMPANY and kind == Kind.COMPANY:
        return same_form(entry["name"], values.get("name") or "")
    return len(same) > 1 or not any(keys[name] or entry[name] for name in KEYS[1:])


def _fits_in_all(entry: Entry, keys: dict[str, Any]) -> bool:
    """Everything that the row states is the same there."""
    return all(entry[name] == keys[name] for name in KEYS if keys[name])
