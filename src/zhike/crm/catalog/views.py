"""The list of products and the form of one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from zhike.crm.catalog import services
from zhike.crm.catalog.forms import ProductForm
from zhike.crm.catalog.models import Category, Product
from zhike.crm.catalog.tables import COLUMNS, SORTS
from zhike.platform.errors import DomainError
from zhike.platform.keyset import Sort, paginate, sort_from
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request
from zhike.platform.tables import FilterChip, Table, with_query


@requires("orders.view")
def product_list(request: Request) -> HttpResponse:
    """The catalogue, by product number."""
    query, rows = request.GET, Product.objects.visible_to(request.user)
    chips = []
    if text := query.get("q", "").strip()[:80]:
        rows = rows.filter(Q(name__icontains=text) | Q(sku__icontains=text))
        chips.append(FilterChip(_("Search"), text, with_query(query, q=None)))
    category = query.get("category", "")
    if category.isascii() and category.isdigit() and len(category) < 18:
        found = get_object_or_404(Category, pk=int(category))
        rows = rows.filter(Q(category=found) | Q(category__parent=found))
        chips.append(FilterChip(_("Category"), found.name, with_query(query, category=None)))
    sort = sort_from(query.get("sort", ""), SORTS, Sort("sku", "sku"))
    page = paginate(rows.select_related("category__parent"), sort, cursor=query.get("cursor", ""))
    count = rows.count()
    context = {
        "table": Table(COLUMNS, page.rows, query, sort=f"{'-' if sort.descending else ''}{sort.name}"),
        "chips": chips,
        "query": query,
        "categories": Category.objects.filter(parent=None),
        "summary": _("%(count)s products") % {"count": f"{count:,}"},
        "previous_url": _page_url(request, page.previous_cursor),
        "next_url": _page_url(request, page.next_cursor),
        "can_edit": allowed(request.user, "orders.edit"),
    }
    return render(request, "catalog/list.html", context)


def _page_url(request: Request, cursor: str | None) -> str:
    rest = with_query(request.GET)
    return f"{rest}{'&' if len(rest) > 1 else ''}{urlencode({'cursor': cursor})}" if cursor else ""


@requires("orders.view", "orders.edit")
def product_form(request: Request, pk: int | None = None) -> HttpResponse:
    """Create or change a product."""
    visible = Product.objects.visible_to(request.user)
    product = get_object_or_404(visible, pk=pk) if pk else None
    form = ProductForm(request.POST or None, instance=product)
    if request.method == "POST" and form.is_valid() and _save(request, form, pk):
        messages.success(request, _("Saved."))
        return redirect("catalog:list")
    title = Product.objects.get(pk=pk).name if pk else _("New product")
    status = 422 if request.method == "POST" else 200
    return render(request, "catalog/form.html", {"form": form, "title": title}, status=status)


def _save(request: Request, form: ProductForm, pk: int | None) -> bool:
    try:
        if pk is None:
            services.create_product(actor=request.user, **form.cleaned_data)
        else:
            product = Product.objects.get(pk=pk)
            services.update_product(actor=request.user, product=product, **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True
