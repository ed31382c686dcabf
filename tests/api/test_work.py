"""The daily work by API: tasks, follow-up records, alerts, each within the row scope."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crm.alerts.conftest import ago, publish
from factories import make_customer
from zhike.crm.alerts import detection
from zhike.crm.alerts.models import Alert
from zhike.crm.customers import services as customers
from zhike.crm.interactions.models import Interaction
from zhike.crm.interactions.services import log_interaction
from zhike.crm.tasks.models import Task
from zhike.crm.tasks.services import create_task

pytestmark = pytest.mark.django_db
SOON = (date.today() + timedelta(days=3)).isoformat()


@pytest.fixture
def mine(people):
    return make_customer(owner=people.sales_east)


@pytest.fixture
def theirs(people):
    return make_customer("西部客户有限公司", owner=people.sales_west)


def test_a_task_is_written_down_once_listed_and_done(call, people, mine):
    caller = call.sales_east
    body = {"title": "寄样品", "customer_id": mine.pk, "due_on": SOON, "repeat": "FREQ=WEEKLY"}
    first = caller.post("/tasks", body, Idempotency_Key="k1")
    assert first.status_code == 201, first.content
    assert caller.post("/tasks", body, Idempotency_Key="k1").json() == first.json()
    made = first.json()
    assert (made["assignee_id"], made["customer_id"]) == (people.sales_east.pk, mine.pk)
    assert [one["id"] for one in caller.get("/tasks?mine=true").json()["items"]] == [made["id"]]
    done = caller.post(f"/tasks/{made['id']}/complete").json()
    assert done["done_at"]
    following = Task.objects.get(pk=done["next_id"])
    assert following.due_on == date.today() + timedelta(days=10)
    assert caller.post(f"/tasks/{made['id']}/complete").json()["next_id"] == following.pk
    assert [one["id"] for one in caller.get("/tasks").json()["items"]] == [following.pk]
    assert [one["id"] for one in caller.get("/tasks?state=done").json()["items"]] == [made["id"]]
    assert caller.post(f"/tasks/{made['id']}/reopen").json()["done_at"] is None


def test_tasks_of_another_team_do_not_exist(call, people, theirs):
    task = create_task(actor=people.sales_west, title="机密", customer=theirs)
    caller = call.sales_east
    assert caller.get("/tasks?state=all").json()["items"] == []
    assert caller.get(f"/tasks/{task.pk}").status_code == 404
    assert caller.post(f"/tasks/{task.pk}/complete").status_code == 404
    assert caller.post("/tasks", {"title": "x", "customer_id": theirs.pk}).status_code == 404
    task.refresh_from_db()
    assert task.is_open


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x", "repeat": "FREQ=HOURLY", "due_on": SOON}, "repeat"),
        ({"title": "x", "due_time": "10:00"}, "due_on"),
        ({"title": "x", "due_on": SOON, "due_time": "10:00Z"}, "due_time"),
        ({"title": "x", "done_at": SOON}, "done_at"),
    ],
)
def test_a_task_that_cannot_be_is_refused_with_its_field(call, body, field):
    answer = call.sales_east.post("/tasks", body)
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"][0]["field"] == field


def test_a_contact_is_noted_and_its_step_settled(call, mine):
    caller = call.sales_east
    body = {
        "customer_id": mine.pk,
        "kind": "call",
        "outcome": "已接通",
        "next_step": "报价",
        "next_step_on": SOON,
    }
    noted = caller.post("/interactions", body)
    assert noted.status_code == 201, noted.content
    mine.refresh_from_db()
    assert mine.last_contact_at is not None
    found = caller.get(f"/interactions?customer_id={mine.pk}").json()["items"]
    assert [one["id"] for one in found] == [noted.json()["id"]]
    assert caller.post(f"/interactions/{noted.json()['id']}/settle").json()["settled_at"]


def test_a_contact_says_something_and_belongs_to_a_visible_customer(call, mine, theirs):
    caller = call.sales_east
    empty = caller.post("/interactions", {"customer_id": mine.pk, "kind": "call"})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "summary")
    body = {"kind": "call", "summary": "x"}
    assert caller.post("/interactions", {"customer_id": theirs.pk, **body}).status_code == 404
    stranger = customers.save_contact(actor=None, customer=theirs, name="王")
    wrong = {"customer_id": mine.pk, "contact_id": stranger.pk, **body}
    assert caller.post("/interactions", wrong).status_code == 404
    assert not Interaction.objects.exists()


def test_who_only_reads_writes_nothing(call, mine):
    caller = call.analyst
    assert caller.get("/interactions").status_code == 200
    answer = caller.post("/interactions", {"customer_id": mine.pk, "kind": "call", "summary": "x"})
    assert answer.status_code == 403


def test_alerts_are_read_in_words_and_taken_care_of(call, people, mine, theirs):
    for customer in (mine, theirs):
        publish({customer: (4, "repeat")}, ago(3), past={customer.pk: []})
        publish({customer: (3, "repeat")})
        log_interaction(actor=None, customer=customer, kind="complaint", summary="货不对版")
    detection.look()
    caller = call.sales_east
    found = caller.get("/alerts", Accept_Language="zh-CN").json()["items"]
    assert {one["customer_id"] for one in found} == {mine.pk}
    complaint = next(one for one in found if one["kind"] == "complaint")
    assert "货不对版" in complaint["text"]
    seen = caller.post(f"/alerts/{complaint['id']}/acknowledge").json()
    assert (seen["state"], seen["acknowledged_by_id"]) == ("acknowledged", people.sales_east.pk)
    assert len(caller.get("/alerts").json()["items"]) == len(found) - 1
    other = Alert.objects.filter(customer=theirs).first()
    assert caller.post(f"/alerts/{other.pk}/acknowledge").status_code == 404


def test_birthdays_of_customers_and_contacts_are_written(call, mine):
    caller = call.sales_east
    lunar = {"birthday_calendar": "lunar", "birthday_month": 8, "birthday_day": 15}
    made = caller.post("/customers", {"name": "王芳", "kind": "person", **lunar}).json()
    assert (made["birthday_month"], made["birthday_day"]) == (8, 15)
    contact = caller.post("/contacts", {"customer_id": mine.pk, "name": "李", **lunar}).json()
    assert contact["birthday_calendar"] == "lunar"
    wrong = caller.patch(f"/contacts/{contact['id']}", {"birthday_day": 31})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "birthday_day")
