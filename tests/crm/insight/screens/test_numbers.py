"""The figures against a count by hand, and the lists that they open."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.urls import reverse

from factories import make_order
from zhike.crm.customers.models import Customer
from zhike.crm.insight import figures, links, queries, snapshot_queries, snapshot_tables
from zhike.crm.insight.days import number
from zhike.crm.insight.models import CustomerScore, TierHistory
from zhike.crm.insight.snapshot_queries import snapshot_for
from zhike.crm.orders.models import Order
from zhike.crm.portfolio import filters

pytestmark = pytest.mark.django_db


def opened_by(url: str, user) -> int:
    """How many customers the list behind an address holds for this person."""
    return filters.apply(Customer.objects.visible_to(user), QueryDict(urlsplit(url).query), user).count()


def orders_between(user, first: date, last: date) -> list[Order]:
    visible = Customer.objects.visible_to(user)
    return list(Order.objects.filter(customer__in=visible, business_date__range=(first, last)))


@pytest.mark.parametrize("role", ["owner", "manager_east", "sales_west"])
@pytest.mark.parametrize("period", [30, 90, 365, "fiscal"])
def test_period_sums_equal_those_of_the_orders(analyzed, role, period):
    user = getattr(analyzed.people, role)
    if period == "fiscal":
        period = snapshot_for(user).fiscal
        assert analyzed.today - timedelta(days=period - 1) == date(analyzed.today.year, 1, 1)
    now, before = snapshot_queries.period_sums(snapshot_for(user), period)
    for sums, last in ((now, analyzed.today), (before, analyzed.today - timedelta(days=period))):
        orders = orders_between(user, last - timedelta(days=period - 1), last)
        assert sums["orders"] == len(orders)
        assert sums["active"] == len({order.customer_id for order in orders})
        assert figures.amount(sums["net_revenue"]) == sum((o.revenue - o.returned for o in orders), Decimal())
        known = [order for order in orders if order.cost is not None]
        assert figures.amount(sums["margin"]) == sum(
            (o.revenue - o.returned - o.cost for o in known), Decimal()
        )
        days = [(order.customer_id, order.business_date) for order in orders]
        assert sums["repeaters"] == sum(
            1 for c in {c for c, _day in days} if len({d for x, d in days if x == c}) > 1
        )


@pytest.mark.parametrize("role", ["owner", "manager_east", "sales_east2"])
def test_every_count_opens_as_many_customers(analyzed, role):
    user = getattr(analyzed.people, role)
    base = snapshot_for(user)
    shown = figures.key_figures(figures.sums(base, 90))
    assert len(shown) >= 8
    labels = {str(figure.label): figure for figure in shown}
    assert len(labels) == len(shown)
    for figure in shown:
        assert figure.url
        if figure.kind == "number" and figure.label not in ("Orders", "订单"):
            assert opened_by(figure.url, user) == figure.value, figure.label


def test_grid_segments_and_tiers_count_every_customer_once(analyzed):
    base = snapshot_for(analyzed.people.owner)
    assert sum(row["customers"] for row in snapshot_queries.rfm_grid(base)) == 40
    assert sum(row["customers"] for row in snapshot_queries.rfm_segments(base).values()) == 40
    tiers = snapshot_queries.by(base, "tier")
    published = CustomerScore.objects.filter(frequency__gt=0)
    assert {rank: row["customers"] for rank, row in tiers.items()} == {
        rank: published.filter(tier=rank).count() for rank in tiers
    }


def test_the_curve_names_its_point_by_the_rule_of_the_top_customers(analyzed):
    base = snapshot_for(analyzed.people.owner)
    found = snapshot_queries.pareto(base)
    values = sorted(
        CustomerScore.objects.filter(frequency__gt=0).values_list("net_revenue", flat=True), reverse=True
    )
    assert found.figures.top_20_share == pytest.approx(float(sum(values[:8]) / sum(values)))
    assert figures.amount(found.top_20_from) == values[7]
    assert sum(count for count, _sum in found.classes.values()) == 40


def test_the_state_before_is_that_of_the_history(analyzed):
    base = snapshot_for(analyzed.people.owner)
    for period in (30, 90):
        day = analyzed.today - timedelta(days=period)
        rows = base.reader.query("SELECT customer_id, tier FROM past WHERE period = ? AND tier > 0", [period])
        held = TierHistory.objects.filter(valid_from__lte=day).exclude(valid_to__lte=day)
        assert dict(rows) == dict(held.values_list("customer_id", "tier"))


def test_a_second_run_keeps_the_state_before(analyzed, full_run):
    base = snapshot_for(analyzed.people.owner)
    text = "SELECT customer_id, period, tier, lifecycle FROM past ORDER BY ALL"
    before = base.reader.query(text)
    full_run(as_of=analyzed.today.isoformat())
    assert snapshot_for(analyzed.people.owner).reader.query(text) == before


def test_spans_are_the_history_that_the_run_leaves(analyzed, full_run):
    text = "SELECT customer_id, tier, start, finish FROM spans WHERE tier > 0"

    def stored() -> set[tuple]:
        rows = TierHistory.objects.filter(tier__gt=0).values_list(
            "customer_id", "tier", "valid_from", "valid_to"
        )
        return {(c, tier, number(start), number(end) if end else None) for c, tier, start, end in rows}

    assert set(snapshot_for(analyzed.people.owner).reader.query(text)) == stored()
    make_order(analyzed.customers[20], analyzed.today, 90_000)
    make_order(analyzed.customers[3], analyzed.today - timedelta(days=2), 0, returned=1_000)
    full_run(as_of=(analyzed.today + timedelta(days=40)).isoformat())
    assert set(snapshot_for(analyzed.people.owner).reader.query(text)) == stored()


def test_owners_are_compared_within_the_team_alone(analyzed):
    people = analyzed.people
    rows = snapshot_queries.owners(snapshot_for(people.manager_east), 90)
    assert {row["owner_id"] for row in rows} == {people.sales_east.pk, people.sales_east2.pk}
    assert [row["customers"] for row in rows] == [10, 10]


def test_flows_open_the_customers_that_moved(analyzed):
    user = analyzed.people.owner
    start = analyzed.today - timedelta(days=90)
    flows = snapshot_queries.migration(snapshot_for(user), start, analyzed.today)
    stored = queries.migration(user, start, analyzed.today)
    assert [(f.source, f.target, f.customers) for f in flows] == [
        (f.source, f.target, f.customers) for f in stored
    ]
    assert sum(flow.customers for flow in flows) == 40
    for flow in flows:
        url = links.moved(flow.source, flow.target, start, analyzed.today)
        assert opened_by(url, user) == flow.customers


def test_an_unknown_value_is_a_filter_of_its_own():
    query = parse_qs(urlsplit(links.customers(owner=None, province="")).query)
    assert query == {"owner": ["none"], "province": ["none"]}


@pytest.mark.parametrize(
    ("month", "day", "expected"),
    [
        (1, date(2026, 1, 1), 1),
        (4, date(2026, 3, 31), 365),
        (4, date(2026, 4, 1), 1),
        (7, date(2025, 1, 1), 185),
    ],
)
def test_the_fiscal_year_begins_with_its_month(month, day, expected):
    assert snapshot_tables.fiscal_days((day - date(1970, 1, 1)).days, month) == expected


def test_the_overview_shows_the_fiscal_year(analyzed, client):
    client.force_login(analyzed.people.owner)
    client.cookies["zhike_language"] = "en"
    page = client.get(reverse("insight:dashboard") + "?days=fiscal").content.decode()
    assert "This fiscal year" in page
    assert f"{analyzed.today.year}-01-01 to {analyzed.today}" in page
