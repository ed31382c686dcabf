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
SECRETS = (
    SECRET,
    *("绝密联系人", "绝密谈话", "绝密任务", "绝密文件", "绝密标签", "绝密名单"),
    *("SECRET-1", "13900001111"),
)
# Every record of the western team has this number: one address per route names something, whatever the route is about.
NUMBER = 990_001
# No page looks at both numbers: lists take some by ids, forms are filled for a customer.
QUERIES = ("?q=绝密", f"?ids={NUMBER}&customer={NUMBER}")
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


def test_every_route_declares_its_rule():
    assert [name for name, route in ALL_ROUTES if not getattr(route.callback, "access_rule", None)] == []


@pytest.fixture
def west(people):
    """One record of every kind that belongs to the western team alone."""
    seller = people.sales_west
    customer = make_customer(SECRET, pk=NUMBER, owner=seller, phone="13900001111", email="secret@example.com")
    order = make_order(customer, date(2026, 5, 1), pk=NUMBER, number="SECRET-1")
    job = Job.objects.create(
        pk=NUMBER, kind="insight.run", requested_by=seller, words={"zh-hans": "绝密任务"}
    )
    return [
        *(customer, order, job),
        Contact.objects.create(pk=NUMBER, customer=customer, name="绝密联系人"),
        Interaction.objects.create(
            pk=NUMBER, customer=customer, at=order.placed_at, summary="绝密谈话", author=seller
        ),
        Import.objects.create(
            pk=NUMBER, entity="orders", file="x", file_name="绝密文件.csv", created_by=seller, job=job
        ),
        BulkAct.objects.create(pk=NUMBER, kind="tag", params={"tags": ["绝密标签"]}, created_by=seller),
        CustomerList.objects.create(pk=NUMBER, name="绝密名单", owner=seller),
    ]


# Says 503 while no worker lives, which is its purpose.
WITHOUT_A_WORKER = "web:healthz"


def addresses() -> Iterator[tuple[str, str]]:
    """Every route filled with the number of the western team's records."""
    for name, route in ALL_ROUTES:
        if name == WITHOUT_A_WORKER:
            continue
        try:
            yield name, reverse(name, kwargs=dict.fromkeys(getattr(route.pattern, "converters", {}), NUMBER))
        except NoReverseMatch:
            continue


def _text(response) -> str:
    body = b"".join(response) if response.streaming else response.content
    return str(body.decode("utf-8", "replace"))


# A walk along every route is long: one of each kind shows that both stores answer alike.
AGAIN = pytest.mark.one_store


@pytest.mark.django_db
@pytest.mark.parametrize("role", [pytest.param("manager_east", marks=AGAIN), "sales_east"])
def test_no_page_shows_a_row_of_the_other_team(client, people, west, role):
    client.force_login(getattr(people, role))
    for name, address in addresses():
        if name.startswith("accounts:sign_out"):
            continue
        plain = _shows_nothing(client, address)
        # What refuses the record refuses it with any query.
        if str(NUMBER) not in address or plain == 200:
            for query in QUERIES:
                _shows_nothing(client, address + query)


def _shows_nothing(client, address: str) -> int:
    response = client.get(address)
    assert response.status_code < 500, f"{address}: {response.status_code}"
    text = _text(response).replace("?q=绝密", "")
    shown = [secret for secret in SECRETS if secret in text]
    assert not shown, f"{address} shows {shown}"
    return int(response.status_code)


# A manager may do all that a sales person may: what is refused by right is refused to both, and whose row it is
# is asked in the same way whatever the method.
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "method"),
    [
        ("manager_east", "post"),
        pytest.param("sales_east", "post", marks=AGAIN),
        *(pytest.param("manager_east", method, marks=AGAIN) for method in ("put", "patch", "delete")),
    ],
)
def test_no_request_changes_a_row_of_the_other_team(client, people, west, role, method):
    client.force_login(getattr(people, role))
    before = [_stored(record) for record in west]
    for name, address in addresses():
        if name.startswith(("accounts:sign_out", "accounts:profile")):
            continue
        data = {"ids": NUMBER, "customer": NUMBER, "name": "改了"}
        response = getattr(client, method)(address, data, content_type=_content_type(method))
        assert response.status_code < 500, f"{method} {name}: {response.status_code}"
    assert [_stored(record) for record in west] == before


def _stored(record) -> dict[str, object]:
    return dict(type(record).objects.filter(pk=record.pk).values().get())


def _content_type(method: str) -> str:
    return "application/x-www-form-urlencoded" if method == "post" else "application/json"


@pytest.mark.django_db
def test_a_stranger_sees_nothing(client, west):
    for name, address in addresses():
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
