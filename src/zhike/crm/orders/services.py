"""Verbs on orders: place, change, cancel. A return is a line with a negative quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.catalog.models import Product
from zhike.crm.catalog.services import top_ordinals
from zhike.crm.customers import access
from zhike.crm.customers.models import Customer
from zhike.crm.orders.models import LineKind, Order, OrderLine, OrderStatus
from zhike.crm.orders.totals import compute, four_places, kind_of
from zhike.platform import audit
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.models import Installation
from zhike.platform.permissions import RowScope, require, row_scope

MAX_LINES = 500
#: Above it a price or quantity is a slip of the keyboard, and sums would leave the column.
MAX_AMOUNT = Decimal(10) ** 12
LINE_FIELDS = frozenset(("sku", "description", "quantity", "unit_price", "cost"))


@dataclass(frozen=True)
class Draft:
    """A line checked and counted, before it is stored. ``cost`` is that of the whole line, above zero."""

    kind: str
    product: Product | None
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    cost: Decimal | None
    category_ordinal: int | None


@transaction.atomic
def place_order(
    *,
    actor: Any,
    customer: Customer | None,
    number: str,
    lines: Sequence[Mapping[str, Any]],
    placed_at: datetime | None = None,
    source: str = "manual",
    currency: str = "",
    rate: Decimal | None = None,
    return_of: Order | None = None,
) -> Order:
    """Place an order of a customer the actor may see (None: an anonymous sale).

    A line names a product by ``sku`` or describes what was sold, with ``quantity``, ``unit_price`` in the
    order's currency and, where known, ``cost`` of the whole line in the base currency.
    """
    _may_edit(actor, customer)
    number = number.strip()
    if not 1 <= len(number) <= 120:
        raise DomainError(_("An order needs a number of at most 120 characters."), field="number")
    if Order.objects.filter(source=source, number=number).exists():
        raise DomainError(_("There is already an order with this number."), field="number", code="taken")
    installation = Installation.current()
    placed_at = _moment(placed_at or timezone.now())
    currency = currency or installation.currency
    rate = _rate(currency, rate, installation)
    order = Order(
        customer=customer,
        source=source,
        number=number,
        placed_at=placed_at,
        business_date=business_date(placed_at, installation),
        currency=currency,
        rate=rate,
        return_of=return_of,
    )
    _store_lines(order, drafts_of(lines, rate))
    audit.record(actor, "order.placed", order, after=_state(order))
    return order


@transaction.atomic
def change_order(
    *,
    actor: Any,
    order: Order,
    lines: Sequence[Mapping[str, Any]] | None = None,
    placed_at: datetime | None = None,
    seen: str = "",
) -> Order:
    """Change the time of an order or replace all of its lines.

    With ``seen``, the order's time of change when it was read, a change by somebody else is not lost.
    """
    current = locked(actor, order)
    if seen and current.updated_at.isoformat() != seen:
        raise Conflict()
    if current.status == OrderStatus.CANCELLED:
        raise DomainError(_("A cancelled order cannot be changed."), code="cancelled")
    if lines is not None:
        if current.return_of_id is not None:
            raise DomainError(
                _("The lines of a return stay. Cancel it and take the goods back anew."), code="return"
            )
        _refuse_returned(current)
    before = _state(current)
    if placed_at is not None:
        current.placed_at = _moment(placed_at)
        current.business_date = business_date(current.placed_at, Installation.current())
    if lines is None:
        current.save()
    else:
        drafts = drafts_of(lines, current.rate)
        current.lines.all().delete()
        _store_lines(current, drafts)
    audit.record(actor, "order.changed", current, before=before, after=_state(current))
    return current


@transaction.atomic
def cancel_order(*, actor: Any, order: Order) -> Order:
    """A cancelled order counts for nothing; it stays in the books. Cancelling twice changes nothing."""
    current = locked(actor, order)
    if current.status != OrderStatus.CANCELLED:
        _refuse_returned(current)
        current.status = OrderStatus.CANCELLED
        current.save(update_fields=["status", "updated_at"])
        audit.record(actor, "order.cancelled", current)
    return current


def _refuse_returned(order: Order) -> None:
    if order.return_of_id is not None and order.status == OrderStatus.CONFIRMED:
        return
    if order.returns.exclude(status=OrderStatus.CANCELLED).exists():
        message = _("Goods of this order were returned. Cancel the return first.")
        raise DomainError(message, code="returned")


def next_number(prefix: str = "M") -> str:
    """A free number for an order that is entered by hand: M, the day and a running number."""
    stem = f"{prefix}{timezone.localdate():%Y%m%d}-"
    taken = Order.objects.filter(source="manual", number__startswith=stem).count()
    while Order.objects.filter(source="manual", number=f"{stem}{taken + 1:03d}").exists():
        taken += 1
    return f"{stem}{taken + 1:03d}"


def business_date(moment: datetime, installation: Installation) -> date:
    """The company's own day of a moment."""
    return moment.astimezone(ZoneInfo(installation.time_zone)).date()


def drafts_of(lines: Sequence[Mapping[str, Any]], rate: Decimal) -> list[Draft]:
    """Every line checked; an error names its line."""
    if not 1 <= len(lines) <= MAX_LINES:
        raise DomainError(_("An order has between 1 and 500 lines."), field="lines", code="line_count")
    skus = {str(line["sku"]) for line in lines if line.get("sku")}
    products = {product.sku: product for product in Product.objects.filter(sku__in=skus)}
    ordinals = top_ordinals(products.values())
    return [_draft(place, line, rate, products, ordinals) for place, line in enumerate(lines)]


def _draft(
    place: int,
    line: Mapping[str, Any],
    rate: Decimal,
    products: Mapping[str, Product],
    ordinals: Mapping[int, int],
) -> Draft:
    at = f"lines.{place}"
    unknown = set(line) - LINE_FIELDS
    if unknown:
        raise DomainError(_("This field cannot be set."), field=f"{at}.{min(unknown)}", code="unknown_field")
    sku = line.get("sku") or ""
    product = products.get(str(sku)) if sku else None
    if sku and product is None:
        raise DomainError(
            _("There is no product with this number."), field=f"{at}.sku", code="unknown_product"
        )
    description = str(line.get("description") or (product.name if product else "")).strip()[:300]
    if not description:
        raise DomainError(_("Choose a product or describe what was sold."), field=f"{at}.description")
    quantity = _amount(line.get("quantity"), f"{at}.quantity")
    if quantity == 0:
        raise DomainError(_("The quantity is zero."), field=f"{at}.quantity", code="no_quantity")
    price = _price(line.get("unit_price"), product, rate, f"{at}.unit_price")
    return Draft(
        kind_of(quantity, price),
        product,
        description,
        quantity,
        price,
        four_places(quantity * price * rate),
        _cost(line.get("cost"), product, quantity, f"{at}.cost"),
        ordinals.get(product.category_id) if product and product.category_id else None,
    )


def _price(value: Any, product: Product | None, rate: Decimal, field: str) -> Decimal:
    if value in (None, "") and product is not None and product.price is not None and rate == 1:
        return product.price
    price = _amount(value, field)
    if price < 0:
        raise DomainError(_("A price is not negative; a return has a negative quantity."), field=field)
    return price


def _cost(value: Any, product: Product | None, quantity: Decimal, field: str) -> Decimal | None:
    """The cost given, or the product's own; one that nobody entered is unknown."""
    if value not in (None, ""):
        return abs(_amount(value, field))
    if product is None or product.cost is None:
        return None
    return four_places(product.cost * abs(quantity))


def _amount(value: Any, field: str) -> Decimal:
    try:
        amount = four_places(Decimal(str(value)))
    except ArithmeticError as error:
        raise DomainError(_("Enter a number."), field=field, code="not_number") from error
    if not amount.is_finite() or abs(amount) > MAX_AMOUNT:
        raise DomainError(_("This number is too large."), field=field, code="too_large")
    return amount


def _rate(currency: str, rate: Decimal | None, installation: Installation) -> Decimal:
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise DomainError(_("A currency has three letters."), field="currency", code="unknown_choice")
    if currency == installation.currency:
        return Decimal(1)
    if rate is None or not Decimal(0) < rate < 10**9:
        raise DomainError(
            _("A foreign currency needs its rate on the day of the order."), field="rate", code="rate_missing"
        )
    return rate


def _moment(value: datetime) -> datetime:
    if timezone.is_naive(value):
        value = value.replace(tzinfo=ZoneInfo(Installation.current().time_zone))
    if not datetime(1990, 1, 2, tzinfo=value.tzinfo) <= value <= timezone.now() + timedelta(days=1):
        raise DomainError(_("An order lies in the past or is of today."), field="placed_at", code="future")
    return value


def _store_lines(order: Order, drafts: Sequence[Draft]) -> None:
    totals = compute(drafts)
    order.revenue, order.returned, order.cost = totals.revenue, totals.returned, totals.cost
    if max(order.revenue, order.returned) > MAX_AMOUNT:
        raise DomainError(_("This number is too large."), field="lines", code="too_large")
    order.category_mask, order.line_count = totals.category_mask, len(drafts)
    order.save()
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=place,
            kind=draft.kind,
            product=draft.product,
            description=draft.description,
            quantity=draft.quantity,
            unit_price=draft.unit_price,
            amount=draft.amount,
            cost=draft.cost,
        )
        for place, draft in enumerate(drafts, 1)
    )


def _may_edit(actor: Any, customer: Customer | None) -> None:
    if actor is None:
        return
    require(actor, "orders.edit")
    if customer is None:
        if row_scope(actor) != RowScope.ALL:
            raise DomainError(_("Choose the customer."), field="customer", code="required")
    else:
        access.require_editable(actor, customer, field="customer")


def locked(actor: Any, order: Order) -> Order:
    if actor is not None:
        require(actor, "orders.edit")
    rows = Order.objects.visible_to(actor) if actor is not None else Order.objects.all()
    current = rows.select_for_update(of=("self",)).filter(pk=order.pk).first()
    if current is None:
        raise DomainError(_("This order does not exist."), code="not_found")
    if current.customer is not None:
        access.require_editable(actor, current.customer)
    return current


def _state(order: Order) -> dict[str, Any]:
    names = ("customer_id", "number", "status", "placed_at", "revenue", "returned", "line_count")
    return {name: getattr(order, name) for name in names}


__all__ = ["LineKind", "business_date", "cancel_order", "change_order", "next_number", "place_order"]
