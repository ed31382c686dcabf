"""The list of orders, one order, and the form that places one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.customers import access, conditions
from zhike.crm.customers.models import Customer
from zhike.crm.orders import services
from zhike.crm.orders.forms import LineFormSet, OrderForm, products_offered
from zhike.crm.orders.models import Order, OrderStatus
from zhike.crm.orders.tables import COLUMNS, SORTS
from zhike.platform.errors import DomainError
from zhike.platform.keyset import Sort, paginate, sort_from
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request
from zhike.platform.tables import FilterChip, Table, with_query

COUNTED = 10_000
NEWEST = Sort("date", "business_date", descending=True)


@requires("orders.view")
def order_list(request: Request) -> HttpResponse:
    """Orders of the customers that the person sees, newest first."""
    query = request.GET
    rows, chips = _filtered(request)
    sort = sort_from(query.get("sort", ""), SORTS, NEWEST)
    page = paginate(rows.select_related("customer"), sort, cursor=query.get("cursor", ""))
    count = rows.order_by()[: COUNTED + 1].count()
    context = {
        "table": Table(COLUMNS, page.rows, query, sort=f"{'-' if sort.descending else ''}{sort.name}"),
        "chips": chips,
        "query": query,
        "summary": _("%(count)s orders") % {"count": f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"},
        "previous_url": _page_url(query, page.previous_cursor),
        "next_url": _page_url(query, page.next_cursor),
        "statuses": OrderStatus.choices,
        "can_import": allowed(request.user, "import"),
    }
    return render(request, "orders/list.html", context)


def _filtered(request: Request) -> tuple[QuerySet[Order], list[FilterChip]]:
    rows, query = Order.objects.visible_to(request.user), request.GET
    chips: list[FilterChip] = []
    if customer := _customer_asked(request, query.get("customer", "")):
        rows = rows.filter(customer=customer)
        chips.append(FilterChip(_("Customer"), customer.name, with_query(query, customer=None)))
    if number := query.get("number", "").strip()[:120]:
        # A range, because a prefix pattern would not use the index everywhere.
        rows = rows.filter(number__gte=number, number__lt=number + "\U0010ffff")
        chips.append(FilterChip(_("Order number"), number, with_query(query, number=None)))
    if (status := query.get("status", "")) in OrderStatus.values:
        rows = rows.filter(status=status)
        chips.append(FilterChip(_("Status"), OrderStatus(status).label, with_query(query, status=None)))
    for name, lookup, label in (("from", "gte", _("Date from")), ("to", "lte", _("Date until"))):
        if day := conditions.date_of(query.get(name, "")):
            rows = rows.filter(**{f"business_date__{lookup}": day})
            chips.append(FilterChip(label, day.isoformat(), with_query(query, **{name: None})))
    return rows, chips


def _customer_asked(request: Request, text: str) -> Customer | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise Http404
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=int(text))


def _page_url(query: QueryDict, cursor: str | None) -> str:
    if not cursor:
        return ""
    rest = with_query(query)
    return f"{rest}{'&' if len(rest) > 1 else ''}{urlencode({'cursor': cursor})}"


@requires("orders.view")
def detail(request: Request, pk: int) -> HttpResponse:
    """One order with its lines."""
    order = get_object_or_404(Order.objects.visible_to(request.user).select_related("customer"), pk=pk)
    context = {
        "order": order,
        "lines": order.lines.select_related("product"),
        "net": order.revenue - order.returned,
        "margin": None if order.cost is None else order.revenue - order.returned - order.cost,
        "can_edit": allowed(request.user, "orders.edit")
        and (order.customer is None or access.is_editable(request.user, order.customer)),
    }
    return render(request, "orders/detail.html", context)


@requires("orders.view", "orders.edit")
def create(request: Request) -> HttpResponse:
    """Place an order of a customer; the customer's page then waits for the tier to follow."""
    customer = _customer_asked(request, request.GET.get("customer", ""))
    if customer is not None:
        access.require_editable(request.user, customer)
    if customer is None:
        return render(request, "orders/choose_customer.html")
    form, lines = OrderForm(request.POST or None), LineFormSet(request.POST or None, prefix="lines")
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        started = timezone.now()
        if _place(request, customer, form, lines):
            messages.success(request, _("The order is saved."))
            address = reverse("customers:detail", args=[customer.pk])
            return redirect(f"{address}?{urlencode({'since': started.isoformat()})}")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "lines": lines, "customer": customer, "products": products_offered()}
    return render(request, "orders/form.html", context, status=status)


def _place(request: Request, customer: Customer, form: OrderForm, lines: Any) -> bool:
    filled = [line for line in lines.forms if line.is_filled]
    try:
        services.place_order(
            actor=request.user,
            customer=customer,
            lines=[line.line for line in filled],
            **form.cleaned_data,
        )
    except DomainError as error:
        _say(error, form, filled)
        return False
    return True


def _say(error: DomainError, form: OrderForm, lines: list[Any]) -> None:
    """The message beside the field it is about, in the line it is about."""
    name, _dot, rest = error.field.partition(".")
    place, _dot, field = rest.partition(".")
    if name == "lines" and place.isdigit() and field in lines[int(place)].fields:
        lines[int(place)].add_error(field, str(error))
    else:
        form.add_error(error.field if error.field in form.fields else None, str(error))


@requires("orders.view", "orders.edit")
@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    order = get_object_or_404(Order.objects.visible_to(request.user), pk=pk)
    services.cancel_order(actor=request.user, order=order)
    messages.success(request, _("The order is cancelled."))
    return redirect("orders:detail", pk=pk)
