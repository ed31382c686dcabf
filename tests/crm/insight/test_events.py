"""The fast lane: one event, one customer, at once. With stores that commit: ``test_first_events.py``."""

from __future__ import annotations

import copy
from datetime import timedelta
from types import SimpleNamespace

import pytest

from built_once import built_once, own_copy
from crm.segments.conftest import in_sequence
from factories import make_customer, make_order
from zhike.crm.customers.models import Customer
from zhike.crm.insight import events, jobs
from zhike.crm.insight import services as insight
from zhike.crm.insight.models import CustomerScore, Run, TierHistory
from zhike.platform import changes
from zhike.platform.models import Job

from .conftest import TODAY, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def founded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The company with yesterday's full run."""
    with built_once(django_db_blocker, tmp_path_factory.mktemp("events")) as home, in_sequence():
        customers = make_company()
        insight.run_now(as_of=TODAY - timedelta(days=1))
        yield SimpleNamespace(home=home, customers=customers)


@pytest.fixture
def company(founded, db):
    return copy.deepcopy(founded.customers)


@pytest.fixture
def pump(founded, home, db):
    """A fast lane that begins the day after the last full run."""
    own_copy(founded.home, home)
    pump = events.Pump()
    pump.begin()
    return pump


def tier_of(customer) -> int:
    return CustomerScore.objects.get(customer=customer).tier


def test_nothing_new_costs_nothing(pump):
    assert pump.look() == 0
    assert pump.look() == 0


def test_a_new_customer_gets_a_tier_with_the_first_order(pump):
    customer = make_customer("新客户")
    pump.look()
    assert CustomerScore.objects.get(customer=customer).lifecycle == "potential"
    make_order(customer, TODAY, 10)
    pump.look()
    assert CustomerScore.objects.get(customer=customer).lifecycle == "first_purchase"
    assert TierHistory.objects.filter(customer=customer).count() == 1


def test_a_return_takes_the_value_away(pump, company):
    customer = company[29]
    assert tier_of(customer) == 4
    total = CustomerScore.objects.get(customer=customer).revenue
    make_order(customer, TODAY, 0, returned=total)
    pump.look()
    score = CustomerScore.objects.get(customer=customer)
    assert score.net_revenue == 0
    assert score.raw_tier == 1
    assert score.tier == 4, "the grace period protects until it is over"
    assert score.pending_since == TODAY


def test_changes_of_one_day_leave_one_row_of_history(pump, company):
    customer = company[13]
    start = TierHistory.objects.filter(customer=customer).count()
    order = make_order(customer, TODAY, 90_000)
    pump.look()
    risen = tier_of(customer)
    assert TierHistory.objects.filter(customer=customer).count() == start + 1
    make_order(customer, TODAY, 90_000)
    pump.look()
    assert TierHistory.objects.filter(customer=customer).count() == start + 1
    customer.orders.filter(pk__gte=order.pk).delete()
    pump.look()
    assert risen > 1
    assert tier_of(customer) == 1
    assert TierHistory.objects.filter(customer=customer).count() == start


def test_a_flood_asks_for_a_full_run(pump, monkeypatch):
    monkeypatch.setattr(events, "MANY", 5)
    monkeypatch.setattr(events, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr("zhike.platform.jobs.deliver", lambda _job: None)
    for number in range(6):
        make_order(make_customer(f"批量{number}"), TODAY, 10)
    assert pump.look() == 0
    assert events.due() == "flood"
    assert pump.settle()
    assert Job.objects.filter(kind=jobs.RUN, state=Job.State.QUEUED).exists()
    assert not pump.settle(), "one run at a time"


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_full_run_waits_until_every_file_is_in(pump, monkeypatch, state):
    monkeypatch.setattr(events, "MANY", 5)
    monkeypatch.setattr(events, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr("zhike.platform.jobs.deliver", lambda _job: None)
    for number in range(6):
        make_customer(f"批量{number}")
    pump.look()
    orders = Job.objects.create(kind="imports.run", state=state)
    assert not pump.settle()
    Job.objects.filter(pk=orders.pk).update(state=Job.State.DONE)
    assert pump.settle()


def test_an_import_that_never_ends_is_not_waited_for_for_ever(pump, monkeypatch):
    monkeypatch.setattr(events, "MANY", 5)
    monkeypatch.setattr(events, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(events, "IMPORT_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr("zhike.platform.jobs.deliver", lambda _job: None)
    for number in range(6):
        make_customer(f"批量{number}")
    pump.look()
    Job.objects.create(kind="imports.run", state=Job.State.RUNNING)
    assert pump.settle()
    assert not Job.objects.get(kind=jobs.RUN, state=Job.State.QUEUED).params["gives_way"]


def test_a_run_makes_room_for_an_import_that_began_meanwhile(pump, full_run, monkeypatch):
    monkeypatch.setattr(events, "MANY", 5)
    for number in range(6):
        make_order(make_customer(f"批量{number}"), TODAY, 10)
    pump.look()
    orders = Job.objects.create(kind="imports.run", state=Job.State.RUNNING)
    published, runs = CustomerScore.objects.count(), Run.objects.count()
    assert full_run(gives_way=True).result == {"put_off": True}
    assert (CustomerScore.objects.count(), Run.objects.count()) == (published, runs)
    assert events.due() == "flood", "it is asked for again"
    Job.objects.filter(pk=orders.pk).update(state=Job.State.DONE)
    full_run(gives_way=True)
    assert events.due() is None
    assert CustomerScore.objects.count() == published + 6


def test_a_finished_run_answers_the_flood(pump, full_run, monkeypatch):
    monkeypatch.setattr(events, "MANY", 5)
    for number in range(6):
        make_order(make_customer(f"批量{number}"), TODAY, 10)
    pump.look()
    full_run()
    assert events.due() is None
    assert CustomerScore.objects.filter(lifecycle="first_purchase").count() >= 6


def test_the_log_is_pruned_once_everybody_has_seen_it(pump, company, full_run):
    make_order(company[0], TODAY, 10)
    pump.look()
    full_run()
    pump.begin()
    changes.prune([events.CONSUMER, "lake"])
    assert len(changes.changed_customers(0, changes.safe_position())) <= 1


def test_a_night_asks_for_a_run_once(pump, full_run, monkeypatch):
    monkeypatch.setattr(events, "_night_has_come", lambda: True)
    monkeypatch.setattr(events, "_is_older_than", lambda run, age: True)
    assert events.due() == "night"
    full_run()
    assert events.due() is None


def test_a_customer_who_is_not_profiled_has_no_scores(pump, company):
    customer = company[20]
    assert tier_of(customer) > 0
    Customer.objects.filter(pk=customer.pk).update(no_profiling=True)
    pump.look()
    score = CustomerScore.objects.get(customer=customer)
    assert (score.tier, score.lifecycle, score.rfm_segment, score.reasons) == (0, "not_profiled", "", [])
    assert score.r_score is None
    assert score.tier_score is None


def test_a_deleted_customer_leaves_what_is_published(pump, company, full_run):
    from django.utils import timezone

    customer = company[20]
    Customer.objects.filter(pk=customer.pk).update(deleted_at=timezone.now())
    pump.look()
    assert not CustomerScore.objects.filter(customer=customer).exists()
    assert not TierHistory.objects.filter(customer=customer, valid_to__isnull=True).exists()
    job = full_run()
    assert job.result["customers"] == 29


def test_a_customer_with_returns_only_is_no_customer(pump):
    customer = make_customer("只退货")
    make_order(customer, TODAY - timedelta(days=3), 0, returned=500)
    pump.look()
    score = CustomerScore.objects.get(customer=customer)
    assert (score.lifecycle, score.tier, score.net_revenue) == ("returns_only", 0, -500)
