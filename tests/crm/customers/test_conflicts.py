"""Two people save one customer: nobody's input is lost, and nobody's work is overwritten unseen."""

from __future__ import annotations

import threading

import pytest
from django.db import close_old_connections, connections
from django.test import Client
from django.urls import reverse

from factories import make_customer, make_people
from zhike.crm.customers import services
from zhike.crm.customers.models import Customer

EDITORS = 20


def form_data(client, url) -> dict[str, str]:
    """What a browser would send of the form as it is."""
    form = client.get(url).context["form"]
    data = {}
    for name in form.fields:
        value = form[name].value()
        if value not in (None, "", False):
            data[name] = value
    return data


@pytest.fixture
def both(people, client):
    """One customer, one person who looks at its form, and a colleague who saves meanwhile."""
    customer = make_customer("甲公司", owner=people.sales_east, needs="旧需求", address="旧地址")
    client.force_login(people.sales_east)
    client.cookies["zhike_language"] = "en"
    url = reverse("customers:edit", args=[customer.pk])
    data = form_data(client, url)

    def colleague(**fields):
        services.update_customer(actor=people.manager_east, customer=customer, **fields)

    return customer, client, url, data, colleague


def test_both_values_are_shown_with_who_and_when(both):
    _customer, client, url, data, colleague = both
    colleague(needs="同事的需求")
    answer = client.post(url, data | {"needs": "我的需求"})
    assert answer.status_code == 409
    meeting = answer.context["meeting"]
    assert [(one.name, one.yours, one.saved) for one in meeting.clashes] == [
        ("needs", "我的需求", "同事的需求")
    ]
    assert meeting.who == "manager_east"
    text = answer.content.decode()
    assert "同事的需求" in text
    assert "manager_east saved this record" in text


@pytest.mark.parametrize(("choice", "expected"), [("yours", "我的需求"), ("saved", "同事的需求")])
def test_the_person_chooses_field_by_field(both, choice, expected):
    customer, client, url, data, colleague = both
    colleague(needs="同事的需求")
    shown = client.post(url, data | {"needs": "我的需求", "address": "我的地址"}).context["form"]
    again = {
        name: shown[name].value() for name in shown.fields if shown[name].value() not in (None, "", False)
    }
    answer = client.post(url, again | {"keep_needs": choice})
    assert answer.status_code == 302
    customer.refresh_from_db()
    assert (customer.needs, customer.address) == (expected, "我的地址")


def test_what_only_the_colleague_changed_is_taken_over(both):
    customer, client, url, data, colleague = both
    colleague(address="同事的地址")
    answer = client.post(url, data | {"needs": "我的需求"})
    assert answer.status_code == 409
    assert answer.context["meeting"].clashes == []
    assert [one.name for one in answer.context["meeting"].taken] == ["address"]
    shown = answer.context["form"]
    again = {
        name: shown[name].value() for name in shown.fields if shown[name].value() not in (None, "", False)
    }
    assert client.post(url, again).status_code == 302
    customer.refresh_from_db()
    assert (customer.needs, customer.address) == ("我的需求", "同事的地址")


def test_a_third_save_meanwhile_asks_again(both):
    _customer, client, url, data, colleague = both
    colleague(needs="二")
    shown = client.post(url, data | {"needs": "一"}).context["form"]
    again = {
        name: shown[name].value() for name in shown.fields if shown[name].value() not in (None, "", False)
    }
    colleague(needs="三")
    answer = client.post(url, again | {"keep_needs": "yours"})
    assert answer.status_code == 409
    assert [(one.yours, one.saved) for one in answer.context["meeting"].clashes] == [("一", "三")]


def test_a_forged_base_counts_as_none(both):
    _customer, client, url, data, colleague = both
    colleague(needs="同事的需求")
    answer = client.post(url, data | {"needs": "我的需求", "base": "forged"})
    assert [one.name for one in answer.context["meeting"].clashes] == ["needs"]


def test_a_contact_is_guarded_too(people, client):
    customer = make_customer("甲公司", owner=people.sales_east)
    contact = services.save_contact(actor=people.sales_east, customer=customer, name="王芳", title="经理")
    client.force_login(people.sales_east)
    url = reverse("customers:edit_contact", args=[customer.pk, contact.pk])
    data = form_data(client, url)
    services.save_contact(actor=people.manager_east, customer=customer, contact=contact, title="总监")
    answer = client.post(url, data | {"title": "主任"})
    assert answer.status_code == 409
    assert [(one.yours, one.saved) for one in answer.context["meeting"].clashes] == [("主任", "总监")]
    contact.refresh_from_db()
    assert contact.title == "总监"


@pytest.mark.django_db(transaction=True)
def test_of_20_parallel_edits_of_one_version_one_wins_and_19_keep_their_input():
    people = make_people()
    customer = make_customer("甲公司", owner=people.sales_east)
    url = reverse("customers:edit", args=[customer.pk])
    client = Client()
    client.force_login(people.sales_east)
    data = form_data(client, url)
    start, answers = threading.Barrier(EDITORS), {}

    def save(number: int) -> None:
        close_old_connections()
        own = Client()
        own.cookies = client.cookies.__class__(client.cookies.output(header="", sep=";"))
        start.wait()
        answers[number] = own.post(url, data | {"needs": f"需求{number:02d}"})
        connections.close_all()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(EDITORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    statuses = sorted(answer.status_code for answer in answers.values())
    assert statuses == [302] + [409] * (EDITORS - 1)
    winner = next(number for number, answer in answers.items() if answer.status_code == 302)
    stored = Customer.objects.get(pk=customer.pk)
    assert (stored.needs, stored.version) == (f"需求{winner:02d}", customer.version + 1)
    for number, answer in answers.items():
        if number != winner:
            text = answer.content.decode()
            assert f"需求{number:02d}" in text, "the input is kept"
            assert f"需求{winner:02d}" in text, "what was saved stands beside it"
