"""The calendar feed: what one sees, at that moment, under a secret that can be ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar

from factories import make_customer
from zhike.crm.customers.models import Customer
from zhike.crm.interactions.models import Interaction
from zhike.crm.tasks import feed_access, services
from zhike.crm.tasks.models import CalendarFeed
from zhike.platform import company_day

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(company_day, "today", lambda: TODAY)


@pytest.fixture
def address(people):
    return reverse("tasks:feed", args=[feed_access.make(actor=people.sales_east)])


def events(response):
    return {str(event["uid"]): event for event in Calendar.from_ical(response.content).walk("VEVENT")}


def test_times_are_right_and_days_are_days(client, people, address):
    services.create_task(actor=people.sales_east, title="会议；演示,报价", due_on=TODAY, due_time=time(15))
    services.create_task(actor=people.sales_east, title="寄样品", due_on=TODAY)
    response = client.get(address)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    timed, whole = sorted(events(response).values(), key=lambda event: "寄" in event["summary"])
    assert timed["summary"] == "会议；演示,报价"
    assert timed.decoded("dtstart") == datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert whole.decoded("dtstart") == TODAY
    assert whole.decoded("dtend") == TODAY + timedelta(days=1)


def test_lines_are_folded_and_ended_as_the_standard_says(client, people, address):
    services.create_task(actor=people.sales_east, title="很长的任务" * 30, due_on=TODAY)
    lines = client.get(address).content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert max(len(line) for line in lines) <= 75
    assert b"\n" not in b"".join(lines)


def test_coming_occurrences_are_there_with_names_of_their_own(client, people, address):
    services.create_task(actor=people.sales_east, title="周报", due_on=TODAY, repeat="FREQ=WEEKLY")
    found = events(client.get(address))
    assert len(found) == 53
    assert {event.decoded("dtstart") for event in found.values()} == {
        TODAY + timedelta(weeks=number) for number in range(53)
    }


def test_the_feed_shows_what_one_sees_at_that_moment(client, people, address):
    customer = make_customer("绝密客户", owner=people.sales_east)
    Interaction.objects.create(
        customer=customer,
        at=datetime(2026, 11, 1, tzinfo=UTC),
        summary="谈",
        next_step="报价",
        next_step_on=TODAY,
    )
    services.create_task(actor=people.sales_west, title="西部的任务", due_on=TODAY)
    text = client.get(address).content.decode()
    assert "报价" in text
    assert "绝密客户" in text
    assert "西部" not in text
    Customer.objects.update(owner=people.sales_west, team=people.west)
    assert "绝密客户" not in client.get(address).content.decode()


def test_the_etag_spares_what_has_not_changed(client, people, address):
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    services.create_task(actor=people.sales_east, title="新", due_on=TODAY)
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_only_the_digest_is_kept(people):
    secret = feed_access.make(actor=people.sales_east)
    kept = CalendarFeed.objects.get()
    assert secret not in str(kept.__dict__)
    assert len(secret) >= 40


def test_a_new_address_ends_the_old_one_and_ending_ends_it(client, people, address):
    client.force_login(people.sales_east)
    page = client.post(reverse("tasks:feed_make")).content.decode()
    assert client.get(address).status_code == 404
    secret = page.split('id="feed-address">')[1].split("/feed/")[1].split(".ics")[0]
    assert client.get(reverse("tasks:feed", args=[secret])).status_code == 200
    assert secret not in client.get(reverse("tasks:feed_settings")).content.decode()
    client.post(reverse("tasks:feed_end"))
    assert client.get(reverse("tasks:feed", args=[secret])).status_code == 404


@pytest.mark.parametrize("change", [{"is_active": False}, {"session_epoch": 5}])
def test_the_address_ends_with_the_account_and_with_a_new_password(client, people, address, change):
    type(people.sales_east).objects.filter(pk=people.sales_east.pk).update(**change)
    assert client.get(address).status_code == 404


def test_it_can_only_be_read(client, address):
    assert client.post(address).status_code == 405


def test_reading_too_often_is_answered_with_patience(client, people, address, caplog, monkeypatch):
    monkeypatch.setattr(feed_access, "READS_PER_WINDOW", 3)
    for _number in range(feed_access.READS_PER_WINDOW):
        assert client.get(address).status_code == 200
    caplog.clear()
    late = client.get(address)
    assert address not in caplog.text
    assert (late.status_code, late["Retry-After"]) == (429, "3600")
    CalendarFeed.objects.update(window_began_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("secret", ["x", "x" * 43, "x" * 500, "1"])
def test_a_guess_finds_nothing(client, people, address, secret):
    assert client.get(reverse("tasks:feed", args=[secret])).status_code == 404
