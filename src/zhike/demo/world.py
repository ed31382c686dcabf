"""The company itself: teams, people, categories and products; and the numbers its rows begin after."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Max

from zhike.analytics.simulate import Company
from zhike.crm.accounts.models import Role, Team, User
from zhike.crm.accounts.services import ensure_starting_roles
from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.models import Contact, Customer, CustomField
from zhike.crm.orders.models import Order

LEAD_SOURCES = {
    "website": "官网",
    "search": "搜索引擎",
    "exhibition": "展会",
    "referral": "转介绍",
    "telesales": "电话销售",
    "marketplace": "电商平台",
    "shop": "门店",
    "wechat": "微信",
}
_MODELS: dict[str, Any] = {
    "customer": Customer,
    "contact": Contact,
    "product": Product,
    "category": Category,
    "order": Order,
}


@dataclass(frozen=True)
class Bases:
    """Simulated row n of a table gets the number base + n in the store."""

    customer: int
    contact: int
    product: int
    category: int
    order: int


def read_bases() -> Bases:
    """The highest numbers now in use."""
    return Bases(**{f.name: _MODELS[f.name].objects.aggregate(m=Max("pk"))["m"] or 0 for f in fields(Bases)})


def load_world(company: Company, bases: Bases) -> None:
    """Teams, their people, the catalogue, and the field that says where a customer came from."""
    ensure_starting_roles()
    _load_teams(company)
    _load_categories(company, bases.category)
    _load_products(company, bases)
    CustomField.objects.get_or_create(
        entity="customer",
        key="lead_source",
        defaults={
            "label": "获客渠道",
            "field_type": FieldType.CHOICE,
            "choices": list(LEAD_SOURCES.values()),
        },
    )


def _load_teams(company: Company) -> None:
    teams = {
        row["team_id"]: Team.objects.get_or_create(name=row["name"])[0]
        for row in company["teams"].to_pylist()
    }
    roles = {role.code: role for role in Role.objects.all()}
    led: set[int] = set()
    for row in company["owners"].to_pylist():
        # The first of each team leads it. Nobody can sign in until a password is set.
        role = "sales" if row["team_id"] in led else "sales_manager"
        led.add(row["team_id"])
        if not User.objects.filter(username=row["username"]).exists():
            User.objects.create_user(
                row["username"],
                None,
                display_name=row["name"],
                email=row["email"],
                team=teams[row["team_id"]],
                role=roles[role],
            )


def _load_categories(company: Company, base: int) -> None:
    taken = Category.objects.aggregate(m=Max("ordinal"))["m"]
    ordinal = 0 if taken is None else taken + 1
    for row in company["categories"].to_pylist():
        parent = row["parent_id"]
        Category.objects.create(
            pk=base + row["category_id"],
            name=row["name"],
            parent_id=None if parent is None else base + parent,
            ordinal=ordinal if parent is None else None,
        )
        ordinal += parent is None


def _load_products(company: Company, bases: Bases) -> None:
    Product.objects.bulk_create(
        Product(
            pk=bases.product + row["product_id"],
            category_id=bases.category + row["category_id"],
            **{n: row[n] for n in ("sku", "name", "price", "cost", "unit", "is_active", "source")},
        )
        for row in company["products"].to_pylist()
    )


def people_of(company: Company) -> tuple[dict[int, int], dict[int, int]]:
    """Users and teams of the store by their simulated numbers."""
    names = dict(zip(*(company["owners"][c].to_pylist() for c in ("owner_id", "username")), strict=True))
    users = dict(User.objects.filter(username__in=names.values()).values_list("username", "pk"))
    labels = dict(zip(*(company["teams"][c].to_pylist() for c in ("team_id", "name")), strict=True))
    teams = dict(Team.objects.filter(name__in=labels.values()).values_list("name", "pk"))
    return {n: users[name] for n, name in names.items()}, {n: teams[name] for n, name in labels.items()}


def reset_sequences() -> None:
    """PostgreSQL's sequences do not notice rows that bring their own numbers."""
    statements = connection.ops.sequence_reset_sql(no_style(), list(_MODELS.values()))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
