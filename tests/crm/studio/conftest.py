"""A company of thirty customers with an analysis, and two people who may approve."""

from __future__ import annotations

import copy
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from built_once import built_once, own_copy
from crm.segments.conftest import in_sequence
from factories import SHANGHAI, make_customer
from zhike.crm.accounts.models import User
from zhike.crm.insight import jobs as insight_jobs
from zhike.crm.insight import services as insight
from zhike.crm.orders.models import Order
from zhike.platform.jobs import enqueue, run
from zhike.platform.models import Job

TODAY = date.today()


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    return tmp_path


@pytest.fixture
def boss(people):
    """A second person who may approve."""
    return User.objects.create_user("boss", "Passw0rd!", display_name="boss", role=people.roles["owner"])


@pytest.fixture
def finish(django_capture_on_commit_callbacks):
    """Run what waits in the queue, in order; returns the finished jobs."""

    def work() -> list[Job]:
        done = []
        while (record := Job.objects.filter(state=Job.State.QUEUED).order_by("pk").first()) is not None:
            with django_capture_on_commit_callbacks():
                run(record.pk)
            record.refresh_from_db()
            assert record.state == Job.State.DONE, record.error
            done.append(record)
        return done

    return work


@pytest.fixture
def full_run(finish):
    def start(**params) -> Job:
        enqueue(insight_jobs.RUN, params, key=insight_jobs.RUN_KEY)
        return finish()[0]

    return start


@pytest.fixture(scope="module")
def founded(django_db_setup, django_db_blocker, tmp_path_factory):
    with built_once(django_db_blocker, tmp_path_factory.mktemp("studio")) as home, in_sequence():
        customers = _company()
        insight.run_now(progress=lambda _text: None)
        yield SimpleNamespace(home=home, customers=customers)


@pytest.fixture
def analysed(founded, home, db):
    own_copy(founded.home, home)
    return copy.deepcopy(founded.customers)


def _company():
    """Customer k bought k times for 100·k, twice a day at most, not long ago: no past to reconstruct."""
    customers = [make_customer(f"客户{k}") for k in range(1, 31)]
    days = {(k, n): TODAY - timedelta(days=k % 4 + n // 2) for k in range(1, 31) for n in range(k)}
    Order.objects.bulk_create(
        Order(
            customer=customers[k - 1],
            number=f"N{k}-{n}",
            business_date=day,
            placed_at=datetime.combine(day, time(12), SHANGHAI),
            revenue=100 * k,
            cost=60 * k if k % 2 else None,
        )
        for (k, n), day in days.items()
    )
    return customers


@pytest.fixture
def definition():
    """The default with three tiers, cut at the natural breaks, and the amount on a line."""
    found = copy.deepcopy(insight.default_definition())
    tiers = found["tiers"]
    tiers["cut"] = "breaks"
    del tiers["tiers"][1]
    tiers["dimensions"][0] |= {"transform": "linear", "low": 0, "high": 300_000_000}
    return found
