"""The customer list speaks the language of segments: as filters, and as conditions made of its filters."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.urls import reverse

from zhike.crm.accounts.models import User
from zhike.crm.customers.models import Customer, CustomField
from zhike.crm.insight.models import CustomerScore
from zhike.crm.portfolio import divided, filters
from zhike.crm.portfolio.as_definition import definition_of
from zhike.crm.portfolio.queries import filtered, listing, shown_to, summed
from zhike.crm.portfolio.tables import columns
from zhike.crm.segments import evaluation, services
from zhike.crm.segments.models import Membership, Segment

RICH = {"t": "attr", "field": "net_revenue", "cmp": "gte", "value": "10000.00"}
LATELY = {"t": "attr", "field": "recency_days", "cmp": "lte", "value": 90}


def ids(user, **given) -> set[int]:
    query = QueryDict(mutable=True)
    for name, values in given.items():
        query.setlist(name, [str(one) for one in (values if isinstance(values, list) else [values])])
    return set(filtered(user, query).values_list("pk", flat=True))


def chips_of(user, name: str, value: str) -> list[str]:
    query = QueryDict(mutable=True)
    query[name] = value
    return [str(chip.value) for chip in filters.Bar(query, user, {}).chips()]


@pytest.fixture
def two(published):
    """Two published segments and their members."""
    rich, lately = published("大客户", RICH), published("近期活跃", LATELY)
    evaluation.work([rich.pk, lately.pk])
    members = [
        set(Membership.objects.filter(segment=one, left_at=None).values_list("customer_id", flat=True))
        for one in (rich, lately)
    ]
    assert members[0] - members[1]
    assert members[1] - members[0]
    return rich, lately, *members


def test_the_list_is_narrowed_to_members_and_to_everybody_else(segmented, two):
    rich, lately, of_rich, of_lately = two
    boss = segmented.owner
    everybody = ids(boss)
    assert ids(boss, segment=rich.pk) == of_rich
    assert ids(boss, segment=[rich.pk, lately.pk]) == of_rich | of_lately
    assert ids(boss, not_segment=rich.pk) == everybody - of_rich
    assert ids(boss, not_segment=[rich.pk, lately.pk]) == everybody - of_rich - of_lately
    assert ids(boss, segment=rich.pk, not_segment=lately.pk) == of_rich - of_lately


@pytest.mark.parametrize("few", [0, 20_000])
def test_a_page_and_its_count_are_the_members_however_many_there_are(segmented, two, few, monkeypatch):
    monkeypatch.setattr(divided, "FEW", few)
    rich, _lately, of_rich, _of_lately = two
    query = QueryDict(f"segment={rich.pk}")
    boss = segmented.owner
    page = listing(boss, query, columns(shown_to(boss))).page
    assert {row.pk for row in page.rows} <= of_rich
    assert len(page.rows) == min(50, len(of_rich))
    assert summed(boss, query)[0] == len(of_rich)


def test_unknown_segments_and_those_of_others_show_nobody(segmented, two):
    rich = two[0]
    boss = segmented.owner
    for name in ("segment", "not_segment", "conditions"):
        for value in ("999999", "x", "-1", "9" * 30):
            assert ids(boss, **{name: value}) == set()
    Segment.objects.filter(pk=rich.pk).update(shared=False)
    other = User.objects.create_user("another", "Passw0rd!", role=boss.role)
    for name in ("segment", "not_segment", "conditions"):
        assert ids(other, **{name: rich.pk}) == set()
        assert ids(boss, **{name: rich.pk}) != set()
    statistic = urlencode({"by": "segment", "side": "row", "key": f'"{rich.pk}"'})
    hidden = {"member": f"segment:{rich.pk}", "flow": f"{rich.pk}:in:0:2026-01-01:2026-02-01"}
    for name, value in {**hidden, "statistic": statistic}.items():
        chips = {one: " ".join(chips_of(one, name, value)) for one in (boss, other)}
        assert rich.name in chips[boss]
        assert rich.name not in chips[other]


def test_members_outside_the_row_scope_stay_unseen(segmented, two):
    rich, _lately, of_rich, _of_lately = two
    seller = User.objects.filter(role__code="sales", is_active=True).first()
    mine = set(Customer.objects.visible_to(seller).values_list("pk", flat=True))
    assert ids(seller, segment=rich.pk) == of_rich & mine != of_rich


def test_conditions_act_as_they_are_written_now(segmented, two):
    rich, _lately, of_rich, _of_lately = two
    boss = segmented.owner
    assert ids(boss, conditions=rich.pk) == of_rich
    services.save_segment(
        actor=boss,
        segment=rich,
        definition={"v": 1, "root": {"op": "and", "children": [RICH, LATELY]}},
    )
    assert ids(boss, conditions=rich.pk) == of_rich & ids(boss, conditions=two[1].pk) < of_rich
    assert ids(boss, segment=rich.pk) == of_rich


def test_a_saved_view_keeps_conditions(segmented, two, client):
    client.force_login(segmented.owner)
    query = f"conditions={two[0].pk}&segment={two[1].pk}"
    answer = client.post(reverse("customers:save_view"), {"name": "常看", "query": query})
    assert answer.status_code == 302
    shown = client.get(answer["Location"])
    assert "常看" in shown.content.decode()
    assert {one.value for one in shown.context["chips"]} == {"大客户", "近期活跃"}


def profiled() -> set[int]:
    return set(Customer.objects.filter(deleted_at=None, no_profiling=False).values_list("pk", flat=True))


def asked(segmented, query: str) -> tuple[set[int], set[int], QueryDict]:
    """Who the list shows, whom the conditions made of its filters describe, and what stays behind."""
    boss = segmented.owner
    told = definition_of(QueryDict(query), boss)
    segment = services.create_segment(actor=boss, name=query[:80], definition=told.definition)
    return ids_of(boss, query), ids(boss, conditions=segment.pk), told.left


def ids_of(user, query: str) -> set[int]:
    return set(filtered(user, QueryDict(query)).values_list("pk", flat=True))


def test_filters_become_conditions_that_describe_the_same_customers(segmented):
    score = CustomerScore.objects.order_by("customer_id")
    middle = sorted(score.values_list("net_revenue", flat=True))[len(score) // 2]
    last = sorted(day for day in score.values_list("last_order", flat=True) if day)[len(score) // 2]
    queries = [
        "tier=1",
        "tier=2&tier=3",
        "lifecycle=lost&lifecycle=at_risk&abc=C",
        "r=5&r=4&m=3",
        "kind=company&province=none",
        "gender=female&gender=none",
        "industry=none",
        "tag=母婴",
        f"list={segmented.list.pk}",
        f"net_revenue_min={middle}&last_order_from={last}",
        f"net_revenue_max={middle}&last_order_to={last}",
        "owner=none",
        "churn_min=40",
        "rfm_segment=important_value&rfm_segment=general_win_back",
    ]
    for query in queries:
        shown, described, left = asked(segmented, query)
        assert described == shown & profiled(), query
        assert not left, query


def test_fields_of_ones_own_become_conditions(segmented):
    CustomField.objects.all().delete()
    for key, kind, choices in (
        ("wine", "choice", ["红", "白"]),
        ("vat", "boolean", []),
        ("size2", "number", []),
    ):
        CustomField.objects.create(entity="customer", key=key, label=key, field_type=kind, choices=choices)
    definition = definition_of(
        QueryDict("own_wine=红&own_wine=none&own_vat=true&own_size2.from=3"), segmented.owner
    ).definition
    wine, vat, size = definition["root"]["children"]
    assert [one["cmp"] for one in wine["children"]] == ["in", "unknown"]
    assert (vat["field"], vat["value"]) == ("custom.vat", True)
    assert (size["cmp"], size["value"]) == ("gte", 3.0)


def test_what_has_no_words_stays_behind_by_name(segmented, client):
    told = definition_of(QueryDict("tier=1&q=张&contact=overdue&ids=3"), segmented.owner)
    assert set(told.left) == {"q", "contact", "ids"}
    no_numbers = QueryDict(f"tier=²&list={'9' * 5_000}&not_contacted_days=²")
    assert definition_of(no_numbers, segmented.owner).is_empty
    client.force_login(segmented.owner)
    answer = client.post(reverse("customers:as_segment"), {"query": "tier=1&q=张"}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{reverse('segments:create')}?conditions=list"
    page = answer.content.decode()
    assert "张" in page
    root = answer.context["config"]["definition"]["root"]
    assert [(one["field"], one["value"]) for one in root["children"]] == [("tier", "bronze")]
    alone = client.post(reverse("customers:as_segment"), {"query": "q=张"})
    assert alone["Location"] == f"{reverse('customers:list')}?q=%E5%BC%A0"


def test_segments_become_conditions_too(segmented, two):
    rich, lately, of_rich, of_lately = two
    query = f"segment={rich.pk}&not_segment={lately.pk}"
    shown, described, left = asked(segmented, query)
    assert described == shown == of_rich - of_lately
    assert not left


def test_every_filter_is_either_told_or_named():
    known = {one.name for one in filters.FILTERS}
    assert {divided.IN, divided.OUTSIDE, divided.CONDITIONS} <= known
