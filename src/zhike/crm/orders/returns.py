"""Goods that come back: what of an order can still be returned, and the return as an order of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zhike.crm.catalog.models import Product
from zhike.crm.orders import services
from zhike.crm.orders.models import LineKind, Order, OrderLine, OrderStatus
from zhike.crm.orders.totals import four_places
from zhike.platform import audit
from zhike.platform.errors import DomainError

ZERO = Decimal(0)
Key = tuple[int | None, str, Decimal]


@dataclass(frozen=True)
class Returnable:
    """The same goods at the same price within one order, however many lines they have."""

    product: Product | None
    description: str
    unit_price: Decimal
    bought: Decimal
    returned: Decimal
    cost: Decimal | None

    @property
    def name(self) -> str:
        return self.description or (self.product.name if self.product else "")

    @property
    def left(self) -> Decimal:
        return max(self.bought - self.returned, ZERO)


def returnable(order: Order) -> list[Returnable]:
    """What was bought, less what came back with the order itself or by its returns."""
    bought: dict[Key, list[OrderLine]] = {}
    for line in order.lines.select_related("product").order_by("position"):
        if line.kind in (LineKind.PURCHASE, LineKind.FREE) and line.quantity > 0:
            bought.setdefault(_key(line), []).append(line)
    returned = _returned(order)
    return [
        Returnable(
            product=lines[0].product,
            description=lines[0].description,
            unit_price=lines[0].unit_price,
            bought=sum((line.quantity for line in lines), ZERO),
            returned=returned.get(key, ZERO),
            cost=_cost(lines),
        )
        for key, lines in bought.items()
    ]


def _returned(order: Order) -> dict[Key, Decimal]:
    counted = order.returns.exclude(status=OrderStatus.CANCELLED).values("pk")
    lines = OrderLine.objects.filter(kind=LineKind.RETURN)
    found: dict[Key, Decimal] = {}
    for line in [*lines.filter(order=order), *lines.filter(order__in=counted)]:
        found[_key(line)] = found.get(_key(line), ZERO) - line.quantity
    return found


def _key(line: OrderLine) -> Key:
    """The product, or what was written where none was chosen; the price tells goods of one product apart."""
    return line.product_id, "" if line.product_id else line.description, line.unit_price


def _cost(lines: Iterable[OrderLine]) -> Decimal | None:
    costs = [line.cost for line in lines]
    return None if None in costs else sum((cost for cost in costs if cost is not None), ZERO)


@transaction.atomic
def return_goods(
    *,
    actor: Any,
    order: Order,
    quantities: Mapping[int, Decimal],
    number: str = "",
    placed_at: datetime | None = None,
) -> Order:
    """Post a return: ``quantities`` by the place of the goods in :func:`returnable`."""
    current = services.locked(actor, order)
    if current.status == OrderStatus.CANCELLED or current.return_of_id is not None:
        raise DomainError(_("Nothing can be returned of this order."), code="not_returnable")
    goods = returnable(current)
    wanted = {place: quantity for place, quantity in quantities.items() if quantity}
    if not wanted:
        raise DomainError(_("Say how much of what came back."), code="required")
    for place, quantity in wanted.items():
        _check(goods, place, quantity)
    posted = services.place_order(
        actor=actor,
        customer=current.customer,
        number=number or services.next_number("R"),
        placed_at=placed_at,
        currency=current.currency,
        rate=current.rate,
        lines=[_line(goods[place], quantity) for place, quantity in sorted(wanted.items())],
        return_of=current,
    )
    audit.record(actor, "order.returned", current, after={"return": posted.number})
    return posted


def _check(goods: list[Returnable], place: int, quantity: Decimal) -> None:
    if not 0 <= place < len(goods):
        raise DomainError(_("This is not in the order."), code="unknown_line")
    if quantity < 0 or quantity > goods[place].left:
        message = _("At most %(left)s can come back.") % {"left": _plain(goods[place].left)}
        raise DomainError(message, field=f"quantity_{place}", code="too_many")


def _line(goods: Returnable, quantity: Decimal) -> dict[str, Any]:
    line: dict[str, Any] = {
        "description": goods.description,
        "quantity": -quantity,
        "unit_price": goods.unit_price,
    }
    if goods.product is not None:
        line["sku"] = goods.product.sku
    if goods.cost is not None:
        line["cost"] = four_places(goods.cost * quantity / goods.bought)
    return line


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")
