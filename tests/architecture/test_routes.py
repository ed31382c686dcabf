"""Every route declares who may use it, and no role sees or changes a row of another team by any of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from factories import make_customer, make_order
from zhike.crm.bulk.models import BulkAct
from zhike.crm.customers.models import Contact, Customer, CustomerList
from zhike.crm.imports.models import Import
from zhike.crm.interactions.models import Interaction
from zhike.platform.models import Job

SECRET = "绝密西部客户有限公司"
METHODS = ["get", "post", "put", "patch", "delete"]
ROLES = ["owner", "analyst", "manager_east", "sales_east", "sales_east2"]


def routes(patterns=None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes(entry.url_patterns, inner)
        else:
            yield f"{namespace}{entry.name or entry.pattern}", entry


ALL_ROUTES = sorted(routes(), key=lambda pair: pair[0])


@pytest.mark.parametrize(("name", "route"), ALL_ROUTES, ids=[name for name, _route in ALL_ROUTES])
def test_a_route_declares_its_rule(name, route):
    assert getattr(route.callback, "access_rule", None), f"{name} declares no access rule"


@pytest.fixture
def west(people):
    """One record of every kind that belongs to the western team alone."""
    customer = make_customer(SECRET, owner=people.sales_west, phone="13900001111", email="secret@example.com")
    contact = Contact.objects.create(customer=customer, name="绝密联系人")
    order = make_order(customer, date(2026, 5, 1), number="SECRET-1")
    interaction = Interaction.objects.create(
        customer=customer, at=order.placed_at, summary="绝密谈话", author=people.sales_west
    )
    job = Job.objects.create(kind="insight.run", requested_by=people.sales_west, message="绝密任务")
    upload = Import.objects.create(
        entity="orders", file="x", file_name="绝密文件.csv", created_by=people.sales_west, job=job
    )
    return {
        "customers": customer,
        "contacts": contact,
        "orders": order,
        "interactions": interaction,
        "jobs": job,
        "imports": upload,
        "bulk": BulkAct.objects.create(
            kind="tag", params={"tags": ["绝密标签"]}, created_by=people.sales_west
        ),
        "lists": CustomerList.objects.create(name="绝密名单", owner=people.sales_west),
    }


# Says 503 while no worker lives, which is its purpose.
WITHOUT_A_WORKER = "web:healthz"


def addresses(west) -> Iterator[tuple[str, str]]:
    """Every route filled with the western team's numbers."""
    numbers = {record.pk for record in west.values()}
    for name, route in ALL_ROUTES:
        if name == WITHOUT_A_WORKER:
            continue
        parameters = route.pattern.regex.groupindex or getattr(route.pattern, "converters", {})
        for number in numbers if parameters else [None]:
            try:
                arguments = dict.fromkeys(getattr(route.pattern, "converters", {}), number)
                yield name, reverse(name, kwargs=arguments)
            except NoReverseMatch:
                continue


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["manager_east", "sales_east", "sales_east2"])
def test_no_page_shows_a_row_of_the_other_team(client, people, west, role):
    client.force_login(getattr(people, role))
    for name, address in addresses(west):
        if name.startswith(("accounts:sign_out",)):
            continue
        for query in ("", "?q=绝密", f"?ids={west['customers'].pk}", f"?customer={west['customers'].pk}"):
            response = client.get(address + query)
            assert response.status_code < 500, f"{name} {query}: {response.status_code}"
            body = b"".join(response) if response.streaming else response.content
            text = body.decode("utf-8", "replace").replace("?q=绝密", "")
            for secret in (
                SECRET,
                "绝密联系人",
                "绝密谈话",
                "绝密任务",
                "绝密文件",
                "绝密标签",
                "绝密名单",
                "SECRET-1",
                "13900001111",
            ):
                assert secret not in text, f"{name} {query} shows {secret} to {role}"


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("role", ["manager_east", "sales_east"])
def test_no_request_changes_a_row_of_the_other_team(client, people, west, role, method):
    client.force_login(getattr(people, role))
    before = {kind: type(record).objects.filter(pk=record.pk).values().get() for kind, record in west.items()}
    for name, address in addresses(west):
        if name.startswith(("accounts:sign_out", "accounts:profile")):
            continue
        data = {"ids": west["customers"].pk, "customer": west["customers"].pk, "name": "改了"}
        response = getattr(client, method)(address, data, content_type=_content_type(method))
        assert response.status_code < 500, f"{method} {name}: {response.status_code}"
    after = {kind: type(record).objects.filter(pk=record.pk).values().get() for kind, record in west.items()}
    assert after == before


def _content_type(method: str) -> str:
    return "application/x-www-form-urlencoded" if method == "post" else "application/json"


@pytest.mark.django_db
def test_a_stranger_sees_nothing(client, west):
    for name, address in addresses(west):
        for method in METHODS:
            response = getattr(client, method)(address)
            assert response.status_code < 500, f"{method} {name}"
            if response.streaming:
                continue
            assert SECRET not in response.content.decode("utf-8", "replace"), f"{method} {name}"


@pytest.mark.django_db
def test_deleted_customers_are_seen_by_nobody(people):
    customer = make_customer(owner=people.sales_east, deleted_at="2026-05-01T00:00:00Z")
    for role in ROLES:
        assert customer not in Customer.objects.visible_to(getattr(people, role))
