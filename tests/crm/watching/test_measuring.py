"""What is kept of every group and day, counted again another way."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest

from zhike.crm.insight.models import CustomerScore, TierHistory
from zhike.crm.orders.models import Order
from zhike.crm.watching import jobs, watch
from zhike.crm.watching.codes import MEASURE
from zhike.crm.watching.models import Metric
from zhike.platform.models import Job

from .conftest import TODAY

pytestmark = pytest.mark.django_db


def held(day):
    """Tier per customer at the close of a day, from the store's history."""
    rows = TierHistory.objects.filter(valid_from__lte=day, tier__gt=0)
    return {row.customer_id: row.tier for row in rows if row.valid_to is None or row.valid_to > day}


def counted(members, day):
    """Net revenue and margin of the 365 days that ended on the day, one order after the other."""
    orders = Order.objects.filter(
        customer_id__in=members, business_date__lte=day, business_date__gt=day - timedelta(days=365)
    )
    rows = [(one.revenue - one.returned, one.cost) for one in orders]
    known = [(net, cost) for net, cost in rows if cost is not None]
    return sum(net for net, _c in rows), sum(net for net, _c in known), sum(net - cost for net, cost in known)


def test_tiers_of_today_and_of_every_past_month_are_what_the_store_says(company, measure):
    result = measure().result
    assert result["tiers"] == CustomerScore.objects.filter(tier__gt=0).values("tier").distinct().count()
    days = set(Metric.objects.filter(kind="tier").values_list("day", flat=True))
    assert len(days) == 1 + 24
    for day in (TODAY, *sorted(days)[-4:-1]):
        tiers = defaultdict(set)
        for customer, tier in held(day).items():
            tiers[tier].add(customer)
        rows = Metric.objects.filter(kind="tier", day=day, customers__gt=0)
        assert {row.ref: row.customers for row in rows} == {tier: len(ids) for tier, ids in tiers.items()}
        for row in rows:
            net, costed, margin = counted(tiers[row.ref], day)
            assert (row.net_revenue, row.costed) == (net, costed)
            assert (row.margin or Decimal(0)) == margin


def test_who_entered_and_left_accounts_for_the_change_of_size(company, measure):
    measure()
    month = held(TODAY - timedelta(days=30))
    for row in Metric.objects.filter(kind="tier", day=TODAY):
        before = sum(tier == row.ref for tier in month.values())
        assert row.customers - before == row.entered - row.left


def test_retention_is_of_who_was_there_a_quarter_ago(company, measure):
    measure()
    quarter = TODAY - timedelta(days=90)
    bought = set(
        Order.objects.filter(business_date__gt=quarter, revenue__gt=0).values_list("customer_id", flat=True)
    )
    then = held(quarter)
    for row in Metric.objects.filter(kind="tier", day=TODAY):
        members = {customer for customer, tier in then.items() if tier == row.ref}
        assert (row.watched, row.kept) == (len(members), len(members & bought))


def test_segments_are_measured_with_who_came_and_went(company, measure):
    measure()
    early = Metric.objects.get(kind="segment", ref=company.early.pk)
    assert (early.customers, early.entered, early.left, early.population) == (40, 0, 5, 60)
    assert (early.watched, early.version) == (45, 1)
    net, costed, _margin = counted([one.pk for one in company.customers[:40]], TODAY)
    assert (early.net_revenue, early.costed) == (net, costed)


def test_a_second_round_changes_nothing_but_the_time(company, measure):
    measure()
    before = list(Metric.objects.values().order_by("pk"))
    measure()
    after = list(Metric.objects.values().order_by("pk"))
    for row in (*before, *after):
        row.pop("written_at")
    assert before == after


def test_a_round_that_was_killed_is_made_again(company, measure, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(watch, "_segments", lambda _session: 1 / 0)
        with pytest.raises(AssertionError):
            measure()
    written = set(Metric.objects.values_list("kind", "ref", "day"))
    assert written
    Job.objects.filter(kind=MEASURE).delete()
    measure()
    keys = list(Metric.objects.values_list("kind", "ref", "day"))
    assert len(keys) == len(set(keys))
    assert written < set(keys)


def test_the_look_asks_once_for_what_is_new(company, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.look() is not None
    assert jobs.look() is None


def test_only_who_sees_everybody_sees_the_company(company, measure):
    measure()
    assert Metric.objects.visible_to(company.people.owner).exists()
    assert not Metric.objects.visible_to(company.people.manager_east).exists()
