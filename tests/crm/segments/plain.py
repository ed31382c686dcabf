"""The customers of the segment base as the plain evaluator reads them: no SQL has a say in what is true."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from zhike.analytics.segments import Catalogue, Field, Person
from zhike.analytics.segments.comparisons import TAG_MARK
from zhike.crm.customers.models import ListMember
from zhike.crm.segments import base


def people(catalogue: Catalogue) -> dict[int, Person]:
    reader = base.reader()
    rows = {name: _grouped(catalogue, name) for name in catalogue.sources}
    changes = {name: _changes(reader, one.relation) for name, one in catalogue.changing.items()}
    lists: dict[int, set[int]] = defaultdict(set)
    for list_id, customer in ListMember.objects.values_list("list_id", "customer_id"):
        lists[customer].add(list_id)
    return {
        row["customer_id"]: Person(
            row["customer_id"],
            values={field.name: _of_person(field, row[field.column]) for field in catalogue.fields.values()},
            rows={name: found[row["customer_id"]] for name, found in rows.items()},
            changes={name: found[row["customer_id"]] for name, found in changes.items()},
            occasions={one.name: row[one.column] for one in catalogue.occasions.values()},
            lists=frozenset(lists[row["customer_id"]]),
        )
        for row in reader.dicts("SELECT * FROM people")
    }


def _of_person(field: Field, value: Any) -> Any:
    """A level by its code: the column holds its place."""
    return field.levels[value] if field.type == "level" else _value(field.type, value)


def _value(kind: str, value: Any) -> Any:
    return value.strip(TAG_MARK).split(TAG_MARK) if kind == "tags" and value else value


def _grouped(catalogue: Catalogue, name: str) -> dict[int, list[dict[str, Any]]]:
    source = catalogue.sources[name]
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in base.reader().dicts(f"SELECT * FROM {source.relation}"):
        values = {field.name: _value(field.type, row[field.column]) for field in source.fields.values()}
        found[row["customer_id"]].append({"day": row["day"], **values})
    return found


def _changes(reader: Any, relation: str) -> dict[int, list[tuple[int, str, str]]]:
    found: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for row in reader.dicts(f"SELECT * FROM {relation}"):
        found[row["customer_id"]].append((row["day"], row["before"], row["after"]))
    return found
