"""Costs that the company enters, and what follows from them."""

from __future__ import annotations

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from crm.prediction.pages.predicted import make_costs, make_predicted, make_versions
from zhike.analytics.churn.profit import break_even, expected_profit
from zhike.crm.prediction.costs import Costs, CostTable
from zhike.crm.prediction.models import CostAssumption
from zhike.platform.models import AuditEvent

SHARE = st.floats(0, 1).map(lambda share: round(share, 4))
MONEY = st.floats(0, 10_000).map(lambda amount: round(amount, 4))


@given(p=SHARE, value=MONEY, offer=MONEY, contact=st.floats(0.01, 100), save=SHARE, take=SHARE)
def test_profit_and_break_even_are_those_of_the_library(p, value, offer, contact, save, take):
    costs = Costs(retention=offer, contact=contact, save_rate=save, take_rate=take)
    oracle = float(expected_profit(p, value, offer, contact, save, take))
    assert costs.profit(p, value) == pytest.approx(oracle, rel=1e-9, abs=1e-6)
    edge = float(break_even(value, offer, contact, save, take))
    assert costs.break_even(value) == (pytest.approx(edge, abs=1e-9) if edge == edge else None)


@given(p=st.floats(0.01, 0.99), value=MONEY, contact=st.floats(0, 50), save=st.floats(0.05, 1), take=SHARE)
def test_the_affordable_offer_just_pays(p, value, contact, save, take):
    most = Costs(contact=contact, save_rate=save, take_rate=take).affordable(p, value)
    assert most is not None
    if most > 0:
        oracle = float(expected_profit(p, value, most, contact, save, take))
        assert oracle == pytest.approx(0, abs=1e-6 * max(value, 1))


def test_without_a_share_everybody_else_takes_the_offer():
    costs = Costs(retention=100, contact=0, save_rate=0.5)
    assert costs.profit(0.5, 1000) == pytest.approx(0.5 * 0.5 * 900 - 0.5 * 100)


@pytest.mark.parametrize("missing", ["retention", "contact", "save_rate"])
def test_what_nobody_entered_leaves_the_profit_unknown(missing):
    known = {"retention": 100.0, "contact": 2.0, "save_rate": 0.3}
    costs = Costs(**known | {missing: None})
    assert costs.profit(0.9, 5000) is None
    assert costs.break_even(5000) is None
    assert costs.missing == (missing,)


@pytest.mark.django_db
def test_the_narrowest_entry_with_a_figure_counts():
    make_costs()
    make_costs(tier=4, retention=300, contact=None, save_rate=None, take_rate=None)
    make_costs(tier=4, segment="important_value", retention=500, contact=None, save_rate=None, take_rate=None)
    make_costs(segment="important_value", contact=9, retention=None, save_rate=None, take_rate=None)
    table = CostTable()
    assert table.of(1).retention == 100
    assert table.of(4).retention == 300
    assert table.of(4, "important_value").retention == 500
    assert table.of(4, "important_value").contact == 9
    assert table.of(4).contact == 2


def cost_data(client, **given):
    """The form as it stands, with some fields changed."""
    page = client.get(reverse("prediction:costs"))
    forms = [form for _rank, _name, form in page.context["rows"]] + page.context["segments"]
    data = {form.add_prefix(name): form[name].value() or "" for form in forms for name in form.fields}
    return data | given


def test_costs_are_entered_per_tier_and_segment_and_audited(people, as_user):
    client = as_user("owner")
    data = cost_data(
        client,
        **{"tierall-contact": "2", "tier4-retention": "150", "tier4-save_rate": "30"},
        **{"segment0-segment": "important_value", "segment0-tier": "4", "segment0-retention": "80.5"},
    )
    assert client.post(reverse("prediction:costs"), data).status_code == 302
    table = CostTable()
    assert table.of(4).contact == 2
    assert table.of(4).save_rate == 0.3
    assert table.of(4, "important_value").retention == 80.5
    assert table.of(3).retention is None
    assert AuditEvent.objects.filter(event="costs.saved").count() == 1
    # Saving what stands there changes nothing.
    assert client.post(reverse("prediction:costs"), cost_data(client)).status_code == 302
    assert AuditEvent.objects.filter(event="costs.saved").count() == 1
    assert CostAssumption.objects.count() == 3


@pytest.mark.parametrize(
    "wrong", [{"tier4-retention": "-1"}, {"tier4-save_rate": "101"}, {"segment0-retention": "5"}]
)
def test_wrong_costs_are_shown_and_not_stored(people, as_user, wrong):
    client = as_user("owner")
    answer = client.post(reverse("prediction:costs"), cost_data(client, **wrong))
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.content.decode()
    assert not CostAssumption.objects.exists()


def test_two_rows_for_the_same_segment_are_refused(people, as_user):
    client = as_user("owner")
    twice = {f"segment{n}-{name}": value for n in (0, 1) for name, value in SAME.items()}
    assert client.post(reverse("prediction:costs"), cost_data(client, **twice)).status_code == 422


SAME = {"segment": "important_value", "tier": "", "retention": "5"}


def test_only_who_sets_tiers_enters_costs(people, as_user):
    assert as_user("sales_east").get(reverse("prediction:costs")).status_code == 403


def test_the_table_says_what_a_tier_may_cost_and_opens_its_customers(people, as_user):
    make_versions()
    make_costs(tier=4, service=100, acquisition=1000)
    make_predicted("东方", owner=people.sales_east, tier=4)
    make_predicted("西域", owner=people.sales_west, tier=2)
    answer = as_user("owner").get(reverse("prediction:investment"))
    rows = {row.tier: row for row in answer.context["rows"]}
    assert rows[4].acquisition == 800
    assert rows[4].overspent
    assert rows[4].retention == pytest.approx((0.6 * 0.3 * 1200 - 2) / (0.6 * 0.3 + 0.4 * 0.2))
    assert rows[2].acquisition is None
    assert rows[2].retention is None
    assert answer.context["total"].customers == 2
    text = answer.content.decode()
    assert "unknown" in text
    assert "tier=4" in text


def test_the_table_counts_the_customers_of_the_own_scope(people, as_user):
    make_versions(basis="revenue")
    make_costs(tier=4, service=100)
    make_predicted("东方", owner=people.sales_east, tier=4)
    make_predicted("西域", owner=people.sales_west, tier=4)
    answer = as_user("manager_west").get(reverse("prediction:investment"))
    row = next(row for row in answer.context["rows"] if row.tier == 4)
    assert row.customers == 1
    # Revenue is not what may be spent.
    assert row.acquisition is None


def test_segments_have_their_own_costs_and_open_their_customers(people, as_user):
    make_versions()
    make_costs(service=100)
    make_costs(segment="important_keep", service=300)
    make_predicted("东方", owner=people.sales_east, segment="important_keep")
    make_predicted("西域", owner=people.sales_west, segment="general_value")
    make_predicted("新客", owner=people.sales_west)
    answer = as_user("owner").get(reverse("prediction:investment"), {"by": "segment"})
    rows = {row.query: row for row in answer.context["rows"]}
    assert rows["rfm_segment=important_keep"].acquisition == 600
    assert rows["rfm_segment=general_value"].acquisition == 800
    assert rows[""].customers == 1
    assert answer.context["total"].customers == 3
    link = f"{reverse('customers:list')}?rfm_segment=important_keep"
    assert link in answer.content.decode()
    assert [row.record.name for row in as_user("owner").get(link).context["table"].rows] == ["东方"]
