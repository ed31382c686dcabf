"""Customers and contact persons."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from ninja import Router

from zhike.api.fields import Cursor, Id, Limit, PathId, Short
from zhike.api.idempotency import Answer, once
from zhike.api.paging import page
from zhike.api.problems import ANSWERS
from zhike.api.routers.segments import members_of, segment_of
from zhike.api.schemas import (
    ContactIn,
    ContactOut,
    ContactPage,
    ContactPatch,
    CustomerIn,
    CustomerOut,
    CustomerPage,
    CustomerPatch,
)
from zhike.api.segment_schemas import SearchIn
from zhike.api.visible import visible_customer
from zhike.crm.customers import services
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.customers.search import search
from zhike.crm.segments.queries import matching
from zhike.platform.permissions import allowed, require
from zhike.platform.requests import Request

router = Router(tags=["customers"])
HIDDEN = "***"


@router.get("/customers", response={200: CustomerPage, **ANSWERS})
def list_customers(
    request: Request, q: Short = "", segment: Id | None = None, cursor: Cursor = "", limit: Limit = 50
) -> Any:
    """Customers within your row scope, by id; ``q`` searches names, pinyin, phones and numbers.

    ``segment`` leaves the members of one segment.
    """
    rows = Customer.objects.visible_to(request.user)
    if segment is not None:
        rows = members_of(request.user, segment_of(request, segment))
    found = page(search(rows, q, request.user) if q else rows, cursor, limit)
    for row in found["items"]:
        _mask(request.user, row)
    return found


@router.post("/customers", response={201: CustomerOut, **ANSWERS})
def create_customer(request: Request, payload: CustomerIn) -> Any:
    """Create a customer; with an ``Idempotency-Key`` a repeated request creates one."""
    fields = payload.dict(exclude_unset=True)

    def create() -> Answer:
        customer = services.create_customer(actor=request.user, **{"source": "api"} | _without_none(fields))
        return 201, _plain(request.user, customer)

    return once(request, create)


@router.post("/customers/search", response={200: CustomerPage, **ANSWERS})
def search_customers(request: Request, payload: SearchIn) -> Any:
    """Customers within your row scope who meet conditions, by id, as of the last analysis."""
    require(request.user, "insight.view")
    ids = matching(request.user, payload.definition, int(payload.cursor or 0), payload.limit + 1)
    shown = ids[: payload.limit]
    rows = Customer.objects.visible_to(request.user).filter(pk__in=shown).order_by("pk")
    more = str(shown[-1]) if len(ids) > payload.limit else None
    return {"items": [_mask(request.user, row) for row in rows], "next": more}


@router.get("/customers/{customer_id}", response={200: CustomerOut, **ANSWERS})
def get_customer(request: Request, customer_id: PathId) -> Any:
    """One customer."""
    return _mask(request.user, visible_customer(request, customer_id))


@router.patch("/customers/{customer_id}", response={200: CustomerOut, **ANSWERS})
def change_customer(request: Request, customer_id: PathId, payload: CustomerPatch) -> Any:
    """Change the fields that are given; 409 when somebody else saved since ``version``."""
    fields = payload.dict(exclude_unset=True)
    version = fields.pop("version")
    customer = services.update_customer(
        actor=request.user, customer=visible_customer(request, customer_id), version=version, **fields
    )
    return _mask(request.user, customer)


@router.get("/contacts", response={200: ContactPage, **ANSWERS})
def list_contacts(
    request: Request, customer_id: int | None = None, cursor: Cursor = "", limit: Limit = 50
) -> Any:
    """Contact persons, of one customer or of all."""
    rows = Contact.objects.visible_to(request.user)
    if customer_id is not None:
        rows = rows.filter(customer=visible_customer(request, customer_id))
    found = page(rows, cursor, limit)
    for row in found["items"]:
        _mask(request.user, row)
    return found


@router.post("/contacts", response={201: ContactOut, **ANSWERS})
def create_contact(request: Request, payload: ContactIn) -> Any:
    """Add a contact person to a customer."""
    fields = _without_none(payload.dict(exclude_unset=True))
    customer = visible_customer(request, fields.pop("customer_id"))

    def create() -> Answer:
        contact = services.save_contact(actor=request.user, customer=customer, **fields)
        return 201, ContactOut.from_orm(_mask(request.user, contact)).model_dump(mode="json")

    return once(request, create)


@router.patch("/contacts/{contact_id}", response={200: ContactOut, **ANSWERS})
def change_contact(request: Request, contact_id: PathId, payload: ContactPatch) -> Any:
    """Change the fields that are given."""
    contact = get_object_or_404(
        Contact.objects.visible_to(request.user).select_related("customer"), pk=contact_id
    )
    fields = payload.dict(exclude_unset=True)
    changed = services.save_contact(actor=request.user, customer=contact.customer, contact=contact, **fields)
    return _mask(request.user, changed)


def _mask(user: Any, row: Any) -> Any:
    """Ways to reach a person are for those whose role shows them."""
    if not allowed(user, "personal_data"):
        row.phone = HIDDEN if row.phone else ""
        row.email = HIDDEN if row.email else ""
    return row


def _plain(user: Any, customer: Customer) -> dict[str, Any]:
    return CustomerOut.from_orm(_mask(user, customer)).model_dump(mode="json")


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
