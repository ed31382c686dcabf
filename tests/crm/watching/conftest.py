"""Two teams' customers with orders over two years, analyzed; and segments with members."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from built_once import built_once
from crm.segments.conftest import in_sequence
from factories import SHANGHAI, make_customer, make_people
from zhike.crm.insight import services as insight
from zhike.crm.insight import versions
from zhike.crm.insight.models import TierModel
from zhike.crm.orders.models import Order
from zhike.crm.segments.choices import RunState, SegmentState
from zhike.crm.segments.models import Evaluation, Membership, Segment, SegmentVersion
from zhike.crm.studio import secondary
from zhike.crm.watching import jobs
from zhike.crm.watching.codes import MEASURE
from zhike.platform.jobs import enqueue
from zhike.platform.models import Job

TODAY = date.today()
NOW = datetime.combine(TODAY, time(8), SHANGHAI)


@pytest.fixture(scope="module")
def analyzed(django_db_setup, django_db_blocker, tmp_path_factory):
    """Sixty customers of two teams; customer k buys every k % 9 + 5 weeks since 26 months or since lately."""
    home = tmp_path_factory.mktemp("watching")
    with built_once(django_db_blocker, home), in_sequence():
        yield _company(home)


def _company(home: Path) -> SimpleNamespace:
    people = make_people()
    owners = [people.sales_east, people.sales_west]
    customers = [
        make_customer(
            f"客户{k:02d}", owner=owners[k % 2], province=("31", "44")[k % 2], industry="CF"[k % 3 == 0]
        )
        for k in range(60)
    ]
    Order.objects.bulk_create(order for k, one in enumerate(customers) for order in _orders(k, one))
    insight.run_now(progress=lambda _text: None)
    east = make_segment("华东客户", customers[::2])
    early = make_segment("老客户", customers[:40], customers[40:45])
    return SimpleNamespace(home=home, people=people, customers=customers, east=east, early=early)


@pytest.fixture
def company(analyzed, db, settings):
    """The company; ``east`` are the customers of one team, ``early`` the first forty: five left lately."""
    settings.ZHIKE_HOME = analyzed.home
    return analyzed


def _orders(k: int, customer) -> list[Order]:
    first = 790 - 10 * k
    return [
        Order(
            customer=customer,
            number=f"W{k}-{back}",
            business_date=(day := TODAY - timedelta(days=back)),
            placed_at=datetime.combine(day, time(12), SHANGHAI),
            revenue=100 * (k + 1) + back,
            returned=50 if back % 4 == 0 else 0,
            cost=None if k % 5 == 0 else 60 * (k + 1),
            category_mask=1 << (back % 3),
        )
        for back in range(first, k, -7 * (k % 9 + 5))
    ]


def make_segment(name: str, members, gone=(), *, definition=None) -> Segment:
    given = {"definition": definition or {}}
    segment = Segment.objects.create(name=name, state=SegmentState.PUBLISHED, as_of=TODAY, **given)
    version = SegmentVersion.objects.create(segment=segment, number=1, sha256="-", **given)
    segment.version, segment.members = version, len(members)
    segment.save()
    entered = NOW - timedelta(days=200)
    Membership.objects.bulk_create(
        [
            *(
                Membership(segment=segment, customer=one, version=version, entered_at=entered)
                for one in members
            ),
            *(
                Membership(
                    segment=segment,
                    customer=one,
                    version=version,
                    entered_at=entered,
                    left_at=NOW - timedelta(days=20),
                )
                for one in gone
            ),
        ]
    )
    Evaluation.objects.create(
        segment=segment, version=version, state=RunState.DONE, as_of=TODAY, members=len(members)
    )
    return segment


@pytest.fixture
def beside(company) -> TierModel:
    """A tier model beside the primary one with a definition of its own, evaluated."""
    definition = versions.settings_of(TierModel.objects.get(is_primary=True)).to_dict()
    definition["tiers"]["dimensions"][0]["transform"] = "log"
    model = TierModel.objects.create(name="潜力模型", definition=definition)
    secondary.evaluate(model)
    return model


@pytest.fixture
def measure(django_capture_on_commit_callbacks):
    """Make a round of watching; returns the finished job."""

    def start() -> Job:
        with django_capture_on_commit_callbacks(execute=True):
            record = enqueue(MEASURE, {}, key=jobs.KEY)
        record.refresh_from_db()
        assert record.state == Job.State.DONE, record.error
        return record

    return start
