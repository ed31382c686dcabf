"""Who is about to be entered twice is told before, and nobody reads another team's customers by it."""

from __future__ import annotations

import pytest

from factories import make_customer
from zhike.crm.customers import likeness, services
from zhike.crm.customers.models import Customer

NAME = "上海远达贸易有限公司"


@pytest.fixture
def known(people):
    return services.create_customer(
        actor=people.sales_east, kind="company", name=NAME, phone="138 0013 8000", email="a@example.com"
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"name": "上海市远达贸易股份有限公司"}, "name"),
        ({"phone": "+86 13800138000"}, "phone"),
        ({"email": "A+crm@Example.com"}, "email"),
        ({"name": "上海远达"}, "similar"),
        ({"name": NAME, "phone": "13800138000"}, "phone"),
    ],
)
def test_the_same_customer_is_found_however_it_is_written(people, known, given, reason):
    found = likeness.look(people.sales_east, **given)
    assert [(one.customer, one.reason) for one in found.seen] == [(known, reason)]
    assert found.is_certain == (reason != "similar")


def test_a_contacts_phone_is_known_too(people, known):
    services.save_contact(actor=people.sales_east, customer=known, name="王芳", phone="13911112222")
    assert likeness.look(people.sales_east, phone="13911112222").seen[0].customer == known


def test_another_teams_customer_is_announced_without_its_data(people, known):
    found = likeness.look(people.sales_west, phone="13800138000")
    assert found.seen == []
    assert [(one.reason, one.owner, one.team) for one in found.elsewhere] == [("phone", "sales_east", "华东")]


def test_another_teams_customer_cannot_be_read_letter_by_letter(people, known):
    assert not likeness.look(people.sales_west, name="上海远达")


def test_the_customer_itself_and_deleted_ones_are_no_duplicates(people, known):
    assert not likeness.look(people.sales_east, name=NAME, besides=known.pk)
    services.delete_customer(actor=people.sales_east, customer=known)
    assert not likeness.look(people.sales_east, name=NAME)


def test_two_letters_warn_of_nobody(people):
    make_customer("上海", owner=people.sales_east, name_key="上海三元")
    assert not likeness.look(people.sales_east, name="上海")
    assert Customer.objects.count() == 1
