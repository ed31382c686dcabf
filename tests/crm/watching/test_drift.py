"""The alarm of a base that has moved away, raised once, with advice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count, F
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhike.crm.insight import services as insight
from zhike.crm.insight.models import TierAssignment, Version
from zhike.crm.notifications.models import Notification
from zhike.crm.orders.models import Order
from zhike.crm.portfolio import queries as portfolio
from zhike.crm.segments import building
from zhike.crm.segments import queries as segments
from zhike.crm.studio.models import Draft
from zhike.crm.watching import assigned, drift, notices
from zhike.crm.watching.models import Metric, Proposal, SegmentProposal

from .conftest import TODAY, make_segment

pytestmark = pytest.mark.django_db


def test_drift_alarms_once_with_advice_and_what_it_would_move(client, company, measure, monkeypatch):
    monkeypatch.setattr(drift, "ENOUGH", 10)
    measure()
    assert not Notification.objects.filter(kind=notices.TIERS).exists()
    version = Version.objects.get(is_current=True)
    assert all(one.stability.index < 0.25 for one in drift.readings(version))
    # Two in three customers now buy for forty times as much, and the tiers stay as they were fixed.
    grown = [one.pk for one in company.customers if one.pk % 3]
    Order.objects.filter(customer__in=grown).update(revenue=F("revenue") * 40)
    insight.run_now(progress=lambda _text: None)
    measure()
    measure()
    found = {one.code: one for one in drift.readings(version)}
    assert found["amount"].stability.standing == "drifted"
    told = Notification.objects.filter(kind=notices.TIERS)
    assert all(one.params["moved"] == Proposal.objects.get().content["moved"] for one in told)
    assert {one.user for one in told} == {company.people.owner, company.people.analyst}
    assert told.count() == 2
    content = Proposal.objects.get().content
    assert "amount" in content["drifted"]
    assert content["moved"] == content["up"] + content["down"] > 0
    client.force_login(company.people.owner)
    page = client.get(reverse("watching:drift"))
    amount = next(one for one in page.context["advice"]["criteria"] if one["drifted"])
    assert amount["old"] != amount["new"]
    assert b'name="then" value="simulate"' in page.content
    answer = client.post(reverse("studio:create"), {"model": version.model_id, "then": "simulate"})
    draft = Draft.objects.get()
    assert answer.url == reverse("studio:simulate", args=[draft.pk])
    assert draft.simulation


def test_a_model_beside_the_primary_one_is_watched_too(client, company, beside, measure):
    assigned.note(TODAY - timedelta(days=100))
    measure()
    _primary, version = drift.versions_in_force()
    found = {one.code: one for one in drift.readings(version)}
    dimensions = beside.definition["tiers"]["dimensions"]
    assert set(found) == {one["code"] for one in dimensions} | {drift.SCORE}
    assert all(one.stability.index < 0.1 for one in found.values())
    # What scores by value is compared with how the version itself found it.
    assert found["amount"].bins.since == version.as_of
    rows = TierAssignment.objects.filter(model=beside, tier__gt=0).order_by()
    sizes = dict(rows.values_list("tier").annotate(n=Count("pk")))
    measured = {row.ref % 100: row for row in Metric.objects.filter(kind="model", customers__gt=0)}
    assert {tier: row.customers for tier, row in measured.items()} == sizes
    # Everybody was in the same tier 90 days before, so that retention is known.
    assert {tier: (row.watched, row.entered, row.left) for tier, row in measured.items()} == {
        tier: (size, 0, 0) for tier, size in sizes.items()
    }
    owner = company.people.owner
    for tier, size in sizes.items():
        assert portfolio.filtered(owner, QueryDict(f"member=model:{beside.pk}:{tier}")).count() == size
    client.force_login(owner)
    page = client.get(reverse("watching:drift"), {"model": beside.pk})
    assert [active for _pk, _name, active in page.context["models"]] == [False, True]
    over_time = client.get(reverse("watching:page"), {"group": f"model:{beside.pk}:1"}).context["rows"]
    assert [row["group"].ref % 100 for row in over_time] == [1]


def test_a_segment_that_has_grown_is_told_with_the_cutoff_of_its_former_size(
    client, company, measure, monkeypatch
):
    monkeypatch.setattr(drift, "ENOUGH", 5)
    building.refresh()
    owner = company.people.owner
    leaf = {"t": "agg", "source": "order", "fn": "count", "cmp": "gte", "value": 5}
    definition = {"v": 1, "entity": "customer", "root": {"op": "and", "children": [leaf]}}
    now = segments.matching(owner, definition, 0, 100)
    segment = make_segment("常购客户", company.customers[: len(now)], definition=definition)
    then = TODAY - timedelta(days=30)
    Metric.objects.create(
        kind="segment", ref=segment.pk, day=then, version=1, population=60, customers=len(now) // 3
    )
    measure()
    measure()
    told = Notification.objects.filter(kind=notices.SEGMENT, key=f"segment {segment.pk} 1")
    assert {one.user for one in told} == {owner, company.people.analyst}
    [found] = SegmentProposal.objects.get(segment=segment).content["criteria"]
    assert (found["pointer"], found["old"], found["now"]) == ("/root/children/0", 5, len(now))
    assert found["new"] > 5
    proposed = {**definition, "root": {**leaf, "value": found["new"]}}
    assert segments.sizes(owner, {"it": proposed}) == {"it": found["size"]}
    assert abs(found["size"] - len(now) // 3) < len(now) // 3
    client.force_login(owner)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("watching:drift"))
    assert len(asked) <= 15
    [advice] = page.context["cutoffs"]
    assert [row["new"] for row in advice["rows"]] == [found["new"]]
    tried = client.post(reverse("watching:try_cutoff", args=[segment.pk]), {"pointer": found["pointer"]})
    builder = client.get(tried.url)
    assert builder.context["config"]["definition"]["root"]["children"][0]["value"] == found["new"]
    nowhere = client.post(reverse("watching:try_cutoff", args=[segment.pk]), {"pointer": "/root"})
    assert nowhere.status_code == 404


def test_the_first_so_many_do_not_drift_when_the_base_grows(company, measure, monkeypatch):
    monkeypatch.setattr(drift, "ENOUGH", 5)
    root = {"op": "and", "children": []}
    first_ten = {"v": 1, "entity": "customer", "root": root, "limit": {"n": 10, "order": "-net_revenue"}}
    full = make_segment("前十名", company.customers[:10], definition=first_ten)
    fallen = make_segment("曾满十名", company.customers[:4], definition=first_ten)
    for segment in (full, fallen):
        Metric.objects.create(
            kind="segment",
            ref=segment.pk,
            day=TODAY - timedelta(days=30),
            version=1,
            population=20,
            customers=10,
        )
    measure()
    found = {one.ref: one for one in drift.segment_readings()}
    assert (found[full.pk].times or 1) < 0.5
    assert (found[full.pk].standing, found[full.pk].alarms) == ("fixed", False)
    assert (found[fallen.pk].standing, found[fallen.pk].alarms) == ("drifted", True)
    told = Notification.objects.filter(kind=notices.SEGMENT).values_list("key", flat=True)
    assert set(told) == {f"segment {fallen.pk} 1"}
