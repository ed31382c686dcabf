"""Products and orders."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from ninja import Router

from zhike.api.fields import Cursor, Limit, PathId
from zhike.api.idempotency import Answer, once
from zhike.api.paging import page
from zhike.api.problems import ANSWERS
from zhike.api.schemas import (
    OrderDetail,
    OrderIn,
    OrderPage,
    ProductIn,
    ProductOut,
    ProductPage,
    ProductPatch,
)
from zhike.api.visible import visible_customer
from zhike.crm.catalog import services as catalog
from zhike.crm.catalog.models import Product
from zhike.crm.orders import services
from zhike.crm.orders.models import Order
from zhike.platform.requests import Request

router = Router(tags=["orders"])


@router.get("/products", response={200: ProductPage, **ANSWERS})
def list_products(request: Request, cursor: Cursor = "", limit: Limit = 50) -> Any:
    """The catalogue."""
    return page(Product.objects.visible_to(request.user).select_related("category"), cursor, limit)


@router.post("/products", response={201: ProductOut, **ANSWERS})
def create_product(request: Request, payload: ProductIn) -> Any:
    """Add a product; an unknown category is created."""
    fields = payload.dict(exclude_unset=True)

    def create() -> Answer:
        product = catalog.create_product(actor=request.user, source="api", **_with_category(fields))
        return 201, ProductOut.from_orm(product).model_dump(mode="json")

    return once(request, create)


@router.get("/products/{product_id}", response={200: ProductOut, **ANSWERS})
def get_product(request: Request, product_id: PathId) -> Any:
    """One product."""
    return _product(request, product_id)


@router.patch("/products/{product_id}", response={200: ProductOut, **ANSWERS})
def change_product(request: Request, product_id: PathId, payload: ProductPatch) -> Any:
    """Change the fields that are given; orders keep the prices they were placed with."""
    product = _product(request, product_id)
    fields = _with_category(payload.dict(exclude_unset=True))
    return catalog.update_product(actor=request.user, product=product, **fields)


@router.get("/orders", response={200: OrderPage, **ANSWERS})
def list_orders(
    request: Request, customer_id: int | None = None, cursor: Cursor = "", limit: Limit = 50
) -> Any:
    """Orders within your row scope, of one customer or of all."""
    rows = Order.objects.visible_to(request.user)
    if customer_id is not None:
        rows = rows.filter(customer=visible_customer(request, customer_id))
    return page(rows, cursor, limit)


@router.post("/orders", response={201: OrderDetail, **ANSWERS})
def create_order(request: Request, payload: OrderIn) -> Any:
    """Place an order; with an ``Idempotency-Key`` a repeated request places one."""
    fields = {name: value for name, value in payload.dict().items() if value is not None}
    customer = visible_customer(request, fields.pop("customer_id"))

    def create() -> Answer:
        order = services.place_order(actor=request.user, customer=customer, **fields)
        return 201, OrderDetail.from_orm(order).model_dump(mode="json")

    return once(request, create)


@router.get("/orders/{order_id}", response={200: OrderDetail, **ANSWERS})
def get_order(request: Request, order_id: PathId) -> Any:
    """One order with its lines."""
    return _order(request, order_id)


@router.post("/orders/{order_id}/cancel", response={200: OrderDetail, **ANSWERS})
def cancel_order(request: Request, order_id: PathId) -> Any:
    """Cancel an order; cancelling it again changes nothing."""
    return services.cancel_order(actor=request.user, order=_order(request, order_id))


def _with_category(fields: dict[str, Any]) -> dict[str, Any]:
    if fields.get("category"):
        fields["category"] = catalog.ensure_category(fields["category"])
    elif "category" in fields:
        fields["category"] = None
    return fields


def _product(request: Request, product_id: int) -> Product:
    return get_object_or_404(
        Product.objects.visible_to(request.user).select_related("category"), pk=product_id
    )


def _order(request: Request, order_id: int) -> Order:
    return get_object_or_404(Order.objects.visible_to(request.user).prefetch_related("lines"), pk=order_id)
