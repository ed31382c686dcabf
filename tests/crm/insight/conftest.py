"""An installation of its own for every test: lake and snapshots under a folder that goes away."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from factories import make_customer, make_order
from zhike.crm.insight import jobs
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
def company(db):
    """Thirty customers: customer k bought k times, every ten days, the last time k days ago."""
    customers = []
    for k in range(1, 31):
        customer = make_customer(f"客户{k}")
        for n in range(k):
            make_order(customer, TODAY - timedelta(days=k + 10 * n), 100 * k)
        customers.append(customer)
    return customers
