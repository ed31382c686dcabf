"""What a column of a file may become: the registry of importable fields of each kind of content."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.choices import (
    BirthdayCalendar,
    BusinessModel,
    ContactRole,
    CustomerType,
    Gender,
    Kind,
    Size,
)
from zhike.crm.imports.models import Entity

CUSTOM = "custom:"
NEW = "new:"


@dataclass(frozen=True)
class ImportField:
    """``kind`` names the parser of its cells; ``whole`` fields belong to the order, not to its line."""

    name: str
    label: str | Promise
    kind: str = "text"
    max_length: int = 0
    choices: type[TextChoices] | None = None
    whole: bool = False


def _text(name: str, label: str | Promise, length: int, *, whole: bool = False) -> ImportField:
    return ImportField(name, label, "text", length, whole=whole)


_PLACE = (
    _text("country", _("Country"), 60, whole=True),
    ImportField("province", _("Province"), "province", whole=True),
    ImportField("city", _("City"), "city", whole=True),
    _text("address", _("Address"), 300, whole=True),
)

CUSTOMERS = (
    _text("customer_key", _("Key in the other system"), 120),
    _text("code", _("Customer number"), 60),
    _text("name", _("Customer name"), 200),
    ImportField("kind", _("Company or person"), "choice", choices=Kind),
    ImportField("phone", _("Phone"), "phone", 40),
    ImportField("email", _("E-mail"), "email", 254),
    ImportField("industry", _("Industry"), "industry"),
    ImportField("size", _("Company size"), "choice", choices=Size),
    ImportField("business_model", _("Business model"), "choice", choices=BusinessModel),
    ImportField("customer_type", _("Customer type"), "choice", choices=CustomerType),
    _text("needs", _("Needs"), 500),
    *_PLACE,
    ImportField("gender", _("Gender"), "choice", choices=Gender),
    ImportField("birthday", _("Birthday"), "day"),
    ImportField("birthday_calendar", _("Birthday calendar"), "choice", choices=BirthdayCalendar),
    ImportField("owner", _("Assigned to"), "owner"),
    ImportField("created", _("Customer since"), "moment"),
)

CONTACTS = (
    _text("customer_key", _("Customer key or number"), 120),
    _text("customer_name", _("Customer name"), 200),
    _text("external_key", _("Key in the other system"), 120),
    _text("name", _("Contact name"), 120),
    ImportField("role", _("Role"), "choice", choices=ContactRole),
    _text("title", _("Job title"), 80),
    ImportField("phone", _("Phone"), "phone", 40),
    ImportField("email", _("E-mail"), "email", 254),
    ImportField("is_primary", _("Main contact"), "boolean"),
)

PRODUCTS = (
    _text("sku", _("Product number"), 120),
    _text("name", _("Product name"), 300),
    _text("category", _("Category"), 250),
    _text("subcategory", _("Subcategory"), 120),
    ImportField("price", _("Price"), "amount"),
    ImportField("cost", _("Cost"), "amount"),
    _text("unit", _("Unit"), 20),
    ImportField("is_active", _("On sale"), "boolean"),
)

ORDERS = (
    _text("order_number", _("Order number"), 120, whole=True),
    ImportField("ordered_at", _("Order time"), "moment", whole=True),
    _text("status", _("Order status"), 60, whole=True),
    ImportField("currency", _("Currency"), "currency", whole=True),
    ImportField("rate", _("Exchange rate"), "amount", whole=True),
    _text("customer_key", _("Customer key or number"), 120, whole=True),
    _text("customer_name", _("Customer name"), 200, whole=True),
    ImportField("customer_phone", _("Customer phone"), "phone", 40, whole=True),
    ImportField("customer_email", _("Customer e-mail"), "email", 254, whole=True),
    *_PLACE,
    _text("sku", _("Product number"), 120),
    _text("product_name", _("Product name"), 300),
    _text("category", _("Category"), 250),
    _text("subcategory", _("Subcategory"), 120),
    ImportField("quantity", _("Quantity"), "quantity"),
    ImportField("unit_price", _("Unit price"), "amount"),
    ImportField("amount", _("Line amount"), "amount"),
    ImportField("unit_cost", _("Unit cost"), "amount"),
    ImportField("cost", _("Line cost"), "amount"),
    ImportField("profit", _("Line profit"), "amount"),
    ImportField("returned", _("Is a return"), "boolean"),
)

FIELDS: dict[str, dict[str, ImportField]] = {
    entity: {field.name: field for field in fields}
    for entity, fields in (
        (Entity.CUSTOMERS.value, CUSTOMERS),
        (Entity.CONTACTS.value, CONTACTS),
        (Entity.PRODUCTS.value, PRODUCTS),
        (Entity.ORDERS.value, ORDERS),
    )
}

#: Of each group at least one field must be mapped.
NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "customers": (("name", "customer_key", "code"),),
    "contacts": (("name",), ("customer_key", "customer_name")),
    "products": (("sku", "name"),),
    "orders": (("ordered_at",), ("amount", "unit_price")),
}

#: Contents whose records carry custom fields, and the name under which those are defined.
CUSTOM_ENTITY = {"customers": "customer", "contacts": "contact", "products": "product"}


def field(entity: str, name: str) -> ImportField | None:
    return FIELDS[entity].get(name)
