"""An order as a file states it: its rows made into lines with kinds and amounts, before any query."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from zhike.analytics.orders import LineKind as Meaning
from zhike.analytics.orders import LineRules, OrderLine, Reason, classify, line_units
from zhike.analytics.tabular import Problem
from zhike.crm.imports.references import Reference
from zhike.crm.imports.staging import StagedRow
from zhike.crm.imports.work import Work
from zhike.crm.imports.writers.products import four_places, sku_of
from zhike.crm.orders.models import LineKind, OrderStatus

_FACTS = ("country", "province", "city", "address")
_ONE = Decimal(1)
_SOMEBODY = "?"
_COSTS = frozenset(("cost", "unit_cost", "profit"))


@dataclass(slots=True)
class LineDraft:
    """A line; ``cost`` is known here only when the file states it. ``amount`` is signed, base currency."""

    kind: str
    sku: str | None
    values: dict[str, Any]
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    cost: Decimal | None


@dataclass(slots=True)
class OrderDraft:
    """An order of a file; ``problem`` (with the row to blame, or None for all) stops it."""

    rows: list[StagedRow]
    number: str = ""
    placed_at: datetime | None = None
    business_date: date | None = None
    currency: str = ""
    rate: Decimal = _ONE
    status: str = OrderStatus.CONFIRMED
    reference: Reference = field(default_factory=Reference)
    lines: list[LineDraft] = field(default_factory=list)
    problem: Problem | None = None
    blamed: StagedRow | None = None


def draft_of(rows: list[StagedRow], work: Work) -> OrderDraft:
    """Everything about the order that can be known before any query."""
    draft = OrderDraft(rows)
    draft.blamed = next((row for row in rows if row.problems), None)
    if draft.blamed is not None:
        return draft
    whole = _whole(rows)
    draft.number = whole["order_number"]
    draft.problem = _conflict(rows) or _money(draft, whole, work)
    if draft.problem is None:
        _say_who(draft, whole)
        rules = LineRules(cancel_numbers=work.cancel_numbers)
        draft.lines = [_line(row, draft, rules) for row in rows]
        _say_when(draft, work)
        if all(line.kind == LineKind.CANCELLED for line in draft.lines):
            draft.status = OrderStatus.CANCELLED
    return draft


_WHOLE = [
    "order_number",
    "currency",
    "rate",
    "status",
    "customer_key",
    "customer_name",
    "customer_phone",
    "customer_email",
    "country",
    "province",
    "city",
    "address",
]


def _whole(rows: list[StagedRow]) -> dict[str, Any]:
    """What belongs to the order: the first of its rows that states it. Ledgers say it once only."""
    first = rows[0].values
    if len(rows) == 1:
        return first
    whole = {name: first.get(name) for name in _WHOLE}
    for name, value in whole.items():
        if value is None and name in first:
            whole[name] = next((row.values[name] for row in rows if row.values[name] is not None), None)
    return whole


def _conflict(rows: list[StagedRow]) -> Problem | None:
    for name in ("customer_key", "customer_name", "customer_phone"):
        if name in rows[0].values:
            named = {row.values[name] for row in rows if row.values[name] is not None}
            if named:
                return Problem("order_conflict") if len(named) > 1 else None
    return None


def _money(draft: OrderDraft, whole: dict[str, Any], work: Work) -> Problem | None:
    base = work.installation.currency
    draft.currency = whole.get("currency") or base
    if whole.get("rate") is not None:
        draft.rate = Decimal(whole["rate"])
        return Problem("negative_rate") if draft.rate <= 0 else None
    return None if draft.currency == base else Problem("rate_missing", {"value": draft.currency})


def _say_who(draft: OrderDraft, whole: dict[str, Any]) -> None:
    draft.reference = Reference.of(whole, facts=_FACTS)


def _say_when(draft: OrderDraft, work: Work) -> None:
    """The order's time is that of its first purchase line, or of its first row."""
    moments = [
        (line.kind != LineKind.PURCHASE, row.values["ordered_at"])
        for line, row in zip(draft.lines, draft.rows, strict=True)
        if row.values["ordered_at"]
    ]
    if not moments:
        draft.problem = Problem("blank")
        return
    moment = datetime.fromisoformat(min(moments)[1])
    aware = moment if moment.tzinfo else moment.replace(tzinfo=work.zone)
    draft.placed_at = aware
    draft.business_date = aware.astimezone(work.zone).date()


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


@lru_cache(maxsize=50_000)
def _rounded(value: Decimal) -> Decimal:
    """Quantities and prices repeat from line to line."""
    return four_places(value)


def _line(row: StagedRow, draft: OrderDraft, rules: LineRules) -> LineDraft:
    values = row.values
    quantity, price = _decimal(values.get("quantity")), _decimal(values.get("unit_price"))
    stated = _decimal(values.get("amount"))
    asked = OrderLine(
        draft.number,
        _SOMEBODY,
        date.min,
        quantity,
        price,
        stated,
        status=values.get("status") or "",
        returned=bool(values.get("returned")),
    )
    found = classify(asked, rules)
    kind = _kind(found.kind, found.reason)
    units = line_units(asked) if kind in (LineKind.FREE, LineKind.CANCELLED) else found.units
    amount = Decimal(-units if kind == LineKind.RETURN else units).scaleb(-4)
    if draft.rate != _ONE:
        amount = four_places(amount * draft.rate)
    counted = _ONE if quantity is None else quantity
    return LineDraft(
        kind,
        sku_of(values),
        values,
        _rounded(counted),
        _price(price, stated, counted),
        amount,
        _cost(values, amount, counted, draft.rate),
    )


def _kind(meaning: Meaning, reason: Reason | None) -> str:
    if meaning is Meaning.IGNORED:
        return LineKind.CANCELLED if reason in (Reason.CANCELLED, Reason.NOT_PAID) else LineKind.FREE
    return LineKind.RETURN if meaning is Meaning.RETURN else LineKind.PURCHASE


def _price(price: Decimal | None, stated: Decimal | None, counted: Decimal) -> Decimal:
    if price is not None:
        return _rounded(price)
    return four_places(stated / counted) if stated is not None and counted else Decimal(0)


def _cost(values: dict[str, Any], amount: Decimal, counted: Decimal, rate: Decimal) -> Decimal | None:
    """Cost of the line, above zero, in the base currency; a cost that nobody entered is unknown."""
    if _COSTS.isdisjoint(values):
        return None
    cost, unit, profit = (_decimal(values.get(name)) for name in ("cost", "unit_cost", "profit"))
    if cost is not None:
        return four_places(abs(cost) * rate)
    if unit is not None:
        return four_places(unit * abs(counted) * rate)
    return None if profit is None else four_places(abs(amount) - abs(profit) * rate)
