"""Whatever is done to whomever in whatever order: taken back in the opposite order, everything is as before."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import make_customer, make_people
from zhike.crm.bulk import runner, services
from zhike.crm.bulk.models import BulkAct
from zhike.crm.customers.models import Customer, CustomerList, CustomField, ListMember, Tag
from zhike.crm.tasks.models import Task
from zhike.platform import jobs
from zhike.platform.errors import DomainError

pytestmark = pytest.mark.django_db

SIZES = ["", "micro", "small", "large"]
PLACES = ["", "31", "44"]
CITIES = {"": "", "31": "3101", "44": "4403"}
TAGS = ["甲", "乙", "丙", "丁"]
OWN: dict[str, list[Any]] = {"grade": ["A", "B"], "seats": [1, 2.5]}

start = st.lists(
    st.fixed_dictionaries(
        {
            "owner": st.integers(-1, 3),
            "size": st.sampled_from(SIZES),
            "province": st.sampled_from(PLACES),
            "tags": st.sets(st.sampled_from(TAGS[:3])),
            "listed": st.booleans(),
            "custom": st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in OWN.items()}),
        }
    ),
    min_size=1,
    max_size=9,
)
targets = st.sampled_from(["", "size=large", "province=31", "tag=甲", "owner=none", "tag=乙&tag=丙"])
tags = st.lists(st.sampled_from(TAGS), min_size=1, unique=True)
asks = st.one_of(
    st.tuples(st.just("assign"), st.lists(st.integers(0, 3), max_size=3, unique=True)),
    st.tuples(st.sampled_from(["tag", "untag"]), tags),
    st.tuples(
        st.just("set"),
        st.tuples(
            st.fixed_dictionaries(
                {}, optional={"size": st.sampled_from(SIZES), "province": st.sampled_from(PLACES)}
            ),
            st.fixed_dictionaries({}, optional={k: st.sampled_from([*v, ""]) for k, v in OWN.items()}),
        ),
    ),
    st.tuples(st.sampled_from(["list", "unlist"]), st.sampled_from([None, 0.0, 0.3])),
    st.tuples(st.just("task"), st.sampled_from([None, 0.0, 0.3])),
)


@pytest.fixture
def world():
    people = make_people()
    owners = [people.sales_east, people.sales_east2, people.sales_west, people.owner]
    CustomField.objects.create(key="grade", label="级别", field_type="text")
    CustomField.objects.create(key="seats", label="座位", field_type="number")
    for name in TAGS[:3]:
        Tag.objects.create(name=name)
    return people.owner, owners, CustomerList.objects.create(name="名单", owner=people.owner)


def state() -> Any:
    """Everything an act may write, the numbers of rows aside."""
    columns = ("name", "owner_id", "team_id", "size", "province", "city", "custom", "industry")
    return {
        "customers": list(Customer.objects.order_by("pk").values(*columns)),
        "tags": sorted(Customer.tags.through.objects.values_list("customer__name", "tag__name")),
        "known": sorted(Tag.objects.values_list("name", flat=True)),
        "listed": sorted(ListMember.objects.values_list("customer__name", "added_by_id", "at")),
        "tasks": sorted(Task.objects.values_list("customer__name", "title")),
    }


def build(firms: list[dict[str, Any]], owners: list[Any], named: CustomerList) -> None:
    for number, firm in enumerate(firms):
        owner = owners[firm["owner"]] if firm["owner"] >= 0 else None
        made = make_customer(
            f"客户{number}",
            owner=owner,
            size=firm["size"],
            province=firm["province"],
            city=CITIES[firm["province"]],
            custom=firm["custom"],
        )
        made.tags.set(Tag.objects.filter(name__in=firm["tags"]))
        if firm["listed"]:
            ListMember.objects.create(list=named, customer=made, added_by=owner)


def wish(kind: str, given: Any, owners: list[Any], named: CustomerList) -> tuple[dict[str, Any], Any]:
    if kind == "assign":
        return {"owners": sorted(owners[number].pk for number in given)}, None
    if kind in ("tag", "untag"):
        return {"tags": sorted(given)}, None
    if kind == "set":
        return {"values": given[0], "custom": given[1]}, None
    if kind == "task":
        return {"title": "回访", "due_on": "2026-12-01", "assignee": "owner", "for_treatment": False}, given
    return {"list": named.pk, "name": named.name}, given


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(firms=start, plan=st.lists(st.tuples(targets, asks), min_size=1, max_size=4), chunk=st.integers(1, 5))
def test_acts_taken_back_leave_everything_as_before(world, firms, plan, chunk):
    actor, owners, named = world
    for model in (BulkAct, Task, ListMember, Customer):
        model.objects.all().delete()
    Tag.objects.exclude(name__in=TAGS[:3]).delete()
    build(firms, owners, named)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "CHUNK", chunk)
        before, done = [state()], []
        for query, (kind, given) in plan:
            act = perform(actor, kind, query, *wish(kind, given, owners, named))
            if act is not None:
                done.append(act)
                before.append(state())
        for act in reversed(done):
            assert state() == before.pop()
            take_back(actor, act)
        assert state() == before.pop()


def perform(actor: Any, kind: str, query: str, params: Any, share: float | None) -> BulkAct | None:
    draft = services.draft(actor=actor, kind=kind, params=params, query=QueryDict(query))
    try:
        more = {} if share is None else {"purpose": "试验", "share": share}
        act = services.confirm(actor=actor, act=draft, **more)
    except DomainError as error:
        if error.code != "nobody":
            raise
        return None
    jobs.run(act.job_id)
    act.refresh_from_db()
    assert act.state == "done", act.error
    assert sum(act.counts.values()) == act.total
    return act


def take_back(actor: Any, act: BulkAct) -> None:
    act = services.undo(actor=actor, act=act)
    jobs.run(act.job_id)
    act.refresh_from_db()
    assert act.state == "undone", act.error
    assert act.counts["undo"].get("kept", 0) == 0
    assert act.counts["undo"].get("restored", 0) == act.counts.get("changed", 0)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(firms=start, ask=asks, touched=st.sets(st.integers(0, 8)))
def test_what_others_changed_since_is_never_overwritten(world, firms, ask, touched):
    """Of the rows that an act changed, some get other values: those stay, all others come back."""
    actor, owners, named = world
    for model in (BulkAct, Task, ListMember, Customer):
        model.objects.all().delete()
    Tag.objects.exclude(name__in=TAGS[:3]).delete()
    build(firms, owners, named)
    former = {row["name"]: row for row in state()["customers"]}
    if ask[0] not in ("assign", "set"):
        return
    act = perform(actor, ask[0], "", *wish(*ask, owners, named))
    assert act is not None
    names = {f"客户{number}" for number in touched}
    values = {"owner": None, "team": None} if ask[0] == "assign" else {"size": "medium", "province": "11"}
    Customer.objects.filter(name__in=names).update(**values, custom={"grade": "Z", "seats": 99})
    changed_since = {row["name"]: row for row in state()["customers"] if row["name"] in names}
    act = services.undo(actor=actor, act=act)
    jobs.run(act.job_id)
    now = {row["name"]: row for row in state()["customers"]}
    kept = set(act.targets.filter(undone="kept").values_list("customer_id", flat=True))
    kept_names = set(Customer.objects.filter(pk__in=kept).values_list("name", flat=True))
    for name in now:
        if name in kept_names:
            assert name in names
            assert now[name] == changed_since[name]
        elif name not in names:
            assert now[name] == former[name]
