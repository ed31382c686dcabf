"""Predictions, tags, own fields and segments as groups and measures, once the segment base holds them."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from django.test import override_settings
from django.utils import timezone

from zhike.crm.customers.models import Customer, CustomField, Tag
from zhike.crm.insight.snapshot_queries import snapshot_for
from zhike.crm.portfolio import queries as portfolio
from zhike.crm.prediction.models import CustomerPrediction
from zhike.crm.segments import building
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Membership, Segment
from zhike.crm.statistics import offer, queries

pytestmark = pytest.mark.django_db
CHANNELS = ["直营", "经销"]


@pytest.fixture(scope="module")
def described(founded, django_db_blocker):
    with django_db_blocker.unblock(), override_settings(ZHIKE_HOME=founded.home):
        return _described(founded)


@pytest.fixture
def known(described, analyzed):
    return described


def _described(analyzed):
    """A tag or two, a channel, a mark of several values, a prediction and a segment for some of the customers."""
    people = analyzed.people
    channel = CustomField.objects.create(key="channel", label="渠道", field_type="choice", choices=CHANNELS)
    wants = CustomField.objects.create(key="wants", label="兴趣", field_type="multiple", choices=["茶", "酒"])
    vip = CustomField.objects.create(key="vip", label="贵宾", field_type="boolean")
    tags = [Tag.objects.create(name=name) for name in ("重点", "样品")]
    segment = Segment.objects.create(name="一组", state=SegmentState.PUBLISHED, owner=people.owner)
    for k, customer in enumerate(analyzed.customers):
        values = {"channel": CHANNELS[k % 2]} if k % 3 else {}
        values |= {"wants": ["茶", "酒"][: 1 + k % 2]} if k % 4 else {}
        customer.custom = values | ({"vip": k % 2 == 0} if k % 5 else {})
        customer.tags.set(tags[: k % 3])
    Customer.objects.bulk_update(analyzed.customers, ["custom"])
    CustomerPrediction.objects.bulk_create(
        CustomerPrediction(
            customer=customer,
            as_of=analyzed.today,
            churn_probability=k % 11 / 10,
            clv=100 * k,
            value_at_risk=10 * k,
            written_at=timezone.now(),
        )
        for k, customer in enumerate(analyzed.customers)
        if k % 7
    )
    Membership.objects.bulk_create(
        Membership(segment=segment, customer=customer, entered_at=timezone.now())
        for customer in analyzed.customers[::3]
    )
    building.build()
    analyzed.fields = {"channel": channel, "wants": wants, "vip": vip}
    analyzed.segment = segment
    return analyzed


def ask(user, **given: str) -> queries.Cube:
    found = offer.offer(user, snapshot_for(user))
    return queries.cube(found.base, found.choice(given))


def opened_by(url: str, user) -> int:
    return portfolio.filtered(user, QueryDict(urlsplit(url).query)).count()


def counts(cube: queries.Cube) -> dict:
    return {key: cube.value(sums) for key, sums in cube.by_row.items()}


def test_what_the_company_made_divides_its_customers(known):
    fields = {name: f"own_{one.pk}" for name, one in known.fields.items()}
    for user in (known.people.owner, known.people.manager_east):
        seen = list(Customer.objects.visible_to(user).filter(pk__in=[c.pk for c in known.customers]))
        assert counts(ask(user, by=fields["channel"])) == Counter(c.custom.get("channel") for c in seen)
        assert counts(ask(user, by=fields["vip"])) == Counter(c.custom.get("vip") for c in seen)
        wanted = Counter(value for c in seen for value in c.custom.get("wants") or [None])
        assert counts(ask(user, by=fields["wants"])) == wanted
        tagged = Counter(tag.name for c in seen for tag in c.tags.all())
        assert {key: n for key, n in counts(ask(user, by="tag")).items() if key} == tagged
        several = ask(user, by="tag", **{"with": fields["wants"]})
        assert several.value(several.total) == len(seen)
        pairs = Counter(
            (tag, value)
            for c in seen
            for tag in [one.name for one in c.tags.all()] or [None]
            for value in c.custom.get("wants") or [None]
        )
        assert {key: several.value(sums) for key, sums in several.cells.items()} == pairs
        members = Membership.objects.filter(customer__in=seen).count()
        assert counts(ask(user, by="segment")) == {str(known.segment.pk): members}


def test_their_groups_open_exactly_their_customers(known):
    from zhike.crm.portfolio.filters import PARAMETERS

    for user in (known.people.owner, known.people.sales_west):
        for code in ("tag", "churn_probability", "clv", *(f"own_{one.pk}" for one in known.fields.values())):
            cube = ask(user, by=code)
            opened = [(cube.url(key), cube.value(sums)) for key, sums in cube.by_row.items()]
            assert sum(1 for url, _count in opened if url) >= len(opened) - (code == "tag"), code
            for url, count in opened:
                assert not url or opened_by(url, user) == count, (code, url)
        if "segment" in PARAMETERS:
            cube = ask(user, by="segment", measure="clv")
            for key, sums in cube.by_row.items():
                assert opened_by(cube.url(key), user) == cube.value(sums, queries.MEASURES["customers"])


def test_predictions_are_summed_where_they_are_known(known):
    user = known.people.owner
    rows = CustomerPrediction.objects.select_related("customer")
    for code, expected in (
        ("churn", lambda ones: sum(p.churn_probability for p in ones) / len(ones)),
        ("clv", lambda ones: sum(p.clv for p in ones)),
        ("clv_mean", lambda ones: sum(p.clv for p in ones) / len(ones)),
        ("value_at_risk", lambda ones: sum(p.value_at_risk for p in ones)),
    ):
        cube = ask(user, by="owner", measure=code)
        for owner, sums in cube.by_row.items():
            mine = [row for row in rows if row.customer.owner_id == owner]
            assert float(cube.value(sums)) == pytest.approx(float(expected(mine)), abs=1e-3)
    crossed = ask(user, by="churn_probability", measure="clv", **{"with": "tier"})
    assert crossed.value(crossed.total) == sum(row.clv for row in rows)
