"""The fast lane in transactions that commit, and before there is anything to go by."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories import make_order
from zhike.crm.insight import events
from zhike.crm.insight.models import CustomerScore

from .conftest import TODAY

# PostgreSQL's log is complete only below the oldest running transaction, so nothing may stay open.
pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_moves_its_customer_alone(company, full_run):
    full_run(as_of=(TODAY - timedelta(days=1)).isoformat())
    pump = events.Pump()
    pump.begin()
    before = dict(CustomerScore.objects.values_list("customer_id", "evaluated_at"))
    make_order(company[13], TODAY, 90_000)
    assert pump.look() == 1
    score = CustomerScore.objects.get(customer=company[13])
    assert score.tier > 1
    assert score.frequency == 15
    assert score.last_order == TODAY
    after = dict(CustomerScore.objects.values_list("customer_id", "evaluated_at"))
    assert [c for c in after if after[c] != before[c]] == [company[13].pk]


def test_without_a_version_everything_waits_for_the_first_run(company):
    pump = events.Pump()
    pump.begin()
    assert pump.look() == 0
    assert events.due() == "flood"
    assert not CustomerScore.objects.exists()


def test_an_empty_installation_needs_no_run(db):
    assert events.due() is None
