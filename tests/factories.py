"""Records for tests, with as few words as possible."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from zhike.crm.accounts.models import Role, Team, User
from zhike.crm.accounts.services import ensure_starting_roles
from zhike.crm.customers.models import Customer
from zhike.crm.orders.models import Order

SHANGHAI = ZoneInfo("Asia/Shanghai")


def make_people() -> SimpleNamespace:
    """owner, analyst; east/west teams with manager_east, sales_east, sales_east2, manager_west, sales_west."""
    ensure_starting_roles()
    east, west = Team.objects.create(name="华东"), Team.objects.create(name="西部")
    roles = {role.code: role for role in Role.objects.all()}
    people = {
        "owner": ("owner", None),
        "analyst": ("analyst", None),
        "manager_east": ("sales_manager", east),
        "sales_east": ("sales", east),
        "sales_east2": ("sales", east),
        "manager_west": ("sales_manager", west),
        "sales_west": ("sales", west),
    }
    users = {
        name: User.objects.create_user(name, "Passw0rd!", display_name=name, role=roles[role], team=team)
        for name, (role, team) in people.items()
    }
    return SimpleNamespace(east=east, west=west, roles=roles, **users)


def make_customer(
    name: str = "上海远达贸易有限公司", *, owner: User | None = None, **fields: Any
) -> Customer:
    fields.setdefault("team", owner.team if owner else None)
    return Customer.objects.create(name=name, owner=owner, **fields)


def make_order(
    customer: Customer | None, on: date, revenue: str | int = 100, *, returned: str | int = 0, **fields: Any
) -> Order:
    fields.setdefault("number", f"T{Order.objects.count() + 1}")
    return Order.objects.create(
        customer=customer,
        business_date=on,
        placed_at=datetime.combine(on, time(12), SHANGHAI),
        revenue=Decimal(revenue),
        returned=Decimal(returned),
        **fields,
    )
