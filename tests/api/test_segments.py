"""Segments by API: definitions, previews and members, each within the row scope."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from factories import make_customer
from zhike.crm.segments.models import Membership, Segment

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
ALONE = {"t": "attr", "field": "city", "cmp": "unknown"}


def whole(*children: dict[str, Any]) -> dict[str, Any]:
    return {"v": 1, "entity": "customer", "root": {"op": "and", "children": list(children)}}


def made(caller: Any, name: str = "沉睡客户", *children: dict[str, Any]) -> dict[str, Any]:
    answer = caller.post("/segments", {"name": name, "definition": whole(*children or (ALONE,))})
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.fixture
def boss(call):
    return call.owner


@pytest.fixture
def vip(people, boss):
    """A published segment with a member of each of two teams, and one that has left."""
    segment = Segment.objects.get(pk=made(boss, "贵宾")["id"])
    assert boss.post(f"/segments/{segment.pk}/publish").json()["state"] == "published"
    east, west, gone = (
        make_customer(name, owner=owner)
        for name, owner in (("东", people.sales_east), ("西", people.sales_west), ("走", people.sales_east))
    )
    entered = timezone.now() - timedelta(days=10)
    for customer in (east, west, gone):
        left = entered + timedelta(days=4) if customer == gone else None
        Membership.objects.update_or_create(
            segment=segment, customer=customer, defaults={"entered_at": entered, "left_at": left}
        )
    segment.east, segment.west, segment.gone = east, west, gone
    return segment


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["name"] for one in answer.json()["items"]]


def test_a_segment_is_made_once_read_changed_published_and_deleted(boss):
    body = {"name": "沉睡客户", "definition": whole(ALONE), "description": "半年未购"}
    first = boss.post("/segments", body, Idempotency_Key="s1")
    assert first.status_code == 201, first.content
    assert boss.post("/segments", body, Idempotency_Key="s1").json() == first.json()
    pk = first.json()["id"]
    told = boss.get(f"/segments/{pk}").json()
    assert told | {"updated_at": ""} == first.json() | {"updated_at": ""}
    assert (first.json()["state"], first.json()["version"]) == ("draft", None)
    assert boss.patch(f"/segments/{pk}", {"name": "长期沉睡"}).json()["name"] == "长期沉睡"
    published = boss.post(f"/segments/{pk}/publish").json()
    assert (published["state"], published["version"]) == ("published", 1)
    assert names(boss.get("/segments?state=published")) == ["长期沉睡"]
    assert names(boss.get("/segments?state=draft")) == []
    assert boss.post(f"/segments/{pk}/archive").json()["state"] == "archived"
    assert boss.delete(f"/segments/{pk}").status_code == 204
    assert boss.get(f"/segments/{pk}").status_code == 404


def test_all_that_is_wrong_with_a_definition_is_told_by_its_place(boss):
    bad = whole(
        {"t": "attr", "field": "nothing", "cmp": "eq", "value": 1},
        {"op": "not", "child": {"t": "attr", "field": "city", "cmp": "gte", "value": "x"}},
        {"t": "smell"},
    )
    for path, body in (
        ("/segments", {"name": "x", "definition": bad}),
        ("/segments/preview", {"definition": bad}),
    ):
        answer = boss.post(path, body, Accept_Language="zh-hans")
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        errors = {one["field"]: one["message"] for one in answer.json()["errors"]}
        assert set(errors) == {
            "/definition/root/children/0/field",
            "/definition/root/children/1/child/cmp",
            "/definition/root/children/2/t",
        }
        assert "没有" in errors["/definition/root/children/0/field"]
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    "value", ["a\0b", 1e400, 10**30, [[[[]]]], {"deep": [{"t": "list", "id": 10**30}]}, "\ud800"]
)
def test_what_no_store_keeps_is_refused(boss, value):
    for leaf in ({"t": "attr", "field": "city", "cmp": "in", "value": [value]}, {"t": "list", "id": value}):
        body = {"name": "x", "definition": {**whole(leaf), "extra": value}}
        assert boss.post("/segments", body).status_code in (400, 422)
    assert not Segment.objects.exists()


def test_a_segment_that_others_ask_for_is_not_deleted(boss, vip):
    made(boss, "贵宾之外", {"op": "not", "child": {"t": "segment", "id": str(vip.pk)}})
    for answer in (boss.delete(f"/segments/{vip.pk}"), boss.post(f"/segments/{vip.pk}/archive")):
        assert (answer.status_code, answer.json()["code"]) == (409, "used")
        assert "贵宾之外" in answer.json()["detail"]


def test_a_segment_that_asks_for_itself_is_refused(boss, vip):
    answer = boss.patch(f"/segments/{vip.pk}", {"definition": whole({"t": "segment", "id": str(vip.pk)})})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "/definition/root/children/0/id"


def test_members_come_page_by_page_and_only_ones_own(call, boss, vip):
    path = f"/segments/{vip.pk}/members"
    first = boss.get(f"{path}?limit=1").json()
    second = boss.get(f"{path}?limit=1&cursor={first['next']}").json()
    assert [one["id"] for one in (*first["items"], *second["items"])] == [vip.east.pk, vip.west.pk]
    assert second["next"] is None
    assert names(call.manager_east.get(path)) == ["东"]
    assert call.manager_east.get(f"/segments/{vip.pk}").json()["members"] == 1


def test_members_of_a_large_segment_are_the_same(call, boss, vip, monkeypatch):
    monkeypatch.setattr("zhike.api.routers.segments.FEW", -1)
    assert names(boss.get(f"/segments/{vip.pk}/members")) == ["东", "西"]
    assert names(call.manager_east.get(f"/segments/{vip.pk}/members")) == ["东"]


def test_members_of_a_past_day_are_those_at_its_close(boss, vip):
    today = datetime.now(ZONE).date()
    for days, expected in ((11, []), (8, ["东", "西", "走"]), (3, ["东", "西"])):
        day = today - timedelta(days=days)
        assert names(boss.get(f"/segments/{vip.pk}/members?as_of={day}")) == expected


def test_customers_are_filtered_by_segment_and_know_their_segments(call, boss, vip):
    make_customer("旁人")
    assert names(boss.get(f"/customers?segment={vip.pk}")) == ["东", "西"]
    assert names(boss.get(f"/customers/{vip.east.pk}/segments")) == ["贵宾"]
    assert names(boss.get(f"/customers/{vip.gone.pk}/segments")) == []
    day = datetime.now(ZONE).date() - timedelta(days=8)
    assert names(boss.get(f"/customers/{vip.gone.pk}/segments?as_of={day}")) == ["贵宾"]
    assert boss.get("/customers?segment=999999").status_code == 404
    assert call.manager_east.get(f"/customers/{vip.west.pk}/segments").status_code == 404


def test_personal_segments_and_those_without_the_right_stay_unseen(call, boss, vip):
    Segment.objects.filter(pk=vip.pk).update(shared=False)
    for path in (f"/segments/{vip.pk}", f"/segments/{vip.pk}/members", f"/customers?segment={vip.pk}"):
        assert call.manager_east.get(path).status_code == 404
    assert names(call.manager_east.get("/segments")) == []
    assert names(call.manager_east.get(f"/customers/{vip.east.pk}/segments")) == []
    body = {"name": "x", "definition": whole()}
    assert call.sales_east.post("/segments", body).status_code == 403


def test_nobody_sees_segments_without_the_right_to_analyses(call, people, vip):
    role = people.roles["sales"]
    role.capabilities = [one for one in role.capabilities if one != "insight.view"]
    role.save()
    caller = call.sales_east
    for path in ("/segments", f"/customers/{vip.east.pk}/segments"):
        assert caller.get(path).status_code == 403
    assert caller.get(f"/segments/{vip.pk}/members").status_code == 404
    assert caller.post("/segments/preview", {"definition": whole()}).status_code == 403


def test_a_preview_before_the_first_analysis_says_so(boss):
    assert boss.post("/customers/search", {"definition": whole(ALONE)}).json() == {"items": [], "next": None}
    answer = boss.post("/segments/preview", {"definition": whole(ALONE)}, Accept_Language="en").json()
    assert (answer["count"], answer["as_of"], answer["sampled"]) == (0, None, False)
    assert "not known" in answer["said"]
