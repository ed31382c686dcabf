"""The daily work: once, on a working day, after an outage too, and not killed out of step."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.care.conftest import TODAY, person, rule
from dying import Killed, dying_after
from factories import make_customer
from zhike.analytics.calendars import is_working_day
from zhike.crm.care import reminders, timing
from zhike.crm.care.models import CareSettings, Reminder
from zhike.crm.customers.models import Customer
from zhike.crm.notifications.models import Notification
from zhike.crm.tasks.models import Task
from zhike.platform.models import Installation

pytestmark = pytest.mark.django_db


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


def test_running_twice_reminds_once(clock, people):
    rule()
    person("王芳", born="1980-02-04", owner=people.sales_east)
    reminders.run(TODAY)
    reminders.run(TODAY)
    assert Reminder.objects.count() == 1
    (told,) = Notification.objects.all()
    assert told.user == people.sales_east
    assert "王芳" in told.text


def test_three_days_of_outage_remind_once(clock, people):
    rule()
    for day in (4, 5, 6, 7, 8):
        person(f"{day}日", born=f"1980-02-{day:02}", owner=people.sales_east)
    reminders.run(TODAY)
    back = clock(TODAY + timedelta(days=4))
    reminders.run(back, days(TODAY + timedelta(days=1), 4))
    reminders.run(back, days(TODAY + timedelta(days=1), 4))
    assert sorted(Reminder.objects.values_list("customer__name", "state")) == [
        (f"{day}日", "due") for day in (4, 5, 6, 7, 8)
    ]
    assert Notification.objects.count() == 5


def test_what_lies_back_too_far_is_skipped_with_its_reason(clock, people):
    rule()
    person("早", born="1980-02-05", owner=people.sales_east)
    person("近", born="1980-02-12", owner=people.sales_east)
    back = clock(date(2026, 2, 14))
    reminders.run(back, days(TODAY, 11))
    rows = {row.customer.name: row for row in Reminder.objects.all()}
    assert (rows["早"].state, rows["早"].reason) == ("skipped", "missed")
    assert rows["近"].state == "due"
    assert Notification.objects.count() == 1


def test_the_reminder_comes_on_the_working_day_before(clock, people):
    # 17 February 2026 is the first day of the Spring Festival; 14 February is a working Saturday.
    early = rule(lead=1, lead_in="days")
    working = rule(lead=1, lead_in="working_days")
    assert timing.remind_on(early, date(2026, 2, 17)) == date(2026, 2, 14)
    assert timing.remind_on(working, date(2026, 2, 17)) == date(2026, 2, 14)
    assert timing.remind_on(working, date(2026, 2, 24)) == date(2026, 2, 14)
    assert timing.remind_on(rule(lead=7, lead_in="working_days"), date(2026, 2, 17)) == date(2026, 2, 6)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    on=st.dates(date(2024, 1, 1), date(2028, 1, 1)),
    lead=st.integers(0, 60),
    unit=st.sampled_from(["days", "working_days"]),
)
def test_every_reminder_falls_on_a_working_day_within_reach(on, lead, unit):
    from zhike.crm.care.models import CareRule

    one = CareRule(occasion="birthday", lead=lead, lead_in=unit)
    remind = timing.remind_on(one, on)
    assert is_working_day(remind)
    assert remind <= on
    assert (on - remind).days <= timing.reach(one)


def test_a_customer_entered_today_is_reminded_of_in_time(clock, people):
    rule(lead=3)
    reminders.run(TODAY)
    person("新", born="1980-02-05", owner=people.sales_east)
    person("昨", born="1980-02-03", owner=people.sales_east)
    reminders.run(clock(TODAY + timedelta(days=1)), [TODAY + timedelta(days=1)])
    assert list(Reminder.objects.values_list("customer__name", flat=True)) == ["新"]


def test_two_rules_for_one_occasion_remind_once(clock, people):
    rule(lead=3)
    rule(lead=0)
    person("王芳", born="1980-02-05", owner=people.sales_east)
    for shift in range(3):
        reminders.run(clock(TODAY + timedelta(days=shift)))
    assert Reminder.objects.count() == Notification.objects.count() == 1


def test_a_lunar_birthday_that_falls_twice_in_a_year_is_reminded_twice(clock, people):
    """腊月初一 falls twice in 2027: of the lunar years 2026 and 2027."""
    rule()
    person("腊月", birthday_month=12, birthday_day=1, lunar=True, owner=people.sales_east)
    day = date(2027, 1, 1)
    while day < date(2028, 1, 1):
        reminders.write(clock(day), day)
        day += timedelta(days=1)
    rows = Reminder.objects.order_by("on").values_list("on", "key")
    assert [on.isoformat() for on, _key in rows] == ["2027-01-08", "2027-12-28"]
    assert [key.rsplit(":", 1)[1] for _on, key in rows] == ["2026", "2027"]


def test_minors_are_noted_and_nobody_is_told(clock, people):
    rule()
    person("小明", born="2014-02-04", owner=people.sales_east)
    reminders.run(TODAY)
    (row,) = Reminder.objects.all()
    assert (row.state, row.reason) == ("suppressed", "minor")
    assert not Notification.objects.exists()


def test_a_death_between_writing_and_telling_keeps_the_owner_from_being_told(clock, people):
    rule(make_task=True)
    customer = person("王芳", born="1980-02-04", owner=people.sales_east)
    reminders.write(TODAY, TODAY)
    Customer.objects.filter(pk=customer.pk).update(deceased_on=TODAY)
    reminders.tell()
    assert not Notification.objects.exists()
    assert not Task.objects.exists()


def test_a_rule_may_make_a_task(clock, people):
    rule(make_task=True)
    person("王芳", born="1980-02-04", owner=people.sales_east)
    reminders.run(TODAY)
    reminders.run(TODAY)
    (task,) = Task.objects.all()
    assert (task.assignee, task.due_on, task.origin) == (people.sales_east, TODAY, "care")
    assert "王芳" in task.title


def test_many_at_once_are_told_in_one_sentence(clock, people):
    rule("lantern", lead=40)
    for number in range(12):
        make_customer(f"客户{number}", owner=people.sales_east)
    reminders.run(TODAY)
    assert Reminder.objects.count() == 12
    (told,) = Notification.objects.all()
    assert told.params["count"] == 12
    assert "2026-03-03" in told.text


def test_a_rule_reaches_only_its_tiers_and_lists(clock, people):
    from zhike.crm.customers.models import CustomerList, ListMember

    chosen = CustomerList.objects.create(name="重点", owner=people.owner)
    inside, _outside = (
        make_customer("在内", owner=people.sales_east),
        make_customer("在外", owner=people.sales_east),
    )
    ListMember.objects.create(list=chosen, customer=inside)
    rule("lantern", lead=40, lists=[chosen.pk])
    rule("mid_autumn", lead=80, tiers=[4])
    reminders.run(TODAY)
    assert list(Reminder.objects.values_list("customer__name", flat=True)) == ["在内"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kills=st.lists(st.integers(0, 14), max_size=6), births=st.lists(st.integers(1, 8), min_size=1, max_size=9)
)
def test_killed_anywhere_each_occasion_is_told_once(people, monkeypatch, kills, births):
    """The work dies at a random statement and begins again, several times."""
    Installation.current()
    Notification.objects.all().delete()
    Reminder.objects.all().delete()
    Customer.objects.update(deleted_at="2026-01-01T00:00:00Z")
    CareSettings.objects.all().delete()
    one = rule(lead=6)
    customers = [person(f"{n}", born=f"1980-02-{n:02}", owner=people.sales_east) for n in births]
    due = sum(n >= 4 for n in births)

    for count in kills:
        with dying_after(count), suppress(Killed):
            reminders.run(TODAY)
    reminders.run(TODAY)
    one.delete()
    assert Reminder.objects.count() == due
    told = [note.params for note in Notification.objects.all()]
    assert sum(params.get("count", 1) for params in told) == due
    assert len(customers) == len(births)
