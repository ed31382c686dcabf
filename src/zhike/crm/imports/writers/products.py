"""Products and their categories."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from zhike.analytics.tabular import Problem
from zhike.crm.catalog.models import Category, Product
from zhike.crm.imports.staging import StagedRow
from zhike.crm.imports.work import Work, merged, plain, record_changes
from zhike.platform import rows as bulk
from zhike.platform.money import FOUR_PLACES

Entry = dict[str, Any]
ATTRIBUTES = ("sku", "name", "category_id", "price", "cost", "unit", "is_active", "source", "custom")
_PATH = re.compile(r"\s*(?:>|＞|»|/|／|\\|→|\|)\s*")
_DEPTH = 4


class CategoryTree:
    """All categories by path; unknown ones are created, top-level ones with the next bit of the mask."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._by_key: dict[tuple[int | None, str], int] = {}
        self._parent: dict[int, int | None] = {}
        self._ordinal: dict[int, int | None] = {}
        self._created: list[int] = []
        for number, parent, name, ordinal in Category.objects.values_list(
            "pk", "parent_id", "name", "ordinal"
        ):
            self._keep(number, parent, name, ordinal)

    def _keep(self, number: int, parent: int | None, name: str, ordinal: int | None) -> None:
        self._by_key[parent, name] = number
        self._parent[number], self._ordinal[number] = parent, ordinal

    def find(self, *parts: str | None) -> int | None:
        """The category of a path such as 家居 > 灯具, created when new; None without words."""
        names = [name for part in parts if part for name in _PATH.split(part) if name]
        number: int | None = None
        for name in names[:_DEPTH]:
            number = self._child(number, name[:120])
        return number

    def _child(self, parent: int | None, name: str) -> int:
        known = self._by_key.get((parent, name))
        return known if known is not None else self._create(parent, name)

    def _create(self, parent: int | None, name: str) -> int:
        taken = [ordinal for ordinal in self._ordinal.values() if ordinal is not None]
        ordinal = max(taken, default=-1) + 1 if parent is None else None
        number = next(self.work.numbers(Category, 1))
        if not self.work.dry:
            bulk.insert(Category, [{"id": number, "parent_id": parent, "name": name, "ordinal": ordinal}])
        self._created.append(number)
        self._keep(number, parent, name, ordinal)
        self.work.count_record("categories", "created")
        return number

    def ordinal(self, number: int | None) -> int | None:
        """The bit of the top-level category above."""
        while number is not None and self._parent[number] is not None:
            number = self._parent[number]
        return None if number is None else self._ordinal[number]

    def flush(self) -> None:
        record_changes(self.work, "category", self._created, {})
        self._created = []


class ProductStore:
    """The products that a chunk names, and what it created and changed."""

    def __init__(self, work: Work, attributes: Sequence[str] = ATTRIBUTES) -> None:
        self.work = work
        self._attributes = attributes
        self.tree = CategoryTree(work)
        self._known: dict[str, Entry] = {}
        self._created: dict[int, Entry] = {}
        self._changed: dict[int, dict[str, Any]] = {}
        self._numbers: Iterator[int] = iter(())

    def load(self, skus: Iterable[str]) -> None:
        wanted = {sku for sku in skus if sku not in self._known}
        for row in Product.objects.filter(sku__in=wanted).values("id", *self._attributes):
            self._known[row["sku"]] = row
        self._numbers = self.work.numbers(Product, len(wanted))

    def get(self, sku: str) -> Entry | None:
        return self._known.get(sku)

    def create(self, sku: str, fields: dict[str, Any]) -> Entry:
        entry = {
            **dict.fromkeys(ATTRIBUTES),
            "unit": "",
            "is_active": True,
            "custom": {},
            "name": sku,
            **fields,
            "id": next(self._numbers),
            "sku": sku,
            "source": self.work.run.source,
        }
        self._created[entry["id"]] = self._known[sku] = entry
        self.work.count_record("products", "created")
        return entry

    def change(self, entry: Entry, fields: dict[str, Any]) -> bool:
        changed = {name: value for name, value in fields.items() if entry[name] != value}
        if changed and entry["id"] not in self._created:
            step = {name: [plain(entry[name]), plain(value)] for name, value in changed.items()}
            self._changed[entry["id"]] = merged(self._changed.get(entry["id"], {}), step)
        entry.update(changed)
        return bool(changed)

    def flush(self) -> None:
        if not self.work.dry:
            self._write()
        self.tree.flush()
        self._created, self._changed = {}, {}

    def _write(self) -> None:
        names = ["id", *ATTRIBUTES]
        bulk.insert(Product, [{name: entry[name] for name in names} for entry in self._created.values()])
        by_number = {entry["id"]: entry for entry in self._known.values()}
        bulk.update(
            Product,
            {n: {name: by_number[n][name] for name in fields} for n, fields in self._changed.items()},
        )
        record_changes(self.work, "product", list(self._created), self._changed)


class ProductWriter:
    """Products by their number (or name, where a file has no numbers)."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.store = ProductStore(work)

    def prepare(self, groups: Sequence[list[StagedRow]]) -> None:
        """Nothing to do ahead of the write."""

    def load(self, groups: Sequence[list[StagedRow]]) -> None:
        self.store.load([sku for group in groups for row in group if (sku := sku_of(row.values))])

    def take(self, group: list[StagedRow]) -> None:
        row = group[0]
        sku = sku_of(row.values)
        if row.problems:
            self.work.reject_cells(row)
        elif sku is None:
            self.work.reject(row, Problem("sku_missing"))
        else:
            self._place(sku, row.values)

    def _place(self, sku: str, values: dict[str, Any]) -> None:
        fields = self._fields(values)
        entry = self.store.get(sku)
        if entry is None:
            self.store.create(sku, fields)
            self.work.count_row("created")
            return
        if values.get("custom"):
            fields["custom"] = {**entry["custom"], **fields["custom"]}
        changed = self.store.change(entry, fields)
        self.work.count_row("updated" if changed else "skipped")
        if changed:
            self.work.count_record("products", "updated")

    def _fields(self, values: dict[str, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = {
            name: values[name] for name in ("name", "unit") if values.get(name) is not None
        }
        for name in ("price", "cost"):
            if values.get(name) is not None:
                fields[name] = four_places(Decimal(values[name]))
        if values.get("is_active") is not None:
            fields["is_active"] = bool(values["is_active"])
        category = self.store.tree.find(values.get("category"), values.get("subcategory"))
        if category is not None:
            fields["category_id"] = category
        if values.get("custom"):
            fields["custom"] = json.loads(values["custom"])
        return fields

    def flush(self) -> None:
        self.store.flush()


def sku_of(values: dict[str, Any]) -> str | None:
    """The product's number; where a file has names only, the name stands in for it."""
    text = values.get("sku") or values.get("name") or values.get("product_name")
    return text[:120] if text else None


def four_places(value: Decimal) -> Decimal:
    """As the store keeps money: four decimals, half to even."""
    return value.quantize(FOUR_PLACES, ROUND_HALF_EVEN)
