"""Expert overrides: a person decides a tier until a day; the rules go on beneath."""

from __future__ import annotations

import copy
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from built_once import built_once, own_copy
from crm.segments.conftest import in_sequence
from factories import make_customer, make_order
from zhike.crm.customers import merging
from zhike.crm.customers.models import Customer
from zhike.crm.insight import days, deciding, events, overrides, queries, rescoring, signals, snapshots
from zhike.crm.insight import services as insight
from zhike.crm.insight.models import Activation, CustomerScore, TierHistory, TierOverride, Version
from zhike.platform import changes
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import AuditEvent

from .conftest import TODAY, make_company

pytestmark = pytest.mark.django_db
NEXT_YEAR = TODAY + timedelta(days=365)


@pytest.fixture(scope="module")
def founded(django_db_setup, django_db_blocker, tmp_path_factory):
    with built_once(django_db_blocker, tmp_path_factory.mktemp("overrides")) as home, in_sequence():
        customers = make_company()
        insight.run_now(progress=lambda _text: None)
        yield SimpleNamespace(home=home, customers=customers)


@pytest.fixture
def analysed(founded, home, db):
    own_copy(founded.home, home)
    return copy.deepcopy(founded.customers)


def tier(customer: Customer) -> tuple[int, int]:
    return CustomerScore.objects.values_list("tier", "earned_tier").get(customer=customer)


def override(actor, customer, rank=4, until=NEXT_YEAR) -> TierOverride:
    return deciding.override_tier(actor, customer, tier=rank, reason="战略客户", expires_on=until)


def test_an_override_shows_at_once_everywhere_and_a_full_run_agrees(analysed, people, full_run):
    customer = analysed[0]
    assert tier(customer) == (1, 1)
    heard: list[signals.Change] = []
    signals.SUBSCRIBERS.append(heard.extend)
    try:
        decided = override(people.owner, customer)
    finally:
        signals.SUBSCRIBERS.pop()
    assert tier(customer) == (4, 1)
    assert [(c.customer_id, c.after) for c in heard] == [(customer.pk, 4)]
    assert queries.tier_history(customer)[0].override == decided
    found = queries.explanation(customer)
    assert (found.tier, found.override.reason, found.override.by) == (4, "战略客户", people.owner)
    assert found.tier_name != found.earned_name
    assert full_run().result["published"] == 0
    row = snapshots.reader().dicts(
        "SELECT tier, earned_tier FROM customers WHERE customer_id = $c", {"c": customer.pk}
    )
    assert row == [{"tier": 4, "earned_tier": 1}]
    assert AuditEvent.objects.filter(event="tiers.overridden").count() == 1
    deciding.end_override(people.owner, decided)
    assert tier(customer) == (1, 1)
    assert TierHistory.objects.filter(customer=customer, valid_to=None).count() == 1
    assert queries.explanation(customer).override is None


def test_an_override_ends_by_itself(analysed, people, monkeypatch):
    customer = analysed[0]
    override(people.owner, customer, until=TODAY)
    assert deciding.expire(TODAY) == 0
    tomorrow = TODAY + timedelta(days=1)
    monkeypatch.setattr(days, "analysis_day", lambda: tomorrow)
    rescoring.rescore([customer.pk])
    assert tier(customer) == (1, 1)
    assert deciding.expire(tomorrow) == 1
    assert deciding.expire(tomorrow) == 0
    assert overrides.history_of(customer)[0].ended_by is None
    assert AuditEvent.objects.filter(event="tiers.override_expired").count() == 1
    spans = [(span.tier, span.valid_from) for span in queries.tier_history(customer)][:2]
    assert spans == [(1, tomorrow), (4, TODAY)]


def test_the_grace_period_runs_on_beneath_an_override(analysed, people, clock):
    """Held high, then let go: the tier is what it would have been without anybody's decision."""
    best = CustomerScore.objects.order_by("-tier_score").first()
    twin = make_customer("孪生")
    for order in best.customer.orders.all():
        make_order(twin, order.business_date, order.revenue)
    rescoring.rescore([best.customer_id, twin.pk])
    decided = override(people.owner, best.customer, rank=1)
    assert tier(best.customer) == (1, 4)
    for day in range(1, 80, 6):
        clock.today = TODAY + timedelta(days=day)
        for customer in (best.customer, twin):
            customer.orders.order_by("-business_date").first().delete()
        rescoring.rescore([best.customer_id, twin.pk])
    assert tier(best.customer)[1] == tier(twin)[0] < 4
    deciding.end_override(people.owner, decided)
    state = ("tier", "earned_tier", "pending_since", "opening_tier", "raw_tier")
    rows = CustomerScore.objects.filter(customer__in=[best.customer, twin]).values_list(*state)
    assert rows[0] == rows[1]


def test_an_override_needs_the_right_a_visible_customer_a_reason_and_a_day_to_come(analysed, people):
    customer = analysed[0]
    with pytest.raises(NotAllowed):
        override(people.manager_east, customer)
    people.analyst.role.scope = "own"
    people.analyst.role.save()
    with pytest.raises(NotAllowed):
        override(people.analyst, customer)
    with pytest.raises(DomainError):
        override(people.owner, customer, until=TODAY - timedelta(days=1))
    with pytest.raises(DomainError):
        override(people.owner, customer, rank=9)
    with pytest.raises(DomainError):
        deciding.override_tier(people.owner, customer, tier=2, reason=" ", expires_on=NEXT_YEAR)
    stranger = make_customer("还没买过")
    rescoring.rescore([stranger.pk])
    with pytest.raises(DomainError):
        override(people.owner, stranger)
    assert not TierOverride.objects.exists()


def test_a_second_override_replaces_the_first(analysed, people):
    customer = analysed[0]
    first = override(people.owner, customer)
    second = override(people.owner, customer, rank=3)
    first.refresh_from_db()
    assert (first.ended_by, second.ended_at) == (people.owner, None)
    assert tier(customer) == (3, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        TierOverride.objects.filter(pk=first.pk).update(ended_at=None)


def test_an_override_made_elsewhere_reaches_the_fast_lane_by_the_change_log(analysed, people):
    customer, position = analysed[0], changes.safe_position()
    values = {"tier": 4, "code": "diamond", "reason": "脚本", "expires_on": NEXT_YEAR, "since": TODAY}
    TierOverride.objects.create(customer=customer, by=people.owner, **values)
    pump = events.Pump(mark=position)
    if changes.safe_position() > position:
        pump.look()
        assert tier(customer) == (4, 1)


def test_an_override_keeps_its_tier_when_ranks_change(analysed, people):
    from zhike.analytics import default_model
    from zhike.analytics.tiers.model import TierModel

    override(people.owner, analysed[0], rank=3)
    day = days.number(TODAY)
    model = default_model()
    assert overrides.ranks(model, day) == {analysed[0].pk: 3}
    fewer = TierModel(model.code, model.name, model.dimensions, (model.tiers[0], *model.tiers[2:]))
    assert overrides.ranks(fewer, day) == {analysed[0].pk: 2}
    without = TierModel(model.code, model.name, model.dimensions, model.tiers[:2])
    assert overrides.ranks(without, day) == {}


def test_the_upgrade_takes_every_tier_for_earned_and_every_version_for_published(analysed, people):
    from importlib import import_module

    from django.apps import apps

    CustomerScore.objects.update(earned_tier=0)
    Activation.objects.all().delete()
    import_module("zhike.crm.insight.migrations.0006_earned_tiers").take_over(apps, None)
    assert not CustomerScore.objects.exclude(earned_tier=F("tier")).exists()
    version = Version.objects.get()
    assert [(one.version, one.at) for one in Activation.objects.all()] == [(version, version.created_at)]


def merged(actor, survivor, other):
    survivor, other = Customer.objects.get(pk=survivor.pk), Customer.objects.get(pk=other.pk)
    return merging.merge(actor=actor, survivor=survivor, merged=other)


def test_in_a_merge_the_newest_override_that_holds_wins_and_an_undo_brings_both_back(analysed, people):
    survivor, other = analysed[0], analysed[1]
    weaker, winner = override(people.owner, survivor, 2), override(people.owner, other, 4)
    record = merged(people.owner, survivor, other)
    rescoring.rescore([survivor.pk])
    assert overrides.of(survivor) == winner
    assert tier(survivor)[0] == 4
    assert [one.pk for one in overrides.history_of(survivor)] == [winner.pk, weaker.pk]
    told = AuditEvent.objects.get(event="tiers.override_ended")
    assert other.name in str(told.changes)
    merging.undo_merge(actor=people.owner, record=record)
    assert (overrides.of(survivor), overrides.of(other)) == (weaker, winner)


def test_in_a_merge_an_override_that_is_over_loses_and_one_alone_goes_along(analysed, people):
    first, second, third = analysed[:3]
    holds, over = override(people.owner, first, 2), override(people.owner, second, 4)
    TierOverride.objects.filter(pk=over.pk).update(expires_on=TODAY - timedelta(days=1))
    merged(people.owner, first, second)
    assert overrides.of(first) == holds
    record = merged(people.owner, third, first)
    assert overrides.of(third) == holds
    merging.undo_merge(actor=people.owner, record=record)
    assert overrides.of(first) == holds
    assert not overrides.history_of(third)
