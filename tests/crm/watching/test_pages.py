"""Every page, in its states, with figures that are counted again by hand, in the row scope of who looks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from zhike.crm.insight.models import CustomerScore
from zhike.crm.segments.models import Membership
from zhike.crm.watching.models import Metric

from .conftest import TODAY

pytestmark = pytest.mark.django_db
PAGES = ("page", "overlap", "migration", "cohorts", "drift", "compare")


def opened(client, user, name, **query):
    client.force_login(user)
    answer = client.get(reverse(f"watching:{name}"), query)
    assert answer.status_code == 200
    return answer


def test_pages_before_anything_was_measured_or_chosen(client, company):
    assert opened(client, company.people.owner, "page").context["waiting"]
    for name in PAGES[1:]:
        opened(client, company.people.owner, name)
    opened(client, company.people.owner, "migration", end="0001-01-01")


def test_the_pages_of_a_measured_company(client, company, measure):
    measure()
    owner, east, early = company.people.owner, company.east, company.early
    chosen = [f"segment:{east.pk}", f"segment:{early.pk}", "tier:1"]
    page = opened(client, owner, "page", group=chosen, against="quarter")
    assert not page.context["waiting"]
    rows = {row["group"].key: row for row in page.context["rows"]}
    assert [rows[key]["cells"][0]["text"] for key in chosen[:2]] == ["30", "40"]
    assert (rows[chosen[1]]["entered"], rows[chosen[1]]["left"]) == (0, 5)
    _overlap(client, owner, chosen, company)
    _compare(client, owner, chosen, company)
    _files(client, owner, chosen)


def _overlap(client, owner, chosen, company):
    """Every second of the first forty is in both."""
    page = opened(client, owner, "overlap", group=chosen)
    assert page.context["drawing"] is not None
    assert not page.context["drawing"].to_scale
    found = page.context["found"]
    order = [group.key for group in page.context["columns"]]
    i, j = order.index(chosen[0]), order.index(chosen[1])
    pair = found.pairs[i, j]
    assert (pair.both, pair.jaccard) == (20, pytest.approx(20 / 50))
    assert pair.lift == pytest.approx(20 * 60 / (30 * 40))
    two = opened(client, owner, "overlap", group=chosen[:2]).context["drawing"]
    assert two.to_scale
    tiers = [f"tier:{rank}" for rank in (1, 2, 3)]
    assert opened(client, owner, "overlap", group=[*chosen, *tiers]).context["regions"]["type"] == "bars"


def _compare(client, owner, chosen, company):
    page = opened(client, owner, "compare", a=chosen[0], b="rest")
    rows = {row["one"].code: row for row in page.context["rows"]}
    # Only the customers of one team are in, and only they live in that province.
    assert rows["team"]["one"].size == pytest.approx(1)
    assert rows["region"]["one"].shares in ((1.0, 0.0), (0.0, 1.0))
    assert [row["one"].rank for row in page.context["rows"]] == sorted(
        (row["one"].rank for row in page.context["rows"]), reverse=True
    )
    assert page.context["conclusion"]
    both = opened(client, owner, "compare", a=chosen[0], b=chosen[1]).context
    assert both["known"].both == 20
    assert len(both["caveats"]) == 2


def _files(client, owner, chosen):
    for name in PAGES:
        query = {"group": chosen[0] if name == "cohorts" else chosen, "a": chosen[0], "b": chosen[1]}
        for kind in ("csv", "xlsx"):
            answer = opened(client, owner, name, **query, format=kind)
            assert answer["Content-Disposition"].endswith(f'.{kind}"')
            assert len(answer.content) > 50


def test_a_person_sees_the_figures_of_the_own_customers(client, company, measure):
    measure()
    manager = company.people.manager_east
    key = f"segment:{company.early.pk}"
    page = opened(client, manager, "page", group=[key, "tier:1"])
    assert page.context["own"]
    rows = {row["group"].key: row for row in page.context["rows"]}
    mine = {one.pk for one in company.customers[:40] if one.team == manager.team}
    assert rows[key]["cells"][0]["text"] == str(len(mine))
    overlap = opened(client, manager, "overlap", group=[key, "tier:1"]).context["found"]
    assert overlap.sizes[1] == len(mine)
    assert overlap.population == sum(one.team == manager.team for one in company.customers)
    compare = opened(client, manager, "compare", a=key, b="rest").context["found"]
    assert compare.sizes == (len(mine), CustomerScore.objects.visible_to(manager).exclude(
        customer__in=Membership.objects.filter(segment=company.early, left_at=None).values("customer")
    ).filter(frequency__gt=0).count())  # fmt: skip
    assert opened(client, manager, "drift").context["hidden"]


def test_figures_counted_live_are_those_that_are_kept(client, company, measure):
    """Two ways to the same figures: the lake's facts, and the snapshot's periods."""
    from zhike.crm.insight.snapshot_queries import snapshot_for
    from zhike.crm.watching import groups, trends

    measure()
    base = snapshot_for(company.people.owner)
    for group in groups.offered(company.people.owner, base):
        kept = Metric.objects.get(kind=group.kind, ref=group.ref, day=TODAY)
        live = trends.today(base, group)
        names = ("customers", "net_revenue", "costed") if kept.customers else ("customers",)
        assert [getattr(kept, name) for name in names] == [getattr(live, name) for name in names]


def test_migration_of_tiers_stages_and_a_segment(client, company):
    owner = company.people.owner
    start = TODAY - timedelta(days=60)
    tiers = opened(client, owner, "migration", start=start.isoformat()).context
    everybody = CustomerScore.objects.filter(tier__gt=0).count()
    assert sum(row["customers"] for row in tiers["matrix"]["rows"]) == everybody
    opened(client, owner, "migration", start=start.isoformat(), show="money")
    stages = opened(client, owner, "migration", of="stage", start=start.isoformat()).context
    ends = CustomerScore.objects.filter(frequency__gt=0).values_list("lifecycle", flat=True)
    totals = dict(zip((s.code for s in stages["matrix"]["columns"]), stages["matrix"]["totals"], strict=True))
    assert {code: n for code, (n, _money, _url) in totals.items() if n} == {
        code: list(ends).count(code) for code in set(ends)
    }
    of = f"segment:{company.early.pk}"
    moved = opened(client, owner, "migration", of=of, start=start.isoformat()).context["sums"]
    assert (moved["same"][0], moved["went"][0], moved["came"][0]) == (40, 5, 0)
    manager = opened(client, company.people.manager_east, "migration", of=of, start=start.isoformat())
    assert manager.context["sums"]["same"][0] == 20


def test_cohorts_are_counted_order_by_order(client, company):
    owner = company.people.owner
    table = opened(client, owner, "cohorts").context["table"]
    months = {}
    for customer in company.customers:
        days = [one.business_date for one in customer.orders.all() if one.revenue > 0]
        found = {day.year * 100 + day.month for day in days}
        months.setdefault(min(found), []).append(found)
    assert table.cohorts
    for place, cohort in enumerate(table.cohorts):
        assert table.sizes[place] == len(months[cohort])
        for age, kept in enumerate(table.kept[place]):
            year, month = divmod(cohort // 100 * 12 + cohort % 100 - 1 + age, 12)
            period = year * 100 + month + 1
            assert kept == sum(period in found for found in months[cohort])
    group = f"segment:{company.early.pk}"
    smaller = opened(client, owner, "cohorts", group=group, by="quarter").context["table"]
    assert sum(smaller.sizes) <= 40
