"""From a file of orders to order lines, with account of every row that could not be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice, repeat
from os import PathLike
from typing import Any

from zhike.analytics import columns
from zhike.analytics.analyze.errors import AnalyzeError
from zhike.analytics.columns import FIELDS, customer_column, match_columns
from zhike.analytics.columns import Mapping as ColumnMapping
from zhike.analytics.orders import OrderLine, cancel_numbers_apply
from zhike.analytics.tabular import (
    Batch,
    DateOrder,
    NumberStyle,
    Order,
    Phone,
    Problem,
    Table,
    column_parser,
    open_table,
    scan_columns,
)

OPTIONS = {
    "customer_key": "--customer",
    "ordered_at": "--date",
    "amount": "--amount",
    "unit_price": "--price",
    "quantity": "--quantity",
    "order_number": "--order",
    "category": "--category",
}
_MONEY = ("amount", "unit_price", "cost", "unit_cost", "profit")
_NUMBERS = (*_MONEY, "quantity")
#: What a line is made of, in the order of `_line`.
_LINE = (
    "order_number",
    "ordered_at",
    "quantity",
    "unit_price",
    "amount",
    "category",
    "status",
    "returned",
    "cost",
    "unit_cost",
    "profit",
    "sku",
    "product_name",
)
_PRODUCT = ("sku", "product_name")
_BLANK = Problem("blank")
_KEPT_EXAMPLES = 5
_KEPT_REJECTED = 100_000
_REPEAT_MEMORY = 5_000_000


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row left out, and the cell that is to blame."""

    row: int
    header: str
    problem: Problem


@dataclass(slots=True)
class Quality:
    """What the file was like: counted while it is read."""

    rows: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    rejected_rows: int = 0
    by_code: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Rejected]] = field(default_factory=dict)
    repeated_rows: int = 0
    currencies: set[str] = field(default_factory=set)

    def reject(self, entry: Rejected) -> None:
        self.rejected_rows += 1
        self.by_code[entry.problem.code] += 1
        shown = self.examples.setdefault(entry.problem.code, [])
        if len(shown) < _KEPT_EXAMPLES:
            shown.append(entry)
        if len(self.rejected) < _KEPT_REJECTED:
            self.rejected.append(entry)


@dataclass(slots=True)
class OrdersFile:
    """An opened file of orders whose columns and ways of writing are known."""

    table: Table
    mapping: ColumnMapping
    customer_field: str
    orders: dict[str, DateOrder]
    styles: dict[str, NumberStyle]
    cancel_numbers: bool
    quality: Quality = field(default_factory=Quality)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def date_order(self) -> Order | None:
        return self.orders[self.mapping.columns["ordered_at"]].order

    def lines(self, progress: Callable[[int], None] | None = None) -> Iterator[OrderLine]:
        """Every usable line; the others are counted in `quality`."""
        reader = _Reader(self)
        for batch in self.table.batches():
            yield from reader.read(batch)
            if progress:
                progress(self.quality.rows)


def open_orders(
    path: str | PathLike[str],
    *,
    overrides: Mapping[str, str | None] | None = None,
    date_order: Order | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> OrdersFile:
    """Open a file, find its columns by meaning and decide how dates and numbers are written."""
    table = open_table(path, encoding, delimiter, sheet)
    sample = [row.cells for row in islice(table.rows(), 200)]
    mapping = match_columns(table.headers, sample, "orders")
    mapping = mapping.with_overrides(_known(overrides or {}), table.headers)
    customer = _require(mapping, table)
    orders, styles = _ways_of_writing(table, mapping, date_order)
    numbers = (
        islice(table.column(mapping.columns["order_number"]), 20_000)
        if "order_number" in mapping.columns
        else ()
    )
    return OrdersFile(table, mapping, customer, orders, styles, cancel_numbers_apply(numbers))


def _known(overrides: Mapping[str, str | None]) -> Mapping[str, str | None]:
    names = [f.name for f in FIELDS["orders"]]
    for name in overrides:
        if name not in (*names, "external_key"):
            raise AnalyzeError("field_unknown", field=name, fields=names)
    return overrides


def _require(mapping: ColumnMapping, table: Table) -> str:
    for name in mapping.missing:
        raise AnalyzeError(
            "column_needed",
            field=_Label(columns.field_named("orders", name)),
            option=OPTIONS[name],
            headers=table.headers,
        )
    if "amount" not in mapping.columns and "unit_price" not in mapping.columns:
        raise AnalyzeError("amount_needed", headers=table.headers)
    customer = customer_column(mapping.columns)
    assert customer is not None  # `missing` names the key when no column tells customers apart
    return customer


@dataclass(frozen=True, slots=True)
class _Label:
    field: columns.Field

    def text(self, lang: str) -> str:
        return self.field.label(lang)


def _ways_of_writing(
    table: Table, mapping: ColumnMapping, date_order: Order | None
) -> tuple[dict[str, DateOrder], dict[str, NumberStyle]]:
    header = mapping.columns["ordered_at"]
    numbers = [mapping.columns[name] for name in _NUMBERS if name in mapping.columns]
    orders, styles = scan_columns(table, [header], list(dict.fromkeys(numbers)))
    if date_order is not None:
        orders[header] = DateOrder("decided", date_order, (date_order,))
    found = orders[header]
    if found.status == "ambiguous":
        raise AnalyzeError(
            "date_order_needed", header=header, example=found.example, candidates=list(found.candidates)
        )
    return orders, styles


class _Reader:
    """Parses batches column by column and joins the values to lines."""

    def __init__(self, file: OrdersFile) -> None:
        self._file = file
        wanted = dict.fromkeys((*_LINE, "customer_name", "currency", file.customer_field))
        self._places = {n: i for n in wanted if (i := file.mapping.index(n, file.table.headers)) is not None}
        self._parsers = {name: self._parser(name) for name in self._places}
        self._seen: set[int] = set()

    def _parser(self, name: str) -> Any:
        header = self._file.mapping.columns[name]
        kind = (
            "text" if name in ("customer_name", "product_name") else columns.field_named("orders", name).kind
        )
        return column_parser(kind, order=self._file.date_order, style=self._file.styles.get(header))

    def read(self, batch: Batch) -> Iterator[OrderLine]:
        self._count(batch)
        values = {n: self._parsers[n].column(batch.column(place)) for n, place in self._places.items()}
        for name in _PRODUCT:
            # A product that cannot be read is no product; the purchase stands.
            values[name] = [None if type(cell) is Problem else cell for cell in values.get(name, ())]
        bad = self._bad(batch, values)
        customers = [_key(value) for value in values[self._file.customer_field]]
        self._keep_names(customers, values.get("customer_name"))
        self._file.quality.currencies.update(filter(None, values.get("currency", ())))
        columns_read = [values.get(name) or repeat(None) for name in _LINE]
        for place, (customer, row) in enumerate(
            zip(customers, zip(*columns_read, strict=False), strict=False)
        ):
            if place in bad:
                self._file.quality.reject(bad[place])
            else:
                yield _line(customer, row)

    def _bad(self, batch: Batch, values: dict[str, list[Any]]) -> dict[int, Rejected]:
        """Rows that cannot be used, by their place in the batch; of several bad cells the first counts."""
        numbers, headers = batch.numbers, self._file.mapping.columns
        found = {i: Rejected(n, "", batch.problems[n]) for i, n in enumerate(numbers) if n in batch.problems}
        for name, cells in values.items():
            for place, value in enumerate(cells):
                if type(value) is Problem:
                    found.setdefault(place, Rejected(numbers[place], headers[name], value))
        for name, place in _blanks(values):
            found.setdefault(place, Rejected(numbers[place], headers[name], _BLANK))
        return found

    def _keep_names(self, customers: list[str], names: list[str] | None) -> None:
        known = self._file.names
        for customer, name in set(zip(customers, names or (), strict=False)):
            if customer and name and not isinstance(name, Problem):
                known[customer] = min(name, known.get(customer, name))

    def _count(self, batch: Batch) -> None:
        quality = self._file.quality
        quality.rows += len(batch)
        if quality.rows > _REPEAT_MEMORY:
            return
        hashes = [hash(tuple(row)) for row in batch.rows]
        before = len(self._seen)
        self._seen.update(hashes)
        quality.repeated_rows += len(hashes) - (len(self._seen) - before)


def _blanks(values: Mapping[str, list[Any]]) -> Iterator[tuple[str, int]]:
    """Cells that must not be empty: the date, and the quantity unless the amount is given (it is no 1)."""
    yield from (("ordered_at", place) for place, moment in enumerate(values["ordered_at"]) if moment is None)
    amounts = values.get("amount") or repeat(None)
    for place, (quantity, amount) in enumerate(zip(values.get("quantity", ()), amounts, strict=False)):
        if quantity is None and amount is None:
            yield "quantity", place


_Row = tuple[
    str | None,
    datetime,
    Decimal | None,
    Decimal | None,
    Decimal | None,
    str | None,
    str | None,
    bool | None,
    Decimal | None,
    Decimal | None,
    Decimal | None,
    str | None,
    str | None,
]


def _line(customer: str, row: _Row) -> OrderLine:
    order, moment, quantity, price, amount, category, status, returned, cost, unit_cost, profit, sku, name = (
        row
    )
    if cost is None and (unit_cost is not None or profit is not None):
        cost = _cost(quantity, amount, unit_cost, profit)
    return OrderLine(
        order or _order_of(moment),
        customer,
        moment.date(),
        quantity,
        price,
        amount,
        cost,
        category or "",
        status or "",
        bool(returned),
        sku or name or "",
        name or "",
    )


def _key(value: str | Phone | None) -> str:
    return value.e164 if isinstance(value, Phone) else value or ""


def _order_of(moment: datetime) -> str:
    """Without order numbers, what a customer buys at one time is one order."""
    return moment.isoformat()


def _cost(
    quantity: Decimal | None, amount: Decimal | None, unit_cost: Decimal | None, profit: Decimal | None
) -> Decimal | None:
    """A line's cost of goods from the cost of a piece, or from the profit."""
    if unit_cost is not None and quantity is not None:
        return unit_cost * quantity
    return amount - profit if profit is not None and amount is not None else None
