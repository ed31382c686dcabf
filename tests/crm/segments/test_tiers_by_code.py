"""A condition that names a tier keeps its meaning when a version adds, drops or reorders tiers."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from zhike.analytics.problems import SettingsError
from zhike.crm.customers.models import Customer
from zhike.crm.insight import labels, ranks, versions
from zhike.crm.insight.models import CustomerScore, Run, TierHistory, Version
from zhike.crm.portfolio import filters
from zhike.crm.segments import base, building, offer, queries, services
from zhike.crm.segments.definitions import read_for
from zhike.crm.segments.migrations._conditions import of_address, translated
from zhike.crm.segments.models import Segment
from zhike.platform.models import SavedView

pytestmark = pytest.mark.django_db
PLATINUM = {"code": "platinum", "name": {"en": "Platinum", "zh": "铂金"}, "color": "cyan", "share": 0.1}
CODES = ("bronze", "silver", "gold", "diamond")


def tier(cmp: str, value: object) -> dict:
    return {"t": "attr", "field": "tier", "cmp": cmp, "value": value}


def moved(before: list[str], after: list[str]) -> dict:
    return {"t": "change", "of": "tier", "from": before, "to": after}


def whole(*conditions: dict) -> dict:
    return {"v": 1, "entity": "customer", "root": {"op": "and", "children": list(conditions)}}


def matched(user, *conditions: dict) -> set[int]:
    return set(queries.matching(user, whole(*conditions), 0, 1_000))


def with_tiers(change) -> Version:
    """A new version in force whose tiers were changed; nobody is evaluated with it yet."""
    current = versions.current()
    data = copy.deepcopy(Version.objects.get(pk=current.pk).calibration)
    change(data["settings"]["tiers"]["tiers"])
    Version.objects.filter(pk=current.pk).update(is_current=False)
    number = current.number + 1
    return Version.objects.create(
        model=current.model, number=number, calibration=data, as_of=current.as_of, is_current=True
    )


def insert_platinum(tiers: list[dict]) -> None:
    tiers.insert(3, dict(PLATINUM))


def give(version: Version, rank_of: dict[str, int]) -> None:
    """Evaluate everybody with the version, as a run does: whoever had a tier has it again under its rank."""
    before = ranks.now().codes
    for rank, code in reversed(list(enumerate(before))):
        rows = CustomerScore.objects.filter(tier=rank).exclude(version=version)
        rows.update(tier=rank_of.get(code, 0), version=version)
    Run.objects.create(as_of=version.as_of, version=version, finished_at=timezone.now())


RANKS = {"none": 0, "bronze": 1, "silver": 2, "gold": 3, "platinum": 4, "diamond": 5}


def test_an_inserted_tier_leaves_conditions_what_they_meant(segmented):
    user = segmented.owner
    asked = {
        "gold and above": tier("gte", "gold"),
        "below diamond": tier("lt", "diamond"),
        "diamond": tier("eq", "diamond"),
        "between": tier("between", ["silver", "diamond"]),
        "not in": tier("not_in", ["gold", "bronze"]),
    }
    before = {name: matched(user, one) for name, one in asked.items()}
    assert all(before.values())
    listed = dict(CustomerScore.objects.values_list("customer_id", "tier"))
    assert before["gold and above"] == {pk for pk, rank in listed.items() if rank >= 3}
    version = with_tiers(insert_platinum)
    # While everybody is still evaluated: old ranks, old names, from the base and from the rows.
    assert labels.tier_names()[4] == labels.say(ranks.now().tier("diamond").name)
    assert {name: matched(user, one) for name, one in asked.items()} == before
    one = next(iter(before["diamond"]))
    assert [truth.holds for truth in queries.why(user, whole(asked["gold and above"]), one)] == [True]
    # Half of them have the new version: the list finds both, and names each by its own.
    CustomerScore.objects.filter(customer_id=one).update(tier=5, version=version)
    assert [truth.holds for truth in queries.why(user, whole(asked["diamond"]), one)] == [True]
    rows = Customer.objects.visible_to(user)
    shown = filters.apply(rows, QueryDict("tier=diamond"), user)
    assert set(shown.values_list("pk", flat=True)) & before["diamond"] == before["diamond"]
    assert labels.names_given()(5, version.pk) == labels.names_given()(4, None)
    give(version, RANKS)
    building.build()
    assert labels.tier_names()[5] == labels.say(ranks.now().tier("diamond").name)
    assert {name: matched(user, one) for name, one in asked.items()} == before
    assert matched(user, tier("eq", "platinum")) == set()


def test_a_dropped_tier_breaks_what_names_it_and_says_so(segmented, published, client):
    other, gold = published("其他", tier("gte", "silver")), published("黄金客户", tier("gte", "gold"))
    services.evaluate_now()
    members = Segment.objects.get(pk=gold.pk).members
    assert members
    version = with_tiers(lambda tiers: tiers.pop(2))
    give(version, {"none": 0, "bronze": 1, "silver": 2, "gold": 2, "diamond": 3})
    building.build()
    assert services.evaluate_now()["broken"] == 1
    gold.refresh_from_db()
    assert gold.members == members
    assert gold.problem["zh"] == "客户等级“黄金”已不存在，请改选：未定级、青铜、白银、钻石。"
    assert gold.problem["en"].startswith("Tier “Gold” no longer exists. Choose one of: No tier, Bronze,")
    other.refresh_from_db()
    assert not other.problem
    client.force_login(segmented.owner)
    with override("zh-hans"):
        page = client.get(reverse("segments:detail", args=[gold.pk])).content.decode()
    assert "黄金" in page
    assert "已不存在" in page
    rows = filters.apply(Customer.objects.all(), QueryDict("tier=gold"), segmented.owner)
    assert not rows.exists()
    listed = client.get(reverse("customers:list") + "?tier=gold").content.decode()
    assert "已不存在" in listed


def test_a_past_change_keeps_its_meaning(segmented):
    """Spans carry rank and version; the same tier under another rank is no change, another tier is one."""
    profiled = CustomerScore.objects.exclude(pk=segmented.unprofiled).order_by("pk")
    user, pks = segmented.owner, list(profiled.values_list("pk", flat=True)[:4])
    old = versions.current()
    version = with_tiers(insert_platinum)
    day = old.as_of - timedelta(days=400)
    steps = [((3, old), (4, old)), ((4, old), (5, version)), ((4, old), (4, version)), ((3, None), (4, None))]
    TierHistory.objects.filter(customer_id__in=pks).delete()
    for pk, spans in zip(pks, steps, strict=True):
        for n, (rank, one) in enumerate(spans):
            began = day + timedelta(days=n)
            ended = None if n else day + timedelta(days=1)
            TierHistory.objects.create(
                customer_id=pk,
                tier=rank,
                version=one,
                valid_from=began,
                valid_to=ended,
                changed_at=timezone.now(),
            )
    building.build()
    window = {
        "window": {"from": (day - timedelta(days=9)).isoformat(), "to": (day + timedelta(days=9)).isoformat()}
    }
    risen = moved(["gold"], ["diamond"]) | window
    # Without a version the rank is read as pages read it.
    assert matched(user, risen) == {pks[0], pks[3]}
    assert matched(user, moved([], []) | window) & set(pks) == {pks[0], pks[2], pks[3]}
    assert matched(user, moved(["diamond"], ["platinum"]) | window) == {pks[2]}


def test_a_change_may_ask_for_what_is_no_tier_any_more(segmented):
    version = with_tiers(lambda tiers: tiers.pop(2))
    give(version, {"none": 0, "bronze": 1, "silver": 2, "gold": 2, "diamond": 3})
    read_for(segmented.owner, whole(moved(["gold"], ["diamond"])))
    assert "黄金（已停用）" in queries.say(whole(moved(["gold"], [])), "zh")
    found = base.catalogue(segmented.owner)
    naming = offer.catalogue(found, segmented.owner, definition=whole(tier("eq", "gold")))
    others = offer.catalogue(found, segmented.owner, definition=whole(tier("eq", "silver")))
    offered = [
        [code for field in one["fields"] if field["name"] == "tier" for code, _name in field["choices"]]
        for one in (naming, others)
    ]
    assert offered == [
        ["none", "bronze", "silver", "diamond", "gold"],
        ["none", "bronze", "silver", "diamond"],
    ]


@pytest.mark.parametrize("value", [4, "4", "gold "])
def test_a_rank_is_refused_by_place_with_the_codes(segmented, value):
    with pytest.raises(SettingsError) as caught:
        read_for(segmented.owner, whole(tier("gte", value)))
    (problem,) = caught.value.problems
    assert problem.field == "/root/children/0/value"
    assert problem.words.en == "Must be one of: none, bronze, silver, gold, diamond."


def test_definitions_and_views_saved_by_rank_are_translated(segmented):
    by_rank = whole(tier("gte", 3), {"op": "not", "child": tier("in", [0, 4])}, moved(["4"], ["3", "0"]))
    by_code = whole(
        tier("gte", "gold"),
        {"op": "not", "child": tier("in", ["none", "diamond"])},
        moved(["diamond"], ["gold", "none"]),
    )
    draft = Segment.objects.create(name="旧草稿", definition=by_rank, owner=segmented.owner)
    view = SavedView.objects.create(
        owner=segmented.owner, entity="customer", name="旧视图", query="tier=4&tier=3&q=%E5%BC%A0&r=4"
    )
    for _time in range(2):
        import_module("zhike.crm.segments.migrations.0005_conditions_by_code").translate(apps, None)
        draft.refresh_from_db()
        view.refresh_from_db()
        assert draft.definition == by_code
        assert view.query == "tier=diamond&tier=gold&q=%E5%BC%A0&r=4"
    read_for(segmented.owner, draft.definition)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (tier("gt", 2.5), tier("in", ["gold", "diamond"])),
        (tier("lte", 9), tier("in", ["none", *CODES])),
        (tier("gt", 7), {"op": "or", "children": []}),
        (tier("known", 1), tier("known", 1)),
        (tier("between", [2, 9]), tier("in", ["silver", "gold", "diamond"])),
    ],
)
def test_numbers_that_were_no_ranks_keep_whom_they_meant(before, after):
    assert translated(before, CODES) == after


def test_an_address_without_tiers_stays():
    assert of_address("q=a+b&r=4", CODES) == "q=a+b&r=4"


def test_the_history_notices_another_tier_of_the_same_rank(segmented):
    from zhike.crm.insight import history

    score = CustomerScore.objects.filter(tier=4).first()
    old = versions.current()
    version = with_tiers(insert_platinum)
    TierHistory.objects.filter(customer_id=score.pk).delete()
    began = old.as_of - timedelta(days=9)
    TierHistory.objects.create(
        customer_id=score.pk, tier=4, version=old, valid_from=began, changed_at=timezone.now()
    )
    changes: list = []
    day = date.fromisoformat(str(old.as_of))
    history.extend(history.TIERS, {score.pk: 4}, day, timezone.now(), {score.pk: (90.0, version.pk)}, changes)
    spans = TierHistory.objects.filter(customer_id=score.pk).order_by("valid_from")
    assert [(one.tier, one.version_id) for one in spans] == [(4, old.pk), (4, version.pk)]
    assert [(one.before, one.after) for one in changes] == [(4, 4)]
