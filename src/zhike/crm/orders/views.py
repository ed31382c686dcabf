"""The list of orders, one order, and the form that places one."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.customers import access, conditions
from zhike.crm.customers.models import Customer
from zhike.crm.orders import services
from zhike.crm.orders.models import Order, OrderStatus
from zhike.crm.orders.tables import COLUMNS, SORTS
from zhike.platform import plans
from zhike.platform.keyset import Sort, paginate, sort_from
from zhike.platform.permissions import RowScope, allowed, requires, row_scope
from zhike.platform.requests import Request, row_asked
from zhike.platform.store import is_sqlite
from zhike.platform.tables import FilterChip, Table, page_url, with_query

#: Beyond it a list says "1,000+" and does not count on.
COUNTED = 1_000
#: The orders of so many customers are sorted themselves; of more, the order by date is walked.
FEW_CUSTOMERS = 2_000
NEWEST = Sort("date", "business_date", descending=True)


@requires("orders.view")
def order_list(request: Request) -> HttpResponse:
    """Orders of the customers that the person sees, newest first."""
    query = request.GET
    rows, chips = _filtered(request)
    sort = sort_from(query.get("sort", ""), SORTS, NEWEST)
    rows = _planned(request, rows)
    page = paginate(rows.select_related("customer"), sort, cursor=query.get("cursor", ""))
    count = rows.order_by()[: COUNTED + 1].count()
    context = {
        "table": Table(COLUMNS, page.rows, query, sort=f"{'-' if sort.descending else ''}{sort.name}"),
        "chips": chips,
        "query": query,
        "summary": _("%(count)s orders") % {"count": f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"},
        "previous_url": page_url(query, page.previous_cursor),
        "next_url": page_url(query, page.next_cursor),
        "statuses": OrderStatus.choices,
        "can_import": allowed(request.user, "import"),
        "can_edit": allowed(request.user, "orders.edit"),
    }
    return render(request, "orders/list.html", context)


def _planned(request: Request, rows: QuerySet[Order]) -> QuerySet[Order]:
    """Begin with the customers in scope where they are few, else with the order of the list."""
    if not is_sqlite() or row_scope(request.user) == RowScope.ALL:
        return rows
    visible = Customer.objects.visible_to(request.user).order_by()
    ids = list(visible.values_list("pk", flat=True)[: FEW_CUSTOMERS + 1])
    if len(ids) <= FEW_CUSTOMERS:
        return plans.beginning_with(rows, ("number",)).filter(customer__in=ids)
    return plans.beginning_with(rows, ("business_date", "number", "status"))


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
    return row_asked(Customer.objects.visible_to(request.user), text) if text else None


@requires("orders.view")
def detail(request: Request, pk: int) -> HttpResponse:
    """One order with its lines."""
    order = get_object_or_404(
        Order.objects.visible_to(request.user).select_related("customer", "return_of"), pk=pk
    )
    context = {
        "order": order,
        "lines": order.lines.select_related("product"),
        "returns": order.returns.order_by("pk"),
        "can_return": order.status != OrderStatus.CANCELLED and order.return_of_id is None,
        "net": order.revenue - order.returned,
        "margin": None if order.cost is None else order.revenue - order.returned - order.cost,
        "can_edit": allowed(request.user, "orders.edit")
        and (order.customer is None or access.is_editable(request.user, order.customer)),
    }
    return render(request, "orders/detail.html", context)


@requires("orders.view", "orders.edit")
@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    order = get_object_or_404(Order.objects.visible_to(request.user), pk=pk)
    services.cancel_order(actor=request.user, order=order)
    messages.success(request, _("The order is cancelled."))
    return redirect("orders:detail", pk=pk)
