"""What an order line means, and orders as the engine wants them.

A line is a *purchase* (customer known, not cancelled, quantity and price above zero), a *return* (an invoice
number of the form C12345, a negative quantity or amount, a return status or flag; customer known),
*anonymous* (no customer: kept as a sale, but in no customer figure), or *ignored* with a reason. Money is in
units of 1/10,000 of the base currency; a line is rounded half to even where it has more decimals.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

import pyarrow as pa

UNITS = 10_000
_EPOCH = date(1970, 1, 1).toordinal()
_CANCEL_NUMBER = re.compile(r"[Cc]\d{3,}\Z")
#: The last bit stands for every category beyond the first 62.
LAST_CATEGORY_BIT = 62

_RETURNED = (
    "退货",
    "已退",
    "退款成功",
    "全额退款",
    "returned",
    "refunded",
    "return",
    "refund",
    "chargeback",
    "红字",
)
_CANCELLED = (
    "取消",
    "关闭",
    "作废",
    "失效",
    "cancel",
    "closed",
    "void",
    "rejected",
    "failed",
    "deleted",
    "拒绝",
)
_UNPAID = (
    "待付款",
    "等待买家付款",
    "未付款",
    "待支付",
    "未支付",
    "草稿",
    "unpaid",
    "awaiting payment",
    "draft",
    "pending payment",
)


class LineKind(StrEnum):
    PURCHASE = "purchase"
    RETURN = "return"
    ANONYMOUS = "anonymous"
    IGNORED = "ignored"


class Reason(StrEnum):
    """Why a line counts in no figure."""

    CANCELLED = "cancelled"
    NOT_PAID = "not_paid"
    NO_PRICE = "no_price"
    NO_QUANTITY = "no_quantity"
    NO_AMOUNT = "no_amount"


REASON_WORDS: dict[str, tuple[str, str]] = {
    "cancelled": ("订单已取消或关闭", "The order was cancelled or closed"),
    "not_paid": ("订单尚未付款", "The order was not paid yet"),
    "no_price": ("单价为零或负数", "The price is zero or negative"),
    "no_quantity": ("数量为零", "The quantity is zero"),
    "no_amount": ("金额为零或缺失", "The amount is zero or missing"),
}


@dataclass(slots=True)
class OrderLine:
    """One line of an order. Give `amount` (the line's total), or `quantity` and `unit_price`, or all."""

    order_number: str
    customer: str
    day: date
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    cost: Decimal | None = None
    category: str = ""
    status: str = ""
    returned: bool = False
    #: The product's code, or its name where it has no code; and what a reader calls it.
    product: str = ""
    product_name: str = ""


@dataclass(frozen=True, slots=True)
class LineClass:
    kind: LineKind
    #: The value of the line in units, 0 when ignored. Above zero, but for what an unknown customer returned.
    units: int = 0
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class LineRules:
    """`cancel_numbers`: C12345 is a credit note. False for a shop whose ordinary numbers look like that."""

    cancel_numbers: bool = True


DEFAULT_RULES = LineRules()


def cancel_numbers_apply(order_numbers: Iterable[str]) -> bool:
    """Where most numbers start with C, it is the shop's own prefix and no sign of a return."""
    numbers = {number for number in order_numbers if number}
    marked = sum(1 for number in numbers if _CANCEL_NUMBER.match(number))
    return marked * 2 <= len(numbers)


def classify(line: OrderLine, rules: LineRules = DEFAULT_RULES) -> LineClass:
    """The meaning of a line; the one rule behind the import, the database and `zhike analyze`."""
    state = _state(line.status) if line.status else None
    if isinstance(state, Reason):
        return LineClass(LineKind.IGNORED, reason=state)
    units = line_units(line)
    if _is_return(line, rules, state):
        return _returned(line, units)
    reason = _not_sold(line, units)
    if reason is not None:
        return LineClass(LineKind.IGNORED, reason=reason)
    return LineClass(LineKind.PURCHASE if line.customer else LineKind.ANONYMOUS, units)


def _returned(line: OrderLine, units: int) -> LineClass:
    """A return of unknown price moves nothing, but is a return all the same."""
    if not line.customer:
        return LineClass(LineKind.ANONYMOUS, -abs(units))
    return LineClass(LineKind.RETURN, abs(units))


def _is_return(line: OrderLine, rules: LineRules, state: str | None) -> bool:
    if line.quantity is not None and line.quantity < 0:
        return True
    if line.quantity is None and line.amount is not None and line.amount < 0:
        return True
    if line.amount is not None and line.amount < 0 and line.unit_price is None:
        return True
    marked = rules.cancel_numbers and bool(_CANCEL_NUMBER.match(line.order_number))
    return marked or line.returned or state == "returned"


def _not_sold(line: OrderLine, units: int) -> Reason | None:
    if line.quantity is not None and line.quantity == 0:
        return Reason.NO_QUANTITY
    if line.amount is None and line.unit_price is not None and line.unit_price <= 0:
        return Reason.NO_PRICE
    return Reason.NO_AMOUNT if units <= 0 else None


_STATES: dict[str, Reason | str | None] = {}


def _state(status: str) -> Reason | str | None:
    """`returned`, a reason to ignore, or None for a sale; remembered, because a file has few statuses."""
    if status not in _STATES:
        if len(_STATES) > 10_000:
            _STATES.clear()
        _STATES[status] = _read_state(status.strip().lower())
    return _STATES[status]


def _read_state(status: str) -> Reason | str | None:
    if any(word in status for word in _UNPAID):
        return Reason.NOT_PAID
    if any(word in status for word in _CANCELLED):
        return Reason.CANCELLED
    partly = "部分" in status or "partial" in status or "无退款" in status or "not " in status
    return "returned" if any(word in status for word in _RETURNED) and not partly else None


def line_units(line: OrderLine) -> int:
    """The line's value in units: its amount if given, else quantity times price."""
    if line.amount is not None:
        return to_units(line.amount)
    if line.unit_price is None:
        return 0
    return to_units(line.unit_price if line.quantity is None else line.unit_price * line.quantity)


def to_units(amount: Decimal) -> int:
    scaled = amount * UNITS
    whole = int(scaled)
    return whole if whole == scaled else int(scaled.to_integral_value(ROUND_HALF_EVEN))


def from_units(units: int) -> Decimal:
    """Exact, without needless zeros: 89114079040 → 8911407.904."""
    value = (Decimal(units) / UNITS).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def day_number(day: date) -> int:
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    return date.fromordinal(number + _EPOCH)


class Categories:
    """Top-level categories by order of appearance, as bits."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.ordinals: dict[str, int] = {}
        for name in names:
            self.mask(name)

    def mask(self, name: str) -> int:
        if not name:
            return 0
        return 1 << min(self.ordinals.setdefault(name, len(self.ordinals)), LAST_CATEGORY_BIT)


@dataclass(slots=True)
class _Order:
    customer: Hashable
    day: int
    #: Place among the orders, from 0.
    place: int = 0
    revenue: int = 0
    returned: int = 0
    cost: int | None = 0
    mask: int = 0
    bought: bool = False


@dataclass(slots=True)
class OrderBook:
    """Collects lines of known customers into orders: one per (order number, customer).

    Without order numbers, give the moment of the purchase as number: what a customer bought at the same
    time is one order. The day of an order is that of its first purchase line.
    """

    rules: LineRules = DEFAULT_RULES
    categories: Categories = field(default_factory=Categories)
    orders: dict[tuple[str, Hashable], _Order] = field(default_factory=dict)
    customers: dict[Hashable, int] = field(default_factory=dict)

    def add(self, line: OrderLine) -> LineClass:
        found = classify(line, self.rules)
        if found.kind in (LineKind.PURCHASE, LineKind.RETURN):
            self._count(line, found)
        return found

    def _count(self, line: OrderLine, found: LineClass) -> None:
        day = line.day.toordinal() - _EPOCH
        key = (line.order_number, line.customer)
        order = self.orders.get(key)
        if order is None:
            order = self.orders[key] = _Order(line.customer, day, len(self.orders))
            self.customers.setdefault(line.customer, len(self.customers) + 1)
        if found.kind is LineKind.PURCHASE:
            _buy(order, day, found.units, line.cost)
            order.mask |= self.categories.mask(line.category)
        else:
            order.returned += found.units
            _take_back(order, line.cost)

    def place(self, line: OrderLine) -> int:
        """The row of a counted line's order in ``to_arrow()``."""
        return self.orders[(line.order_number, line.customer)].place

    def customer_keys(self) -> dict[int, Hashable]:
        return {number: key for key, number in self.customers.items()}

    def to_arrow(self) -> pa.Table:
        """The engine's `orders_raw`, customers numbered from 1 by appearance."""
        orders = list(self.orders.values())
        return pa.table(
            {
                "order_id": pa.array(range(1, len(orders) + 1), pa.int64()),
                "customer_id": pa.array([self.customers[order.customer] for order in orders], pa.int64()),
                "day": pa.array([order.day for order in orders], pa.int32()),
                "revenue": pa.array([order.revenue for order in orders], pa.int64()),
                "returned": pa.array([order.returned for order in orders], pa.int64()),
                "cost": pa.array([order.cost for order in orders], pa.int64()),
                "category_mask": pa.array([order.mask for order in orders], pa.int64()),
            }
        )


def _buy(order: _Order, day: int, units: int, cost: Decimal | None) -> None:
    order.day = day if not order.bought else min(order.day, day)
    order.bought = True
    order.revenue += units
    order.cost = None if cost is None or order.cost is None else order.cost + to_units(abs(cost))


def _take_back(order: _Order, cost: Decimal | None) -> None:
    order.cost = None if cost is None or order.cost is None else order.cost - to_units(abs(cost))
