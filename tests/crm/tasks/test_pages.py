"""The list, the form, the card and the calendar."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from factories import make_customer
from zhike.crm.customers.models import Customer
from zhike.crm.tasks import services
from zhike.crm.tasks.models import Task
from zhike.platform import company_day

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(company_day, "today", lambda: TODAY)


@pytest.fixture
def visitor(client, people):
    client.force_login(people.sales_east)
    client.cookies.load({"zhike_language": "en"})
    return client


def make(actor, title="打电话", **fields):
    return services.create_task(actor=actor, title=title, **fields)


def titles(visitor, **query):
    text = visitor.get(reverse("tasks:list"), query).content.decode()
    return {
        word for word in ("逾期", "今日", "本周", "以后", "无期", "完成", "交办") if f">{word}</a>" in text
    }


def test_the_list_is_filtered_by_whose_and_when(visitor, people):
    me = people.sales_east
    make(me, "逾期", due_on=TODAY - timedelta(days=1))
    make(me, "今日", due_on=TODAY)
    make(me, "本周", due_on=TODAY + timedelta(days=7))
    make(me, "以后", due_on=TODAY + timedelta(days=30))
    make(me, "无期")
    services.complete_task(actor=me, task=make(me, "完成"))
    make(me, "交办", assignee=people.sales_east2, due_on=TODAY)
    assert titles(visitor) == {"逾期", "今日", "本周", "以后", "无期"}
    assert titles(visitor, state="overdue") == {"逾期"}
    assert titles(visitor, state="today") == {"今日"}
    assert titles(visitor, state="week") == {"今日", "本周"}
    assert titles(visitor, state="done") == {"完成"}
    assert titles(visitor, whose="given") == {"交办"}
    assert titles(visitor, whose="team", state="today") == {"今日", "交办"}
    assert titles(visitor, q="逾") == {"逾期"}
    assert titles(visitor, whose="'--", state="x", sort="-secret", cursor="zzz") == titles(visitor)


def test_tasks_without_a_date_come_last_and_pages_hold_all(visitor, people):
    for number in range(60):
        due = TODAY + timedelta(days=number) if number % 2 else None
        make(people.sales_east, f"任务{number:02}", due_on=due)
    first = visitor.get(reverse("tasks:list")).content.decode()
    assert "任务01" in first
    assert "任务00" not in first.split("任务59")[0]
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = visitor.get(reverse("tasks:list") + following).content.decode()
    both = [f"任务{number:02}" for number in range(60) if f"任务{number:02}" in first + second]
    assert len(both) == 60


def test_one_line_makes_a_task_and_leads_back(visitor, people):
    customer = make_customer(owner=people.sales_east)
    data = {"title": "寄样品", "due_on": "2026-11-25", "customer": customer.pk, "next": "/customers/"}
    response = visitor.post(reverse("tasks:quick"), data)
    assert response["Location"] == "/customers/"
    assert Task.objects.get().customer == customer


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_never_leads_away(visitor, target):
    response = visitor.post(reverse("tasks:quick"), {"title": "x", "next": target})
    assert response["Location"] == reverse("tasks:list")


def test_the_form_makes_and_changes_a_task(visitor, people):
    data = {"title": "拜访", "due_on": "2026-01-31", "due_time": "09:30", "repeat": "monthly"}
    visitor.post(reverse("tasks:create"), data | {"assignee": people.sales_east.pk})
    task = Task.objects.get()
    assert task.repeat == "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"
    assert task.due_time == time(9, 30)
    data |= {"title": "再拜访", "assignee": people.sales_east.pk, "version": task.version}
    assert visitor.post(reverse("tasks:detail", args=[task.pk]), data).status_code == 302
    task.refresh_from_db()
    assert (task.title, task.version) == ("再拜访", 2)


def test_a_conflict_keeps_the_input_and_shows_both_values(visitor, people):
    task = make(people.sales_east, "原来", due_on=TODAY)
    page = visitor.get(reverse("tasks:detail", args=[task.pk])).content.decode()
    base = page.split('name="base" value="')[1].split('"')[0]
    Task.objects.update(title="别人的", version=2)
    data = {
        "title": "我的",
        "due_on": "2026-11-22",
        "assignee": people.sales_east.pk,
        "version": 1,
        "base": base,
    }
    response = visitor.post(reverse("tasks:detail", args=[task.pk]), data)
    assert response.status_code == 409
    text = response.content.decode()
    assert "别人的" in text
    assert 'value="我的"' in text
    again = data | {"version": 2, "base": text.split('name="base" value="')[1].split('"')[0]}
    assert visitor.post(reverse("tasks:detail", args=[task.pk]), again).status_code == 302
    task.refresh_from_db()
    assert task.title == "我的"


def test_a_tap_completes_and_another_reopens(visitor, people):
    task = make(people.sales_east)
    done = visitor.post(reverse("tasks:done", args=[task.pk]), headers={"HX-Request": "true"})
    assert "is-done" in done.content.decode()
    visitor.post(reverse("tasks:reopen", args=[task.pk]), headers={"HX-Request": "true"})
    task.refresh_from_db()
    assert task.is_open


def test_postponing_needs_a_day(visitor, people):
    task = make(people.sales_east, due_on=TODAY)
    assert visitor.post(reverse("tasks:postpone", args=[task.pk]), {"due_on": "x"}).status_code == 422
    visitor.post(reverse("tasks:postpone", args=[task.pk]), {"due_on": "2026-12-01"})
    task.refresh_from_db()
    assert task.due_on == date(2026, 12, 1)


def test_a_task_of_the_other_team_does_not_exist(visitor, people):
    task = make(people.sales_west, "绝密")
    for name in ("detail", "done", "reopen", "drop", "postpone"):
        assert visitor.post(reverse(f"tasks:{name}", args=[task.pk])).status_code == 404
    task.refresh_from_db()
    assert task.version == 1


def test_the_customer_is_found_by_typing_among_those_one_sees(visitor, people):
    from zhike.crm.customers.search import reindex

    make_customer("东方贸易", owner=people.sales_east)
    make_customer("东方绝密", owner=people.sales_west)
    reindex(None)
    text = visitor.get(reverse("tasks:pick"), {"q": "东方"}).content.decode()
    assert "东方贸易" in text
    assert "绝密" not in text


def test_the_customer_page_has_the_card(visitor, people):
    customer = make_customer(owner=people.sales_east)
    make(people.sales_east, "寄合同", customer=customer, due_on=TODAY)
    page = reverse("customers:detail", args=[customer.pk])
    cards = reverse("customers:side_cards", args=[customer.pk])
    assert f'hx-get="{cards}"' in visitor.get(page).content.decode()
    text = visitor.get(cards).content.decode()
    assert "寄合同" in text
    assert f'name="next" value="{page}"' in text, "it leads back to the page"


def test_a_task_whose_customer_went_to_others_can_still_be_finished(visitor, people):
    customer = make_customer("绝密客户", owner=people.sales_east)
    task = make(people.sales_east, customer=customer)
    Customer.objects.update(owner=people.sales_west, team=people.west)
    text = visitor.get(reverse("tasks:detail", args=[task.pk])).content.decode()
    assert "绝密客户" not in text
    data = {"title": "改", "assignee": people.sales_east.pk, "customer": customer.pk, "version": 1}
    assert visitor.post(reverse("tasks:detail", args=[task.pk]), data).status_code == 302


@pytest.mark.parametrize("view", ["month", "week", "agenda"])
def test_the_calendar_shows_the_days_tasks(visitor, people, view):
    make(people.sales_east, "寄样品", due_on=TODAY)
    make(people.sales_east2, "别人的", due_on=TODAY)
    text = visitor.get(reverse("tasks:calendar", args=[view]), {"day": "2026-11-22"}).content.decode()
    assert "寄样品" in text
    assert "别人的" not in text
    assert "due_on=2026-11-22" in text


@pytest.mark.parametrize("day", ["x", "2026-13-45", "0001-01-01", "9999-12-31", ""])
def test_any_day_that_is_asked_for_gives_a_calendar(visitor, day):
    for view in ("month", "week", "agenda"):
        assert visitor.get(reverse("tasks:calendar", args=[view]), {"day": day}).status_code == 200


def test_holidays_make_up_days_and_lunar_days_are_marked(visitor):
    page = reverse("tasks:calendar", args=["month"])
    visitor.cookies.load({"zhike_language": "zh-hans"})
    october = visitor.get(page, {"day": "2026-10-01"}).content.decode()
    # 2026-10-01 is a public holiday, 2026-10-10 a working Saturday, 2026-10-10 the last day of the 8th month.
    assert "zk-cal-off" in october
    assert "zk-cal-work" in october
    assert ">国庆节<" in october
    assert ">九月<" in october
    visitor.cookies.load({"zhike_language": "en"})
    english = visitor.get(page, {"day": "2026-10-01"}).content.decode()
    assert "National Day" in english
    assert "九月" not in english
