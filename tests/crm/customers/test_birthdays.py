"""Birthdays of customers and contacts: by date, or by month and day of either calendar."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils.translation import override

from factories import make_customer
from zhike.analytics.calendars import Birthday
from zhike.crm.customers import services
from zhike.crm.customers.birthdays import in_words, lunar_day
from zhike.crm.customers.models import Contact, Customer
from zhike.platform.errors import DomainError

pytestmark = pytest.mark.django_db
LUNAR = {"birthday_calendar": "lunar"}


@pytest.mark.parametrize(
    ("fields", "chinese", "english"),
    [
        ({"birthday": date(1985, 2, 4)}, "1985-02-04", "1985-02-04"),
        # 4 February 1985 was the 15th of the twelfth month.
        (
            {"birthday": date(1985, 2, 4), **LUNAR},
            "1985-02-04（农历腊月十五）",
            "1985-02-04 (lunar 腊月十五)",
        ),
        ({"birthday_month": 2, "birthday_day": 29}, "2月29日", "February 29"),
        ({"birthday_month": 8, "birthday_day": 5, **LUNAR}, "农历八月初五", "lunar 八月初五"),
        (
            {"birthday_month": 6, "birthday_day": 21, "birthday_leap": True, **LUNAR},
            "农历闰六月廿一",
            "lunar 闰六月廿一",
        ),
        ({}, "", ""),
    ],
)
def test_a_birthday_reads_as_it_was_entered(fields, chinese, english):
    person = services.create_customer(actor=None, name="王芳", kind="person", **fields)
    with override("zh-hans"):
        assert in_words(person) == chinese
    with override("en"):
        assert in_words(person) == english


def test_days_of_a_lunar_month_are_written_the_usual_way():
    days = {1: "初一", 10: "初十", 11: "十一", 20: "二十", 21: "廿一", 30: "三十"}
    assert {day: lunar_day(Birthday(1, day, True)).removeprefix("正月") for day in days} == days


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"birthday_month": 2}, "birthday_day"),
        ({"birthday_day": 2}, "birthday_month"),
        ({"birthday_month": 2, "birthday_day": 30}, "birthday_day"),
        ({"birthday_month": 2, "birthday_day": 31, **LUNAR}, "birthday_day"),
        ({"birthday_month": 2, "birthday_day": 1, "birthday_leap": True}, "birthday_leap"),
        # The first month was never doubled since 1901.
        ({"birthday_month": 1, "birthday_day": 1, "birthday_leap": True, **LUNAR}, "birthday_leap"),
        ({"birthday_leap": True, **LUNAR}, "birthday_leap"),
        ({"birthday": date(1985, 2, 4), "birthday_month": 2, "birthday_day": 4}, "birthday_month"),
        ({"birthday": date(1880, 2, 4), **LUNAR}, "birthday"),
    ],
)
def test_a_birthday_that_cannot_be_is_refused_beside_its_field(fields, field):
    with pytest.raises(DomainError) as refused:
        services.create_customer(actor=None, name="王芳", kind="person", **fields)
    assert refused.value.field == field
    customer = make_customer()
    with pytest.raises(DomainError) as refused:
        services.save_contact(actor=None, customer=customer, name="王芳", **fields)
    assert refused.value.field == field


def test_a_change_is_judged_together_with_what_stays():
    person = services.create_customer(actor=None, name="王芳", kind="person", birthday=date(1985, 2, 4))
    with pytest.raises(DomainError):
        services.update_customer(actor=None, customer=person, birthday_month=2, birthday_day=4)
    changed = services.update_customer(
        actor=None, customer=person, birthday=None, birthday_month=2, birthday_day=30, **LUNAR
    )
    with pytest.raises(DomainError):
        services.update_customer(actor=None, customer=changed, birthday_calendar="solar")


def test_the_forms_take_month_and_day_and_the_pages_show_them(client, people):
    client.force_login(people.sales_east)
    client.cookies["zhike_language"] = "zh-hans"
    lunar = {"birthday_calendar": "lunar", "birthday_month": "6", "birthday_day": "21", "birthday_leap": "on"}
    answer = client.post(reverse("customers:create"), {"kind": "person", "name": "王芳", **lunar})
    customer = Customer.objects.get()
    assert (customer.birthday_month, customer.birthday_day, customer.birthday_leap) == (6, 21, True)
    contact = {"name": "李强", "birthday_calendar": "solar", "birthday_month": "3", "birthday_day": "5"}
    address = reverse("customers:create_contact", args=[customer.pk])
    wrong = client.post(address, contact | {"birthday_day": ""})
    assert wrong.status_code == 422
    assert "月和日需要一起填写。" in wrong.content.decode()
    client.post(address, contact)
    assert Contact.objects.get().birthday_day == 5
    page = client.get(answer.url).content.decode()
    assert "农历闰六月廿一" in page
    assert "3月5日" in page
