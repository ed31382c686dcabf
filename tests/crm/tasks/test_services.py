"""What the verbs on tasks do, and for whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from factories import make_customer, make_people
from zhike.crm.customers import handover
from zhike.crm.customers.models import Customer, CustomerShare
from zhike.crm.customers.ownership_models import forget_shares
from zhike.crm.notifications.models import Notification
from zhike.crm.tasks import jobs, moments, queries, repeats, services
from zhike.crm.tasks.models import Task
from zhike.platform import company_day
from zhike.platform.errors import Conflict, DomainError, NotAllowed
from zhike.platform.models import Installation

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(company_day, "today", lambda: TODAY)
    monkeypatch.setattr(moments.timezone, "now", lambda: datetime(2026, 11, 21, 20, tzinfo=UTC))


def make(actor, title="给上海远达打电话", **fields):
    return services.create_task(actor=actor, title=title, **fields)


def test_a_task_is_ones_own_when_nobody_is_named(people):
    assert make(people.sales_east).assignee == people.sales_east


def test_the_same_origin_gives_the_task_made_before(people):
    first = make(people.sales_east, origin="care", origin_key="birthday:7:2026")
    again = make(people.sales_east, title="anders", origin="care", origin_key="birthday:7:2026")
    assert first == again
    assert Task.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"note": "x" * 5001}, "note"),
        ({"due_time": time(9)}, "due_on"),
        ({"repeat": "FREQ=DAILY"}, "due_on"),
        ({"due_on": date(1900, 1, 1)}, "due_on"),
        ({"due_on": TODAY, "repeat": "every now and then"}, "repeat"),
    ],
)
def test_what_is_wrong_is_named(people, fields, field):
    with pytest.raises(DomainError) as caught:
        make(people.sales_east, **{"title": "t", **fields})
    assert caught.value.field == field


def test_completing_makes_the_next_occurrence_once(people):
    task = make(people.sales_east, due_on=TODAY, due_time=time(9, 30), repeat="FREQ=WEEKLY")
    following = services.complete_task(actor=people.sales_east, task=task)
    assert (following.due_on, following.due_time) == (TODAY + timedelta(days=7), time(9, 30))
    assert services.complete_task(actor=people.sales_east, task=task) == following
    assert Task.objects.count() == 2


def test_a_task_left_lying_does_not_come_back_several_times(people):
    task = make(people.sales_east, due_on=TODAY - timedelta(days=9), repeat="FREQ=DAILY")
    assert services.complete_task(actor=people.sales_east, task=task).due_on == TODAY + timedelta(days=1)


def test_postponing_one_occurrence_keeps_the_rhythm(people):
    monday = date(2026, 11, 23)
    task = make(people.sales_east, due_on=monday, repeat="FREQ=WEEKLY")
    services.postpone_task(actor=people.sales_east, task=task, due_on=date(2026, 11, 26))
    following = services.complete_task(actor=people.sales_east, task=task)
    assert following.due_on == date(2026, 11, 30)


def test_reopening_takes_back_the_next_occurrence_that_nobody_touched(people):
    task = make(people.sales_east, due_on=TODAY, repeat="FREQ=DAILY")
    services.complete_task(actor=people.sales_east, task=task)
    services.reopen_task(actor=people.sales_east, task=task)
    assert [row.is_open for row in Task.objects.all()] == [True]


def test_a_task_that_is_done_is_not_postponed(people):
    task = make(people.sales_east, due_on=TODAY)
    services.complete_task(actor=people.sales_east, task=task)
    with pytest.raises(DomainError):
        services.postpone_task(actor=people.sales_east, task=task, due_on=TODAY)


def test_of_two_changes_of_one_version_one_wins(people):
    task = make(people.sales_east, due_on=TODAY)
    stale = Task.objects.get(pk=task.pk)
    fields = {"title": "a", "note": "", "due_on": TODAY, "due_time": None, "repeat": "", "customer": None}
    services.change_task(actor=people.sales_east, task=task, version=1, assignee=people.sales_east, **fields)
    with pytest.raises(Conflict):
        services.change_task(
            actor=people.sales_east, task=stale, version=1, assignee=people.sales_east, **fields
        )


def test_a_colleague_is_told_of_a_task_and_oneself_is_not(people):
    make(people.sales_east)
    make(people.manager_east, assignee=people.sales_east, due_on=TODAY)
    [told] = Notification.objects.all()
    assert told.user == people.sales_east
    assert "manager_east" in told.text


def test_a_reminder_comes_once_when_its_hour_has_come(people):
    task = make(people.sales_east, due_on=TODAY, due_time=time(15))
    quarter_to = datetime(2026, 11, 22, 6, 45, tzinfo=UTC)
    assert jobs.remind_due(quarter_to) == 0
    assert jobs.remind_due(quarter_to + timedelta(minutes=15)) == 1
    assert jobs.remind_due(quarter_to + timedelta(days=3)) == 0
    # The worker died between telling and noting that it told.
    Task.objects.update(reminded_at=None)
    assert jobs.remind_due(quarter_to + timedelta(days=3)) == 0
    services.postpone_task(actor=people.sales_east, task=task, due_on=TODAY + timedelta(days=1))
    assert jobs.remind_due(quarter_to + timedelta(days=3)) == 1


def test_what_is_written_down_after_its_hour_needs_no_reminder(people):
    make(people.sales_east, due_on=TODAY - timedelta(days=1))
    assert jobs.remind_due(datetime(2026, 11, 25, tzinfo=UTC)) == 0


def test_an_outage_of_days_loses_no_reminder_and_a_settled_task_has_none(people):
    make(people.sales_east, due_on=TODAY)
    done = make(people.sales_east, due_on=TODAY)
    services.complete_task(actor=people.sales_east, task=done)
    assert jobs.remind_due(datetime(2026, 11, 25, tzinfo=UTC)) == 1


def test_two_teams_do_not_see_each_others_tasks(people):
    west = make_customer(owner=people.sales_west)
    task = make(people.sales_west, customer=west)
    alone = make(people.sales_west)
    for person in (people.sales_east, people.manager_east):
        assert not Task.objects.visible_to(person).exists()
        with pytest.raises(DomainError):
            services.complete_task(actor=person, task=task)
    assert set(Task.objects.visible_to(people.manager_west)) == {task, alone}
    assert set(Task.objects.visible_to(people.owner)) == {task, alone}


def test_a_task_about_a_customer_needs_sight_of_the_customer(people):
    west = make_customer(owner=people.sales_west)
    with pytest.raises(DomainError):
        make(people.sales_east, customer=west)
    mine = make_customer("我的客户", owner=people.sales_east)
    with pytest.raises(DomainError) as caught:
        make(people.sales_east, customer=mine, assignee=people.sales_west)
    assert caught.value.field == "assignee"
    CustomerShare.objects.create(customer=mine, user=people.sales_west)
    forget_shares(people.sales_west)
    assert make(people.sales_east, customer=mine, assignee=people.sales_west).pk


def test_an_analyst_looks_but_does_not_settle_others_tasks(people):
    task = make(people.sales_east, customer=make_customer(owner=people.sales_east))
    assert task in Task.objects.visible_to(people.analyst)
    with pytest.raises(NotAllowed):
        services.complete_task(actor=people.analyst, task=task)


def test_the_customers_name_is_gone_when_the_customer_is_no_longer_ones_own(people):
    customer = make_customer(owner=people.sales_east)
    make(people.sales_east, customer=customer)
    Customer.objects.update(owner=people.sales_west, team=people.west)
    [task] = queries.with_customers(people.sales_east, Task.objects.visible_to(people.sales_east))
    assert task.shown_customer is None


def test_many_tasks_are_made_once_for_visible_customers(people):
    mine = [make_customer(f"客户{number}", owner=people.sales_east) for number in range(3)]
    others = [make_customer("西部", owner=people.sales_west)]
    give = {
        "actor": people.manager_east,
        "title": "回访",
        "due_on": TODAY,
        "origin": "bulk",
        "origin_key_prefix": "act-1:",
    }
    assert services.create_tasks(customers=mine + others, **give) == 3
    assert services.create_tasks(customers=mine + others, **give) == 0
    assert {task.assignee for task in Task.objects.all()} == {people.sales_east}
    assert Notification.objects.count() == 1


def test_making_tasks_for_many_takes_few_statements(people, django_assert_max_num_queries):
    mine = [make_customer(f"客户{number}", owner=people.sales_east) for number in range(300)]
    with django_assert_max_num_queries(25):
        services.create_tasks(
            actor=people.manager_east,
            customers=mine,
            title="回访",
            due_on=TODAY,
            origin="bulk",
            origin_key_prefix="x:",
        )


@pytest.mark.parametrize(
    ("zone", "on", "at", "expected"),
    [
        ("Asia/Shanghai", TODAY, time(9), datetime(2026, 11, 22, 1, tzinfo=UTC)),
        ("Asia/Kathmandu", TODAY, time(9), datetime(2026, 11, 22, 3, 15, tzinfo=UTC)),
        ("America/New_York", date(2026, 7, 1), time(9), datetime(2026, 7, 1, 13, tzinfo=UTC)),
        ("America/New_York", date(2026, 12, 1), time(9), datetime(2026, 12, 1, 14, tzinfo=UTC)),
        # The clocks skip from 2 to 3 on this night: half past two is half an hour after two.
        ("America/New_York", date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        ("Pacific/Kiritimati", TODAY, time(0, 30), datetime(2026, 11, 21, 10, 30, tzinfo=UTC)),
    ],
)
def test_due_moments_are_in_the_companys_zone(zone, on, at, expected):
    Installation.objects.update_or_create(pk=1, defaults={"time_zone": zone})
    assert moments.remind_at(on, at) == expected


@pytest.mark.django_db(transaction=True)
def test_open_tasks_go_with_the_customers_that_are_handed_over(people):
    customer = make_customer(owner=people.sales_east)
    about, alone = make(people.sales_east, customer=customer), make(people.sales_east, title="allein")
    done = make(people.sales_east, title="fertig", customer=customer)
    services.complete_task(actor=people.sales_east, task=done)
    handover.start(actor=people.owner, source=people.sales_east, targets=[people.sales_east2])
    customer.refresh_from_db()
    assert customer.owner == people.sales_east2
    assert set(Task.objects.of(people.sales_east2)) == {about, alone}
    assert set(Task.objects.of(people.sales_east)) == {done}


ACTS = st.lists(
    st.tuples(st.sampled_from(["complete", "reopen", "postpone", "again"]), st.integers(0, 40)), max_size=12
)
CHOICES = st.sampled_from(["daily", "workdays", "weekly", "monthly", "yearly"])


class OneOpenOccurrence(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(choice=CHOICES, first=st.dates(date(2026, 1, 1), date(2027, 12, 31)), acts=ACTS)
    def test_whatever_is_done_a_series_has_one_open_occurrence(self, choice, first, acts):
        person = make_people().sales_east
        rule = repeats.rule_of(choice, first)
        current = make(person, due_on=first, repeat=rule)
        former = None
        for act, days in acts:
            if act == "complete":
                former, current = current, services.complete_task(actor=person, task=current)
            elif act == "again" and former is not None:
                assert services.complete_task(actor=person, task=former) == current
            elif act == "postpone":
                day = current.due_on + timedelta(days=days)
                services.postpone_task(actor=person, task=current, due_on=day)
            elif act == "reopen" and former is not None and current.version == 1:
                services.reopen_task(actor=person, task=former)
                former, current = None, Task.objects.get(pk=former.pk)
            assert [row.pk for row in Task.objects.open()] == [current.pk]
            assert current.due_on >= first
