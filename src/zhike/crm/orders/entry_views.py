"""Entering orders by hand: place, change, and take goods back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.crm.customers import access
from zhike.crm.customers.models import Customer
from zhike.crm.orders import returns, services
from zhike.crm.orders.forms import LineFormSet, OrderForm, ReturnForm
from zhike.crm.orders.models import Order, OrderStatus
from zhike.platform import conflicts
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.models import Installation
from zhike.platform.permissions import requires
from zhike.platform.requests import Request, row_asked


@requires("orders.view", "orders.edit")
def create(request: Request) -> HttpResponse:
    """Place an order of a customer; the customer's page then waits for the tier to follow."""
    customer = _customer(request)
    if customer is None:
        return render(request, "orders/choose_customer.html")
    form, lines = OrderForm(request.POST or None), LineFormSet(request.POST or None, prefix="lines")
    if form.is_bound and form.is_valid() and lines.is_valid():
        started = timezone.now()
        if _attempt(
            form,
            lines,
            lambda given: services.place_order(
                actor=request.user, customer=customer, lines=given, **form.header
            ),
        ):
            messages.success(request, _("The order is saved."))
            return _to_customer(customer.pk, started)
    return _page(request, form, lines, customer=customer)


@requires("orders.view", "orders.edit")
def edit(request: Request, pk: int) -> HttpResponse:
    """Change the time and the lines of an order; its number stays."""
    order = _editable(request, pk)
    if order.status == OrderStatus.CANCELLED or order.return_of_id is not None:
        raise Http404
    form = OrderForm(request.POST or None, order=order)
    lines = LineFormSet(request.POST or None, prefix="lines", initial=_lines_of(order))
    if form.is_bound and form.is_valid() and lines.is_valid():
        started = timezone.now()
        if _attempt(
            form,
            lines,
            lambda given: services.change_order(actor=request.user, order=order, lines=given, **form.changes),
            order,
        ):
            messages.success(request, _("The order is saved."))
            return _to_customer(order.customer_id, started, order.pk)
    return _page(request, form, lines, customer=order.customer, order=order)


@requires("orders.view", "orders.edit")
def take_back(request: Request, pk: int) -> HttpResponse:
    """Choose what of an order came back."""
    order = _editable(request, pk)
    goods = returns.returnable(order)
    if order.status == OrderStatus.CANCELLED or order.return_of_id is not None:
        raise Http404
    form = ReturnForm(request.POST or None, goods=goods)
    if form.is_bound and form.is_valid():
        started = timezone.now()
        try:
            returns.return_goods(actor=request.user, order=order, **form.verbs())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("The return is saved."))
            return _to_customer(order.customer_id, started, order.pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "order": order, "rows": form.rows, "currency": order.currency}
    return render(request, "orders/return_form.html", context, status=status)


def _attempt(form: OrderForm, lines: Any, act: Any, order: Order | None = None) -> bool:
    filled = [line for line in lines.forms if line.is_filled]
    try:
        act([line.line for line in filled])
    except DomainError as error:
        form.status = error.status
        if isinstance(error, Conflict) and order is not None:
            _meet(form, order)
        else:
            _say(error, form, filled)
        return False
    return True


def _meet(form: OrderForm, order: Order) -> None:
    """Somebody saved the order meanwhile: its lines are shown, the input stays, the next save counts."""
    now = Order.objects.get(pk=order.pk)
    data = cast(QueryDict, form.data).copy()
    data["version"] = now.updated_at.isoformat()
    form.data = data
    who, at = conflicts.last_change(now)
    form.meeting = {"who": who, "at": at, "lines": list(now.lines.order_by("position"))}


def _say(error: DomainError, form: OrderForm, lines: list[Any]) -> None:
    """The message beside the field it is about, in the line it is about."""
    name, _dot, rest = error.field.partition(".")
    place, _dot, field = rest.partition(".")
    if name == "lines" and place.isdigit() and field in lines[int(place)].fields:
        lines[int(place)].add_error(field, str(error))
    else:
        form.add_error(error.field if error.field in form.fields else None, str(error))


def _lines_of(order: Order) -> list[dict[str, Any]]:
    rows = order.lines.select_related("product").order_by("position")
    return [
        {
            "sku": line.product.sku if line.product else "",
            "description": line.description,
            "quantity": _plain(line.quantity),
            "unit_price": _plain(line.unit_price),
            "cost": None if line.cost is None else _plain(line.cost),
        }
        for line in rows
    ]


def _plain(amount: Decimal) -> Decimal:
    """Without zeros at the end and without an exponent."""
    return Decimal(format(amount.normalize(), "f"))


def _customer(request: Request) -> Customer | None:
    text = request.GET.get("customer", "")
    if not text:
        return None
    customer = row_asked(Customer.objects.visible_to(request.user), text)
    access.require_editable(request.user, customer)
    return customer


def _editable(request: Request, pk: int) -> Order:
    order = get_object_or_404(Order.objects.visible_to(request.user).select_related("customer"), pk=pk)
    if order.customer is not None:
        access.require_editable(request.user, order.customer)
    return order


def _to_customer(customer: int | None, started: Any, order: int | None = None) -> HttpResponse:
    """To the customer's page, which waits for the tier to follow; an anonymous sale has none."""
    if customer is None:
        return redirect("orders:detail", pk=order)
    address = reverse("customers:detail", args=[customer])
    return redirect(f"{address}?{urlencode({'since': started.isoformat()})}")


def _page(request: Request, form: OrderForm, lines: Any, **context: Any) -> HttpResponse:
    status = form.status or (422 if form.is_bound else 200)
    order = context.get("order")
    context |= {"form": form, "lines": lines, "meeting": form.meeting}
    context |= {"currency": order.currency if order else Installation.current().currency}
    return render(request, "orders/form.html", context, status=status)
