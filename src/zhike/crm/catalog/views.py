"""The list of products and the form of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.catalog import services
from zhike.crm.catalog.forms import CategoryForm, ProductForm, category_choices
from zhike.crm.catalog.models import Category, Product
from zhike.crm.catalog.tables import COLUMNS, SORTS
from zhike.platform import conflicts
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.keyset import Sort, paginate, sort_from
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request, number_of
from zhike.platform.tables import FilterChip, Table, page_url, with_query

SUGGESTED = 12


@requires("orders.view")
def product_list(request: Request) -> HttpResponse:
    """The catalogue, by product number."""
    query, rows = request.GET, Product.objects.visible_to(request.user)
    chips = []
    if text := query.get("q", "").strip()[:80]:
        rows = rows.filter(Q(name__icontains=text) | Q(sku__icontains=text))
        chips.append(FilterChip(_("Search"), text, with_query(query, q=None)))
    category = number_of(query.get("category", ""))
    if category is not None:
        found = get_object_or_404(Category, pk=category)
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
        "previous_url": page_url(request.GET, page.previous_cursor),
        "next_url": page_url(request.GET, page.next_cursor),
        "can_edit": allowed(request.user, "orders.edit"),
    }
    return render(request, "catalog/list.html", context)


@requires("orders.view", "orders.edit")
def product_form(request: Request, pk: int | None = None) -> HttpResponse:
    """Create or change a product; after a save by somebody else both values are shown (409)."""
    visible = Product.objects.visible_to(request.user)
    product = get_object_or_404(visible, pk=pk) if pk else None
    name = product.name if product else _("New product")

    def fresh() -> ProductForm:
        return ProductForm(instance=Product.objects.get(pk=pk) if pk else None)

    data = conflicts.with_choices(request.POST, fresh()) if request.method == "POST" else None
    form = ProductForm(data, instance=product)
    if form.is_bound and form.is_valid() and _save(request, form, pk, fresh):
        messages.success(request, _("Saved."))
        return redirect("catalog:list")
    status = getattr(form, "status", 422 if form.is_bound else 200)
    context = {"form": form, "title": name, "product": product, "meeting": getattr(form, "meeting", None)}
    return render(request, "catalog/form.html", context, status=status)


def _save(request: Request, form: Any, pk: int | None, fresh: Callable[[], ProductForm]) -> bool:
    try:
        if pk is None:
            services.create_product(actor=request.user, **_new(form.verbs()))
        else:
            services.update_product(actor=request.user, product=form.instance, **form.verbs())
    except Conflict as error:
        form.status = error.status
        form.meeting = conflicts.meet(form, now := fresh(), now.instance)
        return False
    except DomainError as error:
        name = error.field.replace("custom.", "custom_")
        form.add_error(name if name in form.fields else None, str(error))
        return False
    return True


def _new(verbs: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in verbs.items() if name != "seen"}


@requires("orders.view", "orders.edit")
@require_POST
def on_sale(request: Request, pk: int) -> HttpResponse:
    """Offer a product for new orders, or no more."""
    product = get_object_or_404(Product.objects.visible_to(request.user), pk=pk)
    wanted = request.POST.get("on_sale") == "1"
    services.set_on_sale(actor=request.user, product=product, on_sale=wanted)
    words = _("%(name)s is on sale again.") if wanted else _("%(name)s is no longer offered for new orders.")
    messages.success(request, words % {"name": product.name})
    return redirect("catalog:edit", pk=pk)


@requires("orders.view")
def suggest(request: Request) -> HttpResponse:
    """Products on sale by the beginning of the number or a part of the name, for the lines of an order."""
    text = request.GET.get("q", "").strip()[:80].replace("\0", "")
    rows = Product.objects.visible_to(request.user).filter(is_active=True).order_by("sku")
    begins = rows.filter(sku__gte=text, sku__lt=text + "\U0010ffff")[:SUGGESTED]
    found = {product.pk: product for product in begins}
    if text and len(found) < SUGGESTED:
        inside = Q(name__icontains=text) | Q(sku__icontains=text)
        found |= {product.pk: product for product in rows.filter(inside)[:SUGGESTED]}
    products = [
        {
            "sku": product.sku,
            "name": product.name,
            "price": None if product.price is None else format(product.price.normalize(), "f"),
        }
        for product in list(found.values())[:SUGGESTED]
    ]
    return JsonResponse({"products": products})


@requires("orders.view", "orders.edit")
def categories(request: Request) -> HttpResponse:
    """All categories with the number of their products."""
    rows = Category.objects.annotate(used=Count("products"))
    counts = {category.pk: category for category in rows}
    pairs = [(counts[int(pk)], path) for pk, path in category_choices()]
    return render(request, "catalog/categories.html", {"categories": pairs})


@requires("orders.view", "orders.edit")
def category_form(request: Request, pk: int | None = None) -> HttpResponse:
    """Add a category or rename one."""
    category = get_object_or_404(Category, pk=pk) if pk else None
    form = CategoryForm(request.POST or None, category=category)
    if form.is_bound and form.is_valid():
        try:
            services.save_category(actor=request.user, category=category, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("catalog:categories")
    status = 422 if form.is_bound else 200
    context = {"form": form, "title": category.name if category else _("New category"), "category": True}
    return render(request, "catalog/form.html", context, status=status)
