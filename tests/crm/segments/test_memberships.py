"""Who is in a segment, since when and why: choices by hand, history, broken ones, changed customers."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db.models import F
from django.utils import timezone

from crm.segments.steps import BUYERS, EVERYBODY, OFTEN, asks, inside, never, whole
from factories import make_order
from zhike.analytics.problems import SettingsError
from zhike.crm.customers.models import Customer, CustomerList, ListMember, Tag
from zhike.crm.insight import events
from zhike.crm.insight.models import CustomerScore
from zhike.crm.segments import (
    base,
    definitions,
    dirty,
    evaluation,
    plans,
    queries,
    services,
    signals,
)
from zhike.crm.segments.choices import Reason, RunState
from zhike.crm.segments.models import Evaluation, Membership, Segment, SegmentVersion
from zhike.platform import changes
from zhike.platform.errors import DomainError, NotAllowed


@pytest.fixture
def told(monkeypatch):
    """What whoever listens is told."""
    heard: list[signals.Moved] = []
    monkeypatch.setattr(signals, "SUBSCRIBERS", [heard.extend])
    return heard


def test_entering_and_leaving_is_written_once_and_told_once(published, told):
    segment = published("常客", OFTEN)
    services.evaluate_now()
    members = inside(segment)
    assert members
    assert {move.customer_id for move in told if move.entered} == members
    assert len(told) == len(members)
    told.clear()
    services.evaluate_now()
    assert told == []
    segment.refresh_from_db()
    assert (segment.members, segment.as_of, segment.problem) == (len(members), base.as_of(), {})
    row = Evaluation.objects.filter(segment=segment).last()
    assert (row.state, row.entered, row.left) == (RunState.DONE, len(members), 0)


def test_a_segment_of_a_segment_is_evaluated_after_it(published):
    first = published("买过", BUYERS)
    second = published("买过而不常来", asks(first), {"op": "not", "child": OFTEN})
    often = published("常客", OFTEN)
    services.evaluate_now()
    assert inside(second) == inside(first) - inside(often)


def test_a_new_version_of_a_segment_reaches_those_that_ask_for_it(published, segmented):
    first = published("基础", BUYERS)
    second = published("引用", asks(first))
    services.evaluate_now()
    services.save_segment(actor=segmented.owner, segment=first, definition=whole(OFTEN))
    services.publish(actor=segmented.owner, segment=first)
    services.evaluate_now([first])
    assert inside(second) == inside(first)
    assert list(first.versions.values_list("number", flat=True)) == [2, 1]


def test_a_segment_deleted_while_it_is_judged_gets_no_members(published, segmented):
    kept, gone = published("常客", OFTEN), published("买过", BUYERS)
    chosen, number = plans.plan(), gone.pk
    services.delete(actor=segmented.owner, segment=gone)
    everybody = list(Customer.objects.values_list("pk", flat=True))
    assert dirty.judge(everybody, chosen) == len(everybody)
    assert inside(kept)
    assert not Membership.objects.filter(segment_id=number).exists()


def test_segments_cannot_ask_for_each_other(published, segmented):
    first = published("甲", BUYERS)
    second = published("乙", asks(first))
    with pytest.raises(SettingsError) as caught:
        services.save_segment(actor=segmented.owner, segment=first, definition=whole(BUYERS, asks(second)))
    (problem,) = caught.value.problems
    assert (problem.field, problem.code) == ("/root/children/1/id", "cycle")
    assert "甲" in problem.words.zh


def test_a_broken_segment_says_why_keeps_its_members_and_leaves_the_others_alone(published):
    good, bad = published("好的", OFTEN), published("坏的", BUYERS)
    services.evaluate_now()
    members = inside(bad)
    unreadable = whole({"t": "weather", "is": "fine"})
    SegmentVersion.objects.filter(pk=bad.version_id).update(definition=unreadable)
    newer = published("新的", {"op": "not", "child": OFTEN})
    assert services.evaluate_now()["broken"] == 1
    bad.refresh_from_db()
    assert bad.problem["code"] == "kind"
    assert "weather" in bad.problem["zh"]
    assert inside(bad) == members
    assert inside(newer)
    assert inside(newer).isdisjoint(inside(good))
    assert Evaluation.objects.filter(segment=bad).first().state == RunState.FAILED


def test_a_segment_that_the_engine_refuses_stands_alone_too(published, monkeypatch):
    good, bad = published("好的", OFTEN), published("坏的", BUYERS)
    compile_all = evaluation.truths

    def truths(roots, *more):
        roots = list(roots)
        query = compile_all(roots, *more)
        return query.__class__(query.text.replace("frequency", "no_such_column"), query.params)

    monkeypatch.setattr(evaluation, "truths", truths)
    ask_alone = evaluation.members

    def members(definition, *more):
        query = ask_alone(definition, *more)
        broken = definition.source == bad.version.definition
        return query.__class__(
            query.text.replace("frequency", "nothing") if broken else query.text, query.params
        )

    monkeypatch.setattr(evaluation, "members", members)
    services.evaluate_now()
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.members > 0
    assert good.problem == {}
    assert bad.problem["code"] == "failed"


def test_what_somebody_chose_by_hand_goes_before_the_conditions(published, segmented, told):
    segment = published("常客", OFTEN)
    services.evaluate_now()
    member = Customer.objects.get(pk=min(inside(segment)))
    stranger = Customer.objects.filter(deleted_at=None).exclude(pk__in=inside(segment)).first()
    told.clear()
    by = segmented.owner
    services.choose(actor=by, segment=segment, customer=member, choice="exclude", reason="要求退出")
    services.choose(actor=by, segment=segment, customer=stranger, choice="include")
    assert member.pk not in inside(segment)
    assert [(move.customer_id, move.entered) for move in told] == [(member.pk, False), (stranger.pk, True)]
    row = Membership.objects.get(segment=segment, customer=stranger, left_at=None)
    assert row.reason == Reason.BY_HAND
    row.delete()
    Segment.objects.filter(pk=segment.pk).update(members=F("members") - 1)
    services.evaluate_now()
    assert Membership.objects.get(segment=segment, customer=stranger).reason == Reason.BY_HAND
    assert member.pk not in inside(segment)
    services.choose(actor=by, segment=segment, customer=stranger, choice=None)
    services.choose(actor=by, segment=segment, customer=member, choice=None)
    assert stranger.pk not in inside(segment)
    assert member.pk in inside(segment)


def test_who_is_never_in_stays_in_where_the_definition_ignores_it(published, segmented):
    segment = published("不理会", OFTEN, exclude_manual=False)
    services.evaluate_now()
    members = inside(segment)
    member = Customer.objects.get(pk=min(members))
    services.choose(actor=segmented.owner, segment=segment, customer=member, choice="exclude")
    dirty.judge([member.pk], plans.plan())
    assert inside(segment) == members
    services.evaluate_now()
    assert inside(segment) == members


def test_a_limit_takes_the_best_and_nobody_takes_the_place_of_who_is_never_in(published, segmented):
    segment = published("前五", limit={"n": 5, "order": "-net_revenue"})
    services.evaluate_now()
    best = [
        pk
        for (pk,) in base.reader().query("SELECT customer_id FROM people ORDER BY net_revenue DESC LIMIT 6")
    ]
    assert inside(segment) == set(best[:5])
    never = Customer.objects.get(pk=best[0])
    services.choose(actor=segmented.owner, segment=segment, customer=never, choice="exclude")
    services.evaluate_now()
    assert inside(segment) == set(best[1:])
    # A customer alone cannot be ranked: what changes in between waits for the evaluation of everybody.
    changes.advance(dirty.CONSUMER, changes.safe_position())
    someone = Customer.objects.filter(deleted_at=None, no_profiling=False).exclude(pk__in=best).first()
    someone.tags.add(Tag.objects.create(name="重点"))
    dirty.look(never)
    assert inside(segment) == set(best[1:])


def test_the_best_have_their_places_also_when_they_have_changed_since_the_base_was_built(
    published, segmented
):
    segment = published("前五", limit={"n": 5, "order": "-net_revenue"})
    best = base.reader().query("SELECT customer_id FROM people ORDER BY net_revenue DESC LIMIT 5")
    for (pk,) in best[:3]:
        Customer.objects.get(pk=pk).tags.add(Tag.objects.get_or_create(name="重点")[0])
    services.evaluate_now([segment])
    assert inside(segment) == {pk for (pk,) in best}


def test_a_choice_made_while_the_best_are_being_written_holds(published, segmented, monkeypatch):
    segment = published("前五", limit={"n": 5, "order": "-net_revenue"})
    ((best,),) = base.reader().query("SELECT customer_id FROM people ORDER BY net_revenue DESC LIMIT 1")
    difference = evaluation._difference

    def choosing(*given):
        customer = Customer.objects.get(pk=best)
        services.choose(actor=segmented.owner, segment=segment, customer=customer, choice="exclude")
        return difference(*given)

    monkeypatch.setattr(evaluation, "_difference", choosing)
    services.evaluate_now([segment])
    assert best not in inside(segment)


def test_members_of_a_past_day_are_those_of_its_close(published, segmented):
    segment = published("常客", OFTEN)
    services.evaluate_now()
    someone = min(inside(segment))
    now = timezone.now()
    Membership.objects.filter(segment=segment).update(entered_at=now - timedelta(days=20))
    Membership.objects.filter(segment=segment, customer_id=someone).update(left_at=now - timedelta(days=5))
    today = date.today()

    def on(day: date) -> set[int]:
        return set(queries.members(segmented.owner, segment, day).values_list("pk", flat=True))

    assert someone in on(today - timedelta(days=10))
    assert someone not in on(today - timedelta(days=2))
    assert not on(today - timedelta(days=30))
    assert on(today) == set(queries.members(segmented.owner, segment).values_list("pk", flat=True))


def test_an_order_makes_a_customer_enter_at_the_next_look(published, segmented, told):
    services_of = {
        "t": "agg",
        "source": "order",
        "fn": "count",
        "cmp": "gte",
        "value": 3,
        "window": {"last": 7, "unit": "day"},
    }
    segment = published("近期三单", services_of)
    services.evaluate_now()
    position = changes.safe_position()
    for consumer in (
        events.CONSUMER,
        "predictions",
        *(f"segments.{one}" for one in (events.CONSUMER, "predictions")),
        "segments",
    ):
        changes.advance(consumer, position)
    customer = (
        Customer.objects.filter(pk__in=CustomerScore.objects.values("pk"))
        .exclude(pk__in=inside(segment))
        .first()
    )
    told.clear()
    orders = [make_order(customer, date.today(), 500) for _order in range(3)]
    events.Pump(mark=position).look()
    assert dirty.look(never) == 1
    assert customer.pk in inside(segment)
    assert [(move.customer_id, move.entered) for move in told] == [(customer.pk, True)]
    # The older base does not take the newer membership away again.
    services.evaluate_now()
    assert customer.pk in inside(segment)
    for order in orders:
        order.delete()
    events.Pump(mark=position).look()
    dirty.look(never)
    assert customer.pk not in inside(segment)


def test_tags_and_lists_are_seen_without_any_analysis(published, segmented):
    tagged = published("有标签", {"t": "attr", "field": "tags", "cmp": "contains_any", "value": ["重点"]})
    listed = published("在名单", {"t": "list", "id": segmented.list.pk})
    asking = published("有标签者", asks(tagged))
    services.evaluate_now()
    changes.advance(dirty.CONSUMER, changes.safe_position())
    customer = (
        Customer.objects.filter(deleted_at=None, no_profiling=False).exclude(pk__in=inside(listed)).first()
    )
    customer.tags.add(Tag.objects.create(name="重点"))
    ListMember.objects.create(list=segmented.list, customer=customer)
    dirty.look(never)
    assert inside(tagged) == inside(asking) == {customer.pk}
    assert customer.pk in inside(listed)


def test_a_flood_of_changes_is_left_to_the_evaluation_of_everybody(published, segmented, monkeypatch):
    tagged = published("有标签", {"t": "attr", "field": "tags", "cmp": "contains_any", "value": ["重点"]})
    services.evaluate_now()
    changes.advance(dirty.CONSUMER, changes.safe_position())
    customer = Customer.objects.filter(deleted_at=None, no_profiling=False).first()
    customer.tags.add(Tag.objects.create(name="重点"))
    monkeypatch.setattr(dirty, "MANY", 0)
    monkeypatch.setattr(dirty, "PART", 1)
    assert dirty.look(lambda: False) == 0
    asked = []
    for _look in range(2):
        assert dirty.look(lambda: not asked.append(1)) == 0
    assert (asked, inside(tagged)) == ([1], set())
    services.evaluate_now()
    assert inside(tagged) == {customer.pk}


def test_a_deleted_customer_leaves(published, segmented):
    segment = published("所有人", EVERYBODY)
    services.evaluate_now()
    customer = Customer.objects.get(pk=min(inside(segment)))
    Customer.objects.filter(pk=customer.pk).update(deleted_at=timezone.now())
    from zhike.crm.segments import plans

    dirty.judge([customer.pk], plans.plan())
    assert customer.pk not in inside(segment)


def test_who_may_not_edit_segments_changes_nothing(published, segmented):
    segment = published("常客", OFTEN)
    seller = segmented.seller
    for verb in (services.publish, services.archive, services.delete, services.duplicate):
        with pytest.raises(NotAllowed):
            verb(actor=seller, segment=segment)


def test_a_segment_that_others_ask_for_is_not_deleted(published, segmented):
    first = published("基础", BUYERS)
    second = published("引用", asks(first))
    assert queries.where_used(first) == [second]
    with pytest.raises(DomainError) as caught:
        services.delete(actor=segmented.owner, segment=first)
    assert "引用" in str(caught.value)
    services.evaluate_now()
    services.delete(actor=segmented.owner, segment=second)
    services.delete(actor=segmented.owner, segment=first)
    assert not Membership.objects.exists()


def test_a_list_of_somebody_else_cannot_be_asked_for(segmented):
    private = CustomerList.objects.create(name="私有", owner=segmented.seller)
    with pytest.raises(SettingsError) as caught:
        services.create_segment(
            actor=segmented.owner, name="x", definition=whole({"t": "list", "id": private.pk})
        )
    assert caught.value.problems[0].field == "/root/children/0/id"


def test_a_copy_is_a_draft_of_its_own(published, segmented):
    segment = published("常客", OFTEN)
    copy = services.duplicate(actor=segmented.owner, segment=segment)
    again = services.duplicate(actor=segmented.owner, segment=segment)
    assert len({segment.name, copy.name, again.name}) == 3
    assert copy.definition == segment.definition
    assert (copy.state, copy.version) == ("draft", None)


#: As the first release stored it, when tiers still went by rank; it must load for ever.
STORED = {
    "v": 1,
    "entity": "customer",
    "root": {
        "op": "and",
        "children": [
            {"op": "or", "children": [
                {"t": "attr", "field": "region", "cmp": "in", "value": ["31", "33"]},
                {"t": "attr", "field": "tags", "cmp": "contains_any", "value": ["不再存在的标签"], "missing": "exclude"},
                {"t": "attr", "field": "owner", "cmp": "eq", "value": "999999"},
            ]},
            {"t": "agg", "source": "order", "fn": "sum", "of": "net", "cmp": "between", "value": ["0", "9000000.00"],
             "window": {"last": 2, "unit": "year"}, "where": {"t": "attr", "field": "revenue", "cmp": "gt", "value": "1"}},
            {"t": "recency", "source": "contact", "which": "last", "cmp": "lt", "value": 999, "unit": "week"},
            {"t": "score", "model": "churn", "output": "probability", "cmp": "unknown", "max_age_days": 7},
            {"op": "not", "child": {"t": "change", "of": {"model": "tier"}, "from": ["4"], "to": ["3"], "window": {"from": "2026-01-01"}}},
            {"op": "not", "child": {"t": "anniversary", "field": "birthday", "calendar": "auto", "within_days": [0, 7]}},
            {"t": "bucket", "salt": "exp-2026-11", "from": 0, "to": 9900},
        ],
    },
    "limit": {"n": 1000, "order": "-net_revenue"},
    "exclude_manual": True,
}  # fmt: skip


def test_a_definition_of_the_first_release_loads_and_is_evaluated(segmented, published):
    segment = published("旧版本")
    SegmentVersion.objects.filter(pk=segment.version_id).update(definition=STORED)
    import_module("zhike.crm.segments.migrations.0005_conditions_by_code").translate(apps, None)
    assert services.evaluate_now()["broken"] == 0
    kept = SegmentVersion.objects.get(pk=segment.version_id)
    assert kept.sha256 == definitions.sha256(kept.definition)
    assert "由 钻石变为 黄金" in queries.say(kept.definition, "zh")
