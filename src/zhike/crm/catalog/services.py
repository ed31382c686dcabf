"""Verbs on products and their categories."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers import custom_fields
from zhike.platform import audit
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.permissions import require

FIELDS = frozenset(("sku", "name", "category", "price", "cost", "unit", "is_active", "custom"))
LONGEST = {"sku": 120, "name": 300}
MAX_PRICE = Decimal(10) ** 12


@transaction.atomic
def create_product(*, actor: Any, source: str = "manual", **fields: Any) -> Product:
    """Add a product to the catalogue."""
    _may_edit(actor)
    values = _checked({"sku": "", "name": "", **fields})
    product = Product.objects.create(source=source, **values)
    audit.record(actor, "product.created", product, after=_state(product))
    return product


@transaction.atomic
def update_product(*, actor: Any, product: Product, seen: str = "", **fields: Any) -> Product:
    """Change a product; orders keep the prices and costs that they were placed with.

    With ``seen``, the product's time of change when it was read, a change by somebody else is not lost.
    """
    _may_edit(actor)
    product = Product.objects.select_for_update().get(pk=product.pk)
    if seen and product.updated_at.isoformat() != seen:
        raise Conflict()
    values = _checked(fields, besides=product.pk)
    before = _state(product)
    for name, value in values.items():
        setattr(product, name, value)
    product.save()
    audit.record(actor, "product.updated", product, before=before, after=_state(product))
    return product


@transaction.atomic
def set_on_sale(*, actor: Any, product: Product, on_sale: bool) -> None:
    """Offer a product for new orders, or no more; orders that have it stay as they are."""
    _may_edit(actor)
    if (
        Product.objects.filter(pk=product.pk)
        .exclude(is_active=on_sale)
        .update(is_active=on_sale, updated_at=timezone.now())
    ):
        audit.record(
            actor, "product.updated", product, before={"is_active": not on_sale}, after={"is_active": on_sale}
        )


@transaction.atomic
def save_category(
    *, actor: Any, name: str, parent: Category | None = None, category: Category | None = None
) -> Category:
    """Add a category, or rename one. Where it stands stays, because the analysis counts by the top."""
    _may_edit(actor)
    name = name.strip()
    if not 1 <= len(name) <= 120:
        raise DomainError(_("This field is required."), field="name", code="required")
    above = category.parent if category else parent
    if Category.objects.filter(name=name, parent=above).exclude(pk=category.pk if category else 0).exists():
        raise DomainError(_("There is already a category with this name."), field="name", code="taken")
    if category is None:
        saved, before = ensure_category(name, parent), {}
    else:
        saved, before = category, {"name": category.name}
        saved.name = name
        saved.save(update_fields=["name"])
    audit.record(actor, "category.saved", saved, before=before, after={"name": name})
    return saved


def ensure_category(name: str, parent: Category | None = None) -> Category:
    """The category of that name; a new top-level one gets the next place in the category mask."""
    found = Category.objects.filter(name=name, parent=parent).first()
    if found is not None:
        return found
    ordinal = None
    if parent is None:
        last = Category.objects.aggregate(last=Max("ordinal"))["last"]
        ordinal = 0 if last is None else last + 1
    return Category.objects.create(name=name, parent=parent, ordinal=ordinal)


def top_ordinals(products: Iterable[Product]) -> dict[int, int]:
    """For the categories of these products: the ordinal of the top-level category above."""
    if not any(product.category_id for product in products):
        return {}
    parents: dict[int, int | None] = {}
    ordinals: dict[int, int | None] = {}
    for pk, parent, ordinal in Category.objects.values_list("pk", "parent", "ordinal"):
        parents[pk], ordinals[pk] = parent, ordinal
    found = {pk: ordinals[_top(pk, parents)] for pk in parents}
    return {pk: ordinal for pk, ordinal in found.items() if ordinal is not None}


def _top(pk: int, parents: dict[int, int | None]) -> int:
    """The category at the top; a circle, which no verb makes, ends where it began."""
    for _step in parents:
        above = parents[pk]
        if above is None:
            break
        pk = above
    return pk


def _may_edit(actor: Any) -> None:
    if actor is not None:
        require(actor, "orders.edit")


def _checked(fields: dict[str, Any], *, besides: int | None = None) -> dict[str, Any]:
    for name in fields:
        if name not in FIELDS:
            raise DomainError(_("This field cannot be set."), field=name, code="unknown_field")
    values: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in fields.items()
    }
    for name in LONGEST.keys() & values.keys():
        _check_text(name, values[name] or "")
    for name in ("price", "cost"):
        _check_amount(name, values.get(name))
    if "custom" in values:
        values["custom"] = custom_fields.checked(values["custom"] or {}, entity="product")
    if "sku" in values and Product.objects.filter(sku=values["sku"]).exclude(pk=besides or 0).exists():
        raise DomainError(_("Another product has this number."), field="sku", code="taken")
    return values


def _check_text(name: str, text: str) -> None:
    if not text:
        raise DomainError(_("This field is required."), field=name, code="required")
    if len(text) > LONGEST[name]:
        raise DomainError(_("This text is too long."), field=name, code="too_long")


def _check_amount(name: str, amount: Decimal | None) -> None:
    if amount is not None and not 0 <= amount < MAX_PRICE:
        raise DomainError(_("Enter an amount of zero or more."), field=name, code="not_number")


def _state(product: Product) -> dict[str, Any]:
    names = ("sku", "name", "category_id", "price", "cost", "unit", "is_active", "custom")
    return {name: getattr(product, name) for name in names}
