"""Publishing beside events: the newer one wins, and nothing is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest

from factories import make_order
from zhike.crm.insight import publishing, rescoring, runs, versions
from zhike.crm.insight.models import CustomerScore, TierHistory
from zhike.crm.insight.publishing import Basis

from .conftest import TODAY, run_days_ago

pytestmark = pytest.mark.django_db


def row(customer, **values):
    empty = dict.fromkeys(publishing.SOURCE_COLUMNS)
    return {
        **empty,
        "customer_id": customer.pk,
        "as_of": 20_000,
        "tier": 1,
        "raw_tier": 1,
        "lifecycle": "repeat",
        "rfm_segment": "",
        "abc_class": "",
        "frequency": 1,
        "purchase_days": 1,
        "revenue": 10_000,
        "returns": 0,
        "net_revenue": 10_000,
        "reasons": "[]",
        **values,
    }


@pytest.fixture
def version(company, full_run):
    full_run()
    CustomerScore.objects.all().delete()
    TierHistory.objects.all().delete()
    return versions.current()


def test_an_older_evaluation_never_overwrites_a_newer_one(version, company):
    customer = company[0]
    publishing.publish([row(customer, tier=3)], Basis(version.pk, 50), {})
    outcome = publishing.publish([row(customer, tier=2)], Basis(version.pk, 40), {customer.pk: 1})
    assert outcome.written == 0
    assert outcome.overtaken == [customer.pk]
    assert CustomerScore.objects.get(customer=customer).tier == 3


def test_an_evaluation_from_an_outdated_state_is_put_back(version, company):
    customer = company[0]
    publishing.publish([row(customer, tier=3)], Basis(version.pk, 50), {})
    outcome = publishing.publish([row(customer, tier=2)], Basis(version.pk, 60), {customer.pk: 0})
    assert outcome.overtaken == [customer.pk]
    assert CustomerScore.objects.get(customer=customer).tier == 3


def test_of_two_first_evaluations_one_is_put_back(version, company):
    customer = company[0]
    publishing.publish([row(customer, tier=2)], Basis(version.pk, 50), {})
    outcome = publishing.publish([row(customer, tier=3)], Basis(version.pk, 51), {})
    assert outcome.overtaken == [customer.pk]
    assert TierHistory.objects.filter(customer=customer).count() == 1


def test_an_order_during_the_run_is_kept_and_evaluated_with_the_new_version(company, full_run, monkeypatch):
    run_days_ago(full_run, 1)
    customer, write = company[10], runs._write_snapshot

    def order_meanwhile(analysis, version):
        write(analysis, version)
        make_order(customer, TODAY, 70_000)
        rescoring.rescore([customer.pk])

    monkeypatch.setattr(runs, "_write_snapshot", order_meanwhile)
    full_run(recalibrate=True)
    score = CustomerScore.objects.get(customer=customer)
    assert score.frequency == 12
    assert score.version == versions.current()
    assert CustomerScore.objects.exclude(version=versions.current()).count() == 0
    assert TierHistory.objects.filter(customer=customer, valid_to__isnull=True).count() == 1


def test_a_customer_who_is_overtaken_by_an_event_with_the_old_version_is_evaluated_again(
    company, full_run, monkeypatch
):
    run_days_ago(full_run, 1)
    old, customer, publish = versions.current(), company[10], runs._publish

    def event_with_old_version(analysis, version):
        make_order(customer, TODAY, 70_000)
        position = rescoring.changes.safe_position()
        rescoring._rescore_once([customer.pk], old, position)
        publish(analysis, version)

    monkeypatch.setattr(runs, "_publish", event_with_old_version)
    full_run(recalibrate=True)
    score = CustomerScore.objects.get(customer=customer)
    assert (score.frequency, score.version) == (12, versions.current())


def test_histories_have_one_open_row_and_no_gaps(company, full_run):
    full_run()
    for customer in company:
        rows = list(TierHistory.objects.filter(customer=customer).order_by("valid_from"))
        assert [r.valid_to for r in rows[:-1]] == [r.valid_from for r in rows[1:]]
        assert rows[-1].valid_to is None
        assert all(a.tier != b.tier for a, b in pairwise(rows))


def test_the_past_is_reconstructed_from_month_ends(company, full_run):
    full_run()
    oldest = TierHistory.objects.filter(customer=company[29]).order_by("valid_from").first()
    assert oldest.valid_from < TODAY.replace(day=1)
    assert (oldest.valid_from.replace(day=28) != oldest.valid_from) or oldest.valid_from.month == 2
    assert TierHistory.objects.get(customer=company[0]).valid_from <= TODAY


# PostgreSQL's log is complete only below the oldest running transaction: none may stay open here.
@pytest.mark.django_db(transaction=True)
def test_a_past_that_becomes_known_later_is_put_before_the_history(company, full_run):
    from datetime import timedelta

    from factories import make_customer

    run_days_ago(full_run, 1)
    customer = make_customer("老客户")
    make_order(customer, TODAY, 500)
    rescoring.rescore([customer.pk])
    assert TierHistory.objects.get(customer=customer).valid_from == TODAY
    make_order(customer, TODAY - timedelta(days=100), 500)
    full_run()
    rows = list(TierHistory.objects.filter(customer=customer).order_by("valid_from"))
    assert rows[0].valid_from < TODAY - timedelta(days=60)
    assert [r.valid_to for r in rows[:-1]] == [r.valid_from for r in rows[1:]]
