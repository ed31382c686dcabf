"""Reading what was published: histories, migration within the row scope, explanations."""

from __future__ import annotations

import copy
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import translation

from built_once import built_once, own_copy
from factories import make_people
from zhike.crm.customers.models import Customer
from zhike.crm.insight import days, labels, queries, rescoring
from zhike.crm.insight import services as insight
from zhike.crm.insight.models import CustomerScore, TierHistory
from zhike.crm.orders.models import Order

from .conftest import TODAY, make_company

pytestmark = pytest.mark.django_db
BEFORE = TODAY - timedelta(days=40)


def test_labels_without_any_version_are_those_of_the_default(db):
    with translation.override("zh-hans"):
        assert labels.tier_name(4) == "钻石"
        assert labels.stage_name("at_risk")
        assert labels.rfm_name("important_value") == "重要价值客户"
    assert queries.data_as_of() is None
    assert queries.last_run() is None


@pytest.fixture(scope="module")
def founded(django_db_setup, django_db_blocker, tmp_path_factory):
    with built_once(django_db_blocker, tmp_path_factory.mktemp("queries")) as home:
        people, customers = make_people(), make_company()
        for owner, half in ((people.sales_east, customers[::2]), (people.sales_west, customers[1::2])):
            Customer.objects.filter(pk__in=[c.pk for c in half]).update(owner=owner, team=owner.team)
        insight.run_now(as_of=TODAY - timedelta(days=1))
        yield SimpleNamespace(home=home, people=people, customers=customers)


@pytest.fixture
def people(founded, db):
    return copy.deepcopy(founded.people)


@pytest.fixture
def published(founded, home, db):
    """Half of the customers belong to the east, half to the west; one rose today."""
    own_copy(founded.home, home)
    return copy.deepcopy(founded.customers)


def held(customer, day) -> int:
    for row in TierHistory.objects.filter(customer=customer):
        if row.valid_from <= day and (row.valid_to is None or row.valid_to > day):
            return row.tier
    return 0


def test_migration_agrees_with_the_histories_one_by_one(published, people):
    wanted = Counter((held(c, BEFORE), held(c, TODAY)) for c in published)
    wanted.pop((0, 0), None)
    found = {(f.source, f.target): f.customers for f in queries.migration(people.owner, BEFORE, TODAY)}
    assert found == dict(wanted)


def test_every_flow_opens_the_customers_behind_it(published, people):
    for flow in queries.migration(people.owner, BEFORE, TODAY):
        behind = queries.moved_customers(people.owner, flow.source, flow.target, BEFORE, TODAY)
        assert behind.count() == flow.customers
        assert all((held(c, BEFORE), held(c, TODAY)) == (flow.source, flow.target) for c in behind)


def test_migration_and_distribution_keep_to_the_row_scope(published, people):
    everybody = sum(b.customers for b in queries.tier_distribution(people.owner, TODAY).values())
    east = queries.tier_distribution(people.manager_east, TODAY)
    assert everybody == 30
    assert sum(b.customers for b in east.values()) == 15
    flows = queries.migration(people.sales_west, BEFORE, TODAY)
    assert sum(f.customers for f in flows) <= 15
    for flow in flows:
        behind = queries.moved_customers(people.sales_west, flow.source, flow.target, BEFORE, TODAY)
        assert {c.owner_id for c in behind} <= {people.sales_west.pk}


def test_the_snapshot_is_scoped_by_a_condition(published, people):
    def count(user):
        where, params = queries.snapshot_scope(user)
        return queries.snapshot().query(f"SELECT COUNT(*) FROM customers WHERE {where}", params)[0][0]

    assert count(people.owner) == 30
    assert count(people.manager_east) == 15
    assert count(people.sales_west) == 15
    assert count(people.sales_east2) == 0


def test_the_snapshot_says_what_was_published(published):
    meta = queries.snapshot().meta()
    assert meta["as_of"] == days.number(TODAY - timedelta(days=1))
    rows = dict(queries.snapshot().query("SELECT customer_id, tier FROM customers"))
    assert rows == dict(CustomerScore.objects.values_list("customer_id", "tier"))
    shares = queries.snapshot().query("SELECT MAX(net_share_cum), MAX(revenue_share_cum) FROM customers")[0]
    assert shares == pytest.approx((1.0, 1.0))


def test_an_explanation_adds_up(published):
    for customer in published:
        found = queries.explanation(customer)
        score = CustomerScore.objects.get(customer=customer)
        assert found.tier == score.tier
        assert sum(part.contribution for part in found.parts) == pytest.approx(found.score, abs=0.01)
        assert found.score == pytest.approx(score.tier_score, abs=0.01)


def test_an_explanation_speaks_the_readers_language(published):
    customer = published[20]
    with translation.override("zh-hans"):
        chinese = queries.explanation(customer)
    with translation.override("en"):
        english = queries.explanation(customer)
    assert chinese.tier_name in ("青铜", "白银", "黄金", "钻石")
    assert {part.label for part in english.parts} >= {"Amount", "Recency"}
    assert english.parts[0].raw.startswith("¥")
    assert "天" in " ".join(part.raw for part in chinese.parts)


def test_what_an_explanation_promises_comes_true(published):
    """An order that brings the amount to the value needed lifts the customer to the next tier."""
    from factories import make_order

    customer = published[12]
    found = queries.explanation(customer)
    part = next(p for p in found.parts if p.code == "amount")
    assert part.needed, "the amount alone can lift this customer"
    needed = int("".join(c for c in part.needed if c.isdigit()))
    score = CustomerScore.objects.get(customer=customer)
    make_order(customer, TODAY, needed - int(score.net_revenue) + 1)
    rescoring.rescore([customer.pk])
    assert CustomerScore.objects.get(customer=customer).tier >= score.tier + 1


def test_after_an_event_the_explanation_is_of_the_event(published):
    customer = published[5]
    Order.objects.filter(customer=customer).update(revenue=90_000)
    rescoring.rescore([customer.pk])
    found = queries.explanation(customer)
    score = CustomerScore.objects.get(customer=customer)
    assert found.score == pytest.approx(score.tier_score, abs=0.01)
    assert found.as_of == score.as_of


def test_history_names_the_tier_as_its_version_did(published):
    with translation.override("zh-hans"):
        spans = queries.tier_history(published[29])
    assert spans[0].valid_to is None
    assert {span.name for span in spans} <= {"无等级", "青铜", "白银", "黄金", "钻石"}
    assert queries.stage_history(published[29])[0].name
