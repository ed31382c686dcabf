"""An installation of its own for every test: lake and snapshots under a folder that goes away."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from factories import SHANGHAI, make_customer
from zhike.crm.customers.models import Customer
from zhike.crm.insight import days, jobs
from zhike.crm.orders.models import Order
from zhike.platform.jobs import enqueue
from zhike.platform.models import Job

TODAY = date.today()


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    return tmp_path


@pytest.fixture
def full_run(django_capture_on_commit_callbacks):
    """Run the whole analysis; returns the finished job."""

    def start(**params) -> Job:
        with django_capture_on_commit_callbacks(execute=True):
            record = enqueue(jobs.RUN, params, key=jobs.RUN_KEY)
        record.refresh_from_db()
        assert record.state == Job.State.DONE, record.error
        return record

    return start


@pytest.fixture
def clock(monkeypatch):
    """The day of the analysis, set by the test."""

    class Clock:
        today = TODAY

    monkeypatch.setattr(days, "analysis_day", lambda: Clock.today)
    return Clock


@pytest.fixture
def company(db):
    """Thirty customers: customer k bought k times, every ten days, the last time k days ago."""
    return make_company()


def make_company(size: int = 30) -> list[Customer]:
    customers = [make_customer(f"客户{k}") for k in range(1, size + 1)]
    rows = [(c, k, n) for k, c in enumerate(customers, 1) for n in range(k)]
    Order.objects.bulk_create(
        Order(
            customer=customer,
            number=f"N{k}-{n}",
            business_date=TODAY - timedelta(days=k + 10 * n),
            placed_at=datetime.combine(TODAY - timedelta(days=k + 10 * n), time(12), SHANGHAI),
            revenue=100 * k,
        )
        for customer, k, n in rows
    )
    return customers


def run_days_ago(full_run, count: int) -> Job:
    return full_run(as_of=(TODAY - timedelta(days=count)).isoformat())
