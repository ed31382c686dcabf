"""A crash at any point of an act or of its undo leaves nothing done twice and nothing forgotten."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection

from dying import run_until
from factories import make_customer
from zhike.crm.bulk import runner, services
from zhike.crm.bulk.models import BulkAct, BulkState, BulkTarget
from zhike.crm.customers.models import Customer, CustomerList, OwnerHistory
from zhike.crm.tasks.models import Task
from zhike.crm.treatments.models import Treatment, TreatmentMember
from zhike.platform import hooks, jobs
from zhike.platform.models import AuditEvent, Job

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(runner, "CHUNK", 4)
    monkeypatch.setattr(jobs, "MAX_ATTEMPTS", 1_000)


@pytest.fixture
def customers(people):
    return [make_customer(f"客户{n}", owner=people.sales_east) for n in range(14)]


def facts() -> dict[str, Any]:
    names = ("name", "owner_id", "team_id", "version", "size")
    return {
        "customers": list(Customer.objects.order_by("name").values_list(*names)),
        "tasks": sorted(Task.objects.values_list("customer__name", "title")),
        "history": OwnerHistory.objects.filter(origin="bulk").count(),
        "arms": sorted(TreatmentMember.objects.values_list("treatment_id", "customer__name", "held_out")),
    }


def asked(people, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    params = {
        "assign": {"owners": [people.sales_east2.pk, people.manager_east.pk, people.sales_west.pk]},
        "set": {"values": {"size": "large"}, "custom": {}},
        "task": {"title": "回访", "due_on": "2026-12-01", "assignee": "owner", "for_treatment": True},
    }[kind]
    return params, {"purpose": "回访", "share": 0.4} if kind == "task" else {}


@pytest.mark.parametrize("kind", ["assign", "set", "task"])
def test_an_act_that_dies_at_each_of_its_steps_in_turn_comes_through(
    people, customers, work, monkeypatch, kind
):
    params, more = asked(people, kind)
    act = work.confirmed(people.owner, kind, params, **more)
    tries = 0
    while not run_until(act.job_id, tries % 5, monkeypatch):
        tries += 1
    act.refresh_from_db()
    assert tries > 5
    assert act.state == BulkState.DONE
    assert sum(count for name, count in act.counts.items()) == 14
    assert {one.version for one in Customer.objects.all()} == ({1} if kind == "task" else {2})
    assert AuditEvent.objects.filter(event="bulk.done").count() == 1
    if kind == "task":
        assert Task.objects.count() == act.counts["changed"] < 14
        [treatment] = Treatment.objects.all()
        assert (treatment.treated, treatment.held_out) == (act.counts["changed"], act.counts["held_out"])
        assert TreatmentMember.objects.count() == 14
    if kind == "assign":
        shares = [Customer.objects.filter(owner=pk).count() for pk in params["owners"]]
        assert sorted(shares) == [4, 5, 5]
        assert OwnerHistory.objects.filter(origin="bulk").count() == 14


def test_a_crash_at_every_step_ends_as_a_clean_run(people, customers, work, monkeypatch):
    params, _more = asked(people, "assign")
    clean = work(people.owner, "assign", params)
    expected, wanted = [row[:2] for row in facts()["customers"]], dict(clean.counts)
    work.undo(people.owner, clean)
    start = [row[:2] for row in facts()["customers"]]
    stop_at, done = 0, False
    while not done:
        act = work.confirmed(people.owner, "assign", params)
        done = run_until(act.job_id, stop_at, monkeypatch)
        if not done:
            jobs.run(act.job_id)
        act.refresh_from_db()
        assert (act.state, act.counts) == (BulkState.DONE, wanted)
        assert [row[:2] for row in facts()["customers"]] == expected
        work.undo(people.owner, act)
        assert [row[:2] for row in facts()["customers"]] == start
        stop_at += 1
    assert stop_at > 12


@pytest.mark.parametrize("kind", ["assign", "set", "task"])
def test_an_undo_that_dies_at_each_of_its_steps_goes_on(people, customers, work, monkeypatch, kind):
    params, more = asked(people, kind)
    before = facts()
    act = work(people.owner, kind, params, **more)
    act = services.undo(actor=people.owner, act=act)
    tries = 0
    while not run_until(act.job_id, tries % 3, monkeypatch):
        tries += 1
    act.refresh_from_db()
    assert tries > 3
    assert act.state == BulkState.UNDONE
    assert act.counts["undo"] == {"restored": act.counts["changed"], "kept": 0}
    after = facts()
    assert [row[:3] for row in after["customers"]] == [row[:3] for row in before["customers"]]
    assert after["tasks"] == []
    assert {one.version for one in Customer.objects.all()} == ({1} if kind == "task" else {3})


def test_a_late_worker_writes_nothing_after_it_lost_its_lease(people, customers, work, monkeypatch):
    act = work.confirmed(people.owner, "set", asked(people, "set")[0])
    seen = []

    def steal(name: str) -> None:
        if name == "after chunk" and not seen:
            seen.append(Customer.objects.filter(size="large").count())
            Job.objects.filter(pk=act.job_id).update(lease="another worker")

    monkeypatch.setattr(hooks, "crash", steal)
    jobs.run(act.job_id)
    assert seen == [4]
    assert Customer.objects.filter(size="large").count() == 4
    assert BulkAct.objects.get(pk=act.pk).state == BulkState.RUNNING


def cancel_after_a_chunk(act: BulkAct, monkeypatch) -> None:
    def cancel(name: str) -> None:
        if name in ("after chunk", "after undo"):
            Job.objects.filter(pk=act.job_id).update(cancel_requested=True)

    with monkeypatch.context() as patch:
        patch.setattr(hooks, "crash", cancel)
        patch.setattr(time, "monotonic", iter(range(10, 10_000_000, 10)).__next__)
        jobs.run(act.job_id)


def test_a_stopped_act_goes_on_or_is_undone_half_way(people, customers, work, monkeypatch):
    act = work.confirmed(people.owner, "set", asked(people, "set")[0])
    cancel_after_a_chunk(act, monkeypatch)
    act.refresh_from_db()
    assert (act.state, act.counts) == (
        BulkState.STOPPED,
        {"changed": 4, "same": 0, "excluded": 0, "denied": 0},
    )
    half = work.undo(people.owner, act)
    assert half.state == BulkState.UNDONE
    assert not Customer.objects.filter(size="large").exists()
    act = work.confirmed(people.owner, "set", asked(people, "set")[0])
    cancel_after_a_chunk(act, monkeypatch)
    act.refresh_from_db()
    act = work.run(services.resume(actor=people.owner, act=act))
    assert (act.state, act.counts["changed"]) == (BulkState.DONE, 14)


def test_a_stopped_undo_goes_on_with_the_undo(people, customers, work, monkeypatch):
    act = work(people.owner, "set", asked(people, "set")[0])
    act = services.undo(actor=people.owner, act=act)
    cancel_after_a_chunk(act, monkeypatch)
    act.refresh_from_db()
    assert act.state == BulkState.STOPPED
    act = work.run(services.resume(actor=people.owner, act=act))
    assert (act.state, act.counts["undo"]) == (BulkState.UNDONE, {"restored": 14, "kept": 0})


def test_arms_are_written_down_before_anybody_is_treated(people, customers, work, monkeypatch):
    """At the first step of the act itself every customer has an arm, and nobody a task."""
    params, more = asked(people, "task")
    act = work.confirmed(people.owner, "task", params, **more)
    seen = []

    def look(name: str) -> None:
        if name == "in chunk" and not seen:
            seen.append(TreatmentMember.objects.count())
        if name in ("in draw", "after draw"):
            assert not Task.objects.exists()

    monkeypatch.setattr(hooks, "crash", look)
    act = work.run(act)
    assert seen == [14]
    left_out = set(TreatmentMember.objects.filter(held_out=True).values_list("customer_id", flat=True))
    assert left_out
    assert not Task.objects.filter(customer_id__in=left_out).exists()
    assert set(act.targets.filter(result="held_out").values_list("customer_id", flat=True)) == left_out


def test_a_repeated_act_leaves_the_same_customers_out(people, customers, work):
    made = CustomerList.objects.create(name="中秋礼品", owner=people.owner, for_treatment=True)
    params, more = {"list": made.pk, "name": "中秋礼品"}, {"purpose": "中秋礼品", "share": 0.4}
    first = work(people.owner, "list", params, **more)
    members = set(made.members.values_list("customer_id", flat=True))
    again = work(people.owner, "list", params, **{**more, "share": 0.1})
    assert set(made.members.values_list("customer_id", flat=True)) == members
    assert again.counts["held_out"] == first.counts["held_out"] > 0
    assert again.counts["same"] == first.counts["changed"]
    arms = [
        dict(TreatmentMember.objects.filter(treatment=act.treatment).values_list("customer_id", "held_out"))
        for act in (first, again)
    ]
    assert arms[0] == arms[1]


def test_who_was_in_the_list_already_gets_no_arm(people, customers, work):
    """Treated by hand before the lot was drawn: on neither side of the comparison."""
    made = CustomerList.objects.create(name="礼品", owner=people.owner)
    for one in customers[:5]:
        made.members.create(customer=one)
    act = work(people.owner, "list", {"list": made.pk, "name": "礼品"}, purpose="礼品", share=0.4)
    assert act.counts["same"] == 5
    assert not TreatmentMember.objects.filter(customer__in=customers[:5]).exists()
    assert TreatmentMember.objects.count() == 9


SMALL_CHUNKS = """
from zhike.crm.bulk import runner
from zhike.platform import jobs
runner.CHUNK = 300
jobs.run({job})
"""
CUSTOMERS = 3_000
KILLED_SETUP = (
    f"CUSTOMERS = {CUSTOMERS}"
    + """
from django.http import QueryDict
from zhike.crm.accounts.models import Role, User
from zhike.crm.accounts.services import ensure_starting_roles
from zhike.crm.bulk import services
from zhike.crm.customers.models import Customer
ensure_starting_roles()
role = Role.objects.get(code="owner")
people = [User.objects.create_user(f"u{n}", "x", display_name=f"u{n}", role=role) for n in range(4)]
Customer.objects.bulk_create(Customer(name=f"客户{n}", owner=people[0]) for n in range(CUSTOMERS))
params = {"owners": [one.pk for one in people[1:]]}
act = services.draft(actor=people[0], kind="assign", params=params, query=QueryDict(""))
from unittest import mock
with mock.patch("zhike.platform.jobs.deliver"):
    services.confirm(actor=people[0], act=act)
"""
)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="kills processes on a store of its own")
def test_kill_9_again_and_again_changes_every_customer_once(tmp_path, installation):
    firm = installation(tmp_path)
    firm.has(KILLED_SETUP)
    [(job, state)] = firm.query("SELECT id, state FROM platform_job")
    assert state == "queued"
    # Early, and further on.
    for times in (3, 8):
        firm.kill_after("zhike.platform.hooks.crash", times, SMALL_CHUNKS.format(job=job))
    assert 0 < firm.value("SELECT COUNT(*) FROM customers_customer WHERE version > 1") < CUSTOMERS
    firm.work_on(job)
    shares = firm.query("SELECT COUNT(*) FROM customers_customer GROUP BY owner_id")
    assert shares == [(CUSTOMERS // 3,)] * 3
    assert firm.query("SELECT MIN(version), MAX(version) FROM customers_customer") == [(2, 2)]
    assert firm.value("SELECT COUNT(*) FROM customers_ownerhistory WHERE origin = 'bulk'") == CUSTOMERS
    assert firm.value("SELECT COUNT(*) FROM platform_auditevent WHERE event = 'bulk.done'") == 1
    [(state, counts)] = firm.query("SELECT state, counts FROM bulk_bulkact")
    assert state == "done"
    assert f'"changed": {CUSTOMERS}' in counts
    assert firm.value("PRAGMA integrity_check") == "ok"


def test_targets_of_an_ended_act_all_have_a_result(people, customers, work):
    act = work(people.owner, "set", asked(people, "set")[0])
    assert not BulkTarget.objects.filter(act=act, result="").exists()
