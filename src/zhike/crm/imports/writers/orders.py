"""Orders: keyed by (source, number); importing one again replaces all of its lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from zhike.analytics.tabular import Problem
from zhike.crm.imports.directory import Entry
from zhike.crm.imports.lines import LineDraft, OrderDraft, draft_of
from zhike.crm.imports.references import Resolver
from zhike.crm.imports.staging import StagedRow
from zhike.crm.imports.work import Work, plain, record_changes
from zhike.crm.imports.writers.products import ProductStore, four_places
from zhike.crm.orders.models import Order, OrderLine
from zhike.crm.orders.totals import compute
from zhike.platform import rows as bulk

HEADER = [
    "customer_id",
    "status",
    "placed_at",
    "business_date",
    "currency",
    "rate",
    "revenue",
    "returned",
    "cost",
    "category_mask",
    "line_count",
]
LINE = ("kind", "product_id", "description", "quantity", "unit_price", "amount", "cost")
LineTuple = tuple[Any, ...]


class Counted(NamedTuple):
    """What the totals need of a line."""

    kind: str
    amount: Decimal
    cost: Decimal | None
    category_ordinal: int | None


@dataclass(slots=True)
class Known:
    """An order that exists: its header and its lines in their order."""

    number: int
    header: dict[str, Any]
    lines: list[LineTuple]


class OrderWriter:
    """An order is taken whole or not at all: what is left of it would be a wrong amount."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.customers = Resolver(work)
        self.products = ProductStore(work, ("sku", "name", "category_id", "cost"))
        self._drafts: dict[int, OrderDraft] = {}
        self._known: dict[str, Known] = {}
        self._created: list[tuple[int, str, dict[str, Any], list[LineTuple]]] = []
        self._replaced: list[tuple[Known, dict[str, Any], list[LineTuple]]] = []

    def prepare(self, groups: Sequence[list[StagedRow]]) -> None:
        self._drafts = {group[0].group: draft_of(group, self.work) for group in groups}

    def load(self, groups: Sequence[list[StagedRow]]) -> None:
        sound = [draft for draft in self._drafts.values() if draft.blamed is None and draft.problem is None]
        self.customers.load(draft.reference for draft in sound)
        self.products.load({line.sku for draft in sound for line in draft.lines if line.sku})
        self._load_orders([draft.number for draft in sound])
        self._numbers = self.work.numbers(Order, len(sound))

    def _load_orders(self, numbers: list[str]) -> None:
        wanted = [number for number in numbers if number not in self._known]
        found = Order.objects.filter(source=self.work.run.source, number__in=wanted)
        by_id: dict[int, Known] = {}
        for row in found.values("id", "number", *HEADER):
            known = Known(row.pop("id"), row, [])
            self._known[row.pop("number")] = by_id[known.number] = known
        lines = OrderLine.objects.filter(order_id__in=list(by_id)).order_by("order_id", "position")
        for number, *line in lines.values_list("order_id", *LINE):
            by_id[number].lines.append(tuple(line))
        customers = {known.header["customer_id"] for known in by_id.values()} - {None}
        self._visible_customers = self._may_change(customers)

    def _may_change(self, customers: set[int]) -> set[int]:
        from zhike.crm.customers.models import Customer

        if self.work.unlimited or not customers:
            return customers
        mine = Customer.objects.editable_by(self.work.actor).filter(pk__in=customers)
        return set(mine.values_list("pk", flat=True))

    def take(self, group: list[StagedRow]) -> None:
        draft = self._drafts[group[0].group]
        if draft.blamed is not None:
            self._reject_around(draft)
            return
        customer = draft.problem or self._hidden(draft) or self._customer(draft)
        if not isinstance(customer, Problem):
            self._place(draft, customer)
            return
        for row in draft.rows:
            self.work.reject(row, customer)

    def _reject_around(self, draft: OrderDraft) -> None:
        assert draft.blamed is not None
        for row in draft.rows:
            if row.problems:
                self.work.reject_cells(row)
            else:
                self.work.reject(row, Problem("order_incomplete", {"row": draft.blamed.row}))

    def _hidden(self, draft: OrderDraft) -> Problem | None:
        known = self._known.get(draft.number)
        if known is None or self.work.unlimited:
            return None
        visible = known.header["customer_id"] in self._visible_customers
        return None if visible or known.number < 0 else Problem("order_other_customer")

    def _customer(self, draft: OrderDraft) -> Entry | Problem | None:
        return self.customers.resolve(draft.reference) if draft.reference else None

    def _place(self, draft: OrderDraft, customer: Any) -> None:
        products = [self._product(line) for line in draft.lines]
        lines = [self._line(line, product) for line, product in zip(draft.lines, products, strict=True)]
        header = self._header(draft, customer, lines, products)
        known = self._known.get(draft.number)
        if known is None:
            self._create(draft, header, lines)
        elif known.header == header and known.lines == lines:
            self.work.count_row("skipped", len(lines))
        else:
            self._replace(draft, known, header, lines)

    def _product(self, line: LineDraft) -> Entry | None:
        if line.sku is None:
            return None
        known = self.products.get(line.sku)
        if known is not None:
            return known
        values = line.values
        fields: dict[str, Any] = {"name": values.get("product_name") or line.sku}
        category = self.products.tree.find(values.get("category"), values.get("subcategory"))
        return self.products.create(line.sku, {**fields, "category_id": category})

    def _counted(self, line: LineTuple, product: Entry | None) -> Counted:
        ordinal = self.products.tree.ordinal(product["category_id"]) if product else None
        return Counted(line[0], line[5], line[6], ordinal)

    def _line(self, line: LineDraft, product: Entry | None) -> LineTuple:
        cost = line.cost
        if cost is None and product is not None and product["cost"] is not None:
            cost = four_places(product["cost"] * abs(line.quantity))
        name = line.values.get("product_name") or (product["name"] if product else "")
        number = product["id"] if product else None
        return (
            str(line.kind),
            number,
            name[:300],
            line.quantity,
            line.unit_price,
            line.amount,
            cost,
        )

    def _header(
        self, draft: OrderDraft, customer: Any, lines: list[LineTuple], products: list[Entry | None]
    ) -> dict[str, Any]:
        total = compute(map(self._counted, lines, products))
        return {
            "customer_id": customer["id"] if customer else None,
            "status": str(draft.status),
            "placed_at": draft.placed_at,
            "business_date": draft.business_date,
            "currency": draft.currency,
            "rate": draft.rate,
            **total._asdict(),
            "line_count": len(lines),
        }

    def _create(self, draft: OrderDraft, header: dict[str, Any], lines: list[LineTuple]) -> None:
        number = next(self._numbers)
        self._created.append((number, draft.number, header, lines))
        if self.work.dry:
            self._known[draft.number] = Known(number, header, lines)
        self.work.count_row("created", len(lines))
        self.work.count_record("orders", "created")

    def _replace(
        self, draft: OrderDraft, known: Known, header: dict[str, Any], lines: list[LineTuple]
    ) -> None:
        self._replaced.append((known, header, lines))
        self.work.count_row("updated", len(lines))
        self.work.count_record("orders", "updated")

    def flush(self) -> None:
        self.customers.flush()
        self.products.flush()
        if not self.work.dry:
            self._write()
        self._created, self._replaced = [], []

    def _write(self) -> None:
        source = self.work.run.source
        bulk.insert(
            Order,
            [
                {"id": number, "source": source, "number": text, **header}
                for number, text, header, _lines in self._created
            ],
        )
        bulk.update(Order, {known.number: header for known, header, _lines in self._replaced})
        OrderLine.objects.filter(order_id__in=[known.number for known, *_ in self._replaced])._raw_delete(
            using="default"
        )
        write_lines((number, lines) for number, _text, _header, lines in self._created)
        write_lines((known.number, lines) for known, _header, lines in self._replaced)
        record_changes(
            self.work,
            "order",
            [number for number, *_ in self._created],
            {known.number: _difference(known, header) for known, header, _lines in self._replaced},
        )


def write_lines(orders: Iterable[tuple[int, list[LineTuple]]]) -> None:
    """Insert lines whose values need no more preparation than decimals as text."""
    bulk.insert_prepared(
        OrderLine,
        ["order_id", "position", *LINE],
        (
            (order, position, kind, product, text, str(quantity), str(price), str(amount), _text(cost))
            for order, lines in orders
            for position, (kind, product, text, quantity, price, amount, cost) in enumerate(lines, start=1)
        ),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _difference(known: Known, header: dict[str, Any]) -> dict[str, Any]:
    """Former and new header, and the former lines as they stood."""
    fields: dict[str, Any] = {
        name: [plain(known.header[name]), plain(value)]
        for name, value in header.items()
        if known.header[name] != value
    }
    fields["lines"] = [[plain(value) for value in line] for line in known.lines]
    return fields
