"""What each person sees of segments: numbers, moves, reasons, estimates."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.segments.steps import BUYERS, OFTEN, inside, whole
from zhike.analytics.segments import sampling
from zhike.crm.accounts.models import User
from zhike.crm.customers.models import Customer, CustomerShare
from zhike.crm.segments import (
    base,
    building,
    dirty,
    figures,
    plans,
    queries,
    services,
    sizes,
)
from zhike.crm.segments.models import Membership


def test_counts_and_reasons_respect_whose_customers_they_are(segmented):
    seller = segmented.seller
    own = Customer.objects.visible_to(seller)
    everybody = queries.preview(segmented.owner, whole())
    mine = queries.preview(seller, whole())
    profiled = own.filter(no_profiling=False).count()
    assert mine.count == mine.everybody == profiled < everybody.count
    assert set(mine.sample_ids) <= set(own.values_list("pk", flat=True))
    stranger = Customer.objects.filter(deleted_at=None).exclude(pk__in=own.values("pk")).first()
    assert queries.why(seller, whole(BUYERS), stranger.pk) == []
    assert queries.funnel(seller, whole(BUYERS, OFTEN))[0].alone <= profiled


def test_members_are_tallied_for_each_row_scope_and_follow_what_moves(published, segmented, monkeypatch):
    """Sums of few rows say what counting the members says, and nobody's contain the customers of others."""
    segment, seller = published("买过", BUYERS), segmented.seller
    other = User.objects.filter(role__code="sales", is_active=True).exclude(pk=seller.pk).first()
    manager = User.objects.filter(role__scope="team_tree", team=seller.team).first()
    hidden = Customer.objects.get(pk=segmented.unprofiled)
    services.choose(actor=segmented.owner, segment=segment, customer=hidden, choice="include")
    services.evaluate_now()

    def check() -> dict[str, int]:
        segment.refresh_from_db()
        told = {}
        for user in (seller, other, manager, segmented.owner):
            user = User.objects.get(pk=user.pk)
            told[user.username] = sizes.sizes(user, [segment])[segment.pk]
            assert told[user.username] == queries.members(user, segment).count()
        return told

    exact = check()
    monkeypatch.setattr(sizes, "SMALL", 0)
    assert check() == exact
    monkeypatch.setattr(sizes, "FEW", 0)
    assert check() == exact
    assert 0 < exact[seller.username] <= exact[manager.username] < exact["owner"]
    mine = Customer.objects.filter(owner=seller, pk__in=inside(segment)).order_by("pk")
    gone, dead = mine[:2]
    services.choose(actor=segmented.owner, segment=segment, customer=gone, choice="exclude")
    Customer.objects.filter(pk=dead.pk).update(deleted_at=timezone.now())
    dirty.judge([dead.pk], plans.plan())
    assert check()[seller.username] == exact[seller.username] - 2
    services.choose(actor=segmented.owner, segment=segment, customer=gone, choice="include")
    CustomerShare.objects.create(customer=gone, user=other)
    moved = check()
    assert moved[seller.username] == exact[seller.username] - 1
    assert moved[other.username] == exact[other.username] + 1
    services.evaluate_now()
    assert check() == moved


@pytest.mark.parametrize("looks", [(), (1, 3), (50,)])
def test_the_last_moves_are_those_of_ones_own_customers(published, segmented, monkeypatch, looks):
    segment, seller = published("买过", BUYERS), segmented.seller
    services.evaluate_now()
    rows = list(Membership.objects.filter(segment=segment).order_by("pk"))
    for minutes, row in enumerate(rows):
        Membership.objects.filter(pk=row.pk).update(entered_at=row.entered_at - timedelta(minutes=minutes))
    for row in rows[::4]:
        Membership.objects.filter(pk=row.pk).update(left_at=row.entered_at)
    segment.refresh_from_db()
    visible = set(Customer.objects.visible_to(seller).values_list("pk", flat=True))
    mine = [one for one in rows if one.customer_id in visible]
    monkeypatch.setattr(figures, "LOOKS", looks)
    for few in (sizes.FEW, 0):
        monkeypatch.setattr(sizes, "FEW", few)
        found = figures.lately(seller, segment, 5)
        ended = {one.pk for one in rows[::4]}
        assert [one.pk for one in found.open] == [one.pk for one in mine if one.pk not in ended][:5]
        assert {one.pk for one in found.ended} <= {one.pk for one in mine} & ended
        assert len(found.ended) == min(5, len({one.pk for one in mine} & ended))


def test_the_funnel_and_the_reasons_tell_the_same_story(segmented):
    definition = whole(BUYERS, OFTEN)
    first, second = queries.funnel(segmented.owner, definition)
    found = queries.preview(segmented.owner, definition)
    assert first.left >= second.left == found.count
    truths = queries.why(segmented.owner, definition, found.sample_ids[0])
    assert [one.holds for one in truths] == [True, True]
    assert [one.pointer for one in truths] == ["/root/children/0", "/root/children/1"]


def test_many_customers_are_estimated_from_a_sample_where_rows_are_asked(segmented, monkeypatch, tmp_path):
    rows = {"t": "agg", "source": "order", "fn": "count", "cmp": "gte", "value": 3}
    columns = whole({"t": "attr", "field": "recency_days", "cmp": "gte", "value": 30}, BUYERS)
    exact, counted = (queries.preview(segmented.owner, one) for one in (whole(rows), columns))
    monkeypatch.setattr(building, "EXACT", 50)
    monkeypatch.setattr(queries, "EXACT", 50)
    monkeypatch.setattr(sampling, "ASKED", 40)
    monkeypatch.setattr(base, "directory", lambda: tmp_path)
    building.build()
    found = queries.preview(segmented.owner, whole(rows))
    assert found.sampled
    assert found.low <= exact.count <= found.high
    assert found.everybody == exact.everybody
    assert queries.preview(segmented.owner, whole(rows), exact=True).count == exact.count
    again = queries.preview(segmented.owner, columns)
    assert (again.sampled, again.count, again.everybody) == (False, counted.count, counted.everybody)
    assert len(set(again.sample_ids)) == len(counted.sample_ids) > 0
