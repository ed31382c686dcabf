"""From a draft to a tier model in force: exactly what the simulation said, with four eyes, and back again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from zhike.crm.accounts.models import User
from zhike.crm.followups import services as followups
from zhike.crm.followups.policies import Policy, policies
from zhike.crm.insight import deciding, versions
from zhike.crm.insight import services as insight
from zhike.crm.insight.choices import Came
from zhike.crm.insight.errors import DefinitionError
from zhike.crm.insight.models import Activation, CustomerScore, TierModel, Version
from zhike.crm.notifications.models import Notification
from zhike.crm.orders.models import Order
from zhike.crm.strategy import queries as strategy_queries
from zhike.crm.strategy import services as strategies
from zhike.crm.strategy.queries import Given, Strategy
from zhike.crm.studio import queries, services, simulation
from zhike.crm.studio.choices import DraftState
from zhike.crm.studio.errors import NotSimulatedError, SecondPersonError, WrongStateError
from zhike.crm.studio.outcome import outcome
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import AuditEvent, Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(analysed, people, definition):
    model = versions.ensure_default_model()
    found = services.create_draft(people.analyst, model=model)
    return services.save_draft(people.analyst, found, definition=definition, note="三个等级就够了")


def simulated(actor, draft):
    services.simulate(actor, draft)
    draft.refresh_from_db()
    return draft


def tiers_now() -> dict[int, tuple[int, float]]:
    rows = CustomerScore.objects.values_list("customer_id", "tier", "tier_score")
    return {customer: (tier, score) for customer, tier, score in rows}


SCALES = {
    "breaks": {"transform": "linear", "low": 0, "high": 300_000_000},
    "share": {"transform": "log", "low": 1_000_000, "high": None},
    "value": {"transform": "steps", "steps": [[0, 0], [40_000_000, 40], [200_000_000, 100]]},
}


@pytest.mark.parametrize("cut", SCALES)
def test_what_the_simulation_says_is_what_publishing_does(
    draft, people, boss, finish, definition, analysed, cut
):
    """Customer by customer, for each way to cut; also for whom a person decided."""
    decision = {"tier": 1, "reason": "待核实", "expires_on": date.today() + timedelta(days=9)}
    deciding.override_tier(people.owner, analysed[-1], **decision)
    definition["tiers"]["cut"] = cut
    definition["tiers"]["dimensions"][0] |= {"low": None, "high": None, **SCALES[cut]}
    draft = services.save_draft(people.analyst, draft, definition=definition)
    before = tiers_now()
    draft = simulated(people.analyst, draft)
    rows = simulation.reader(draft.pk).query("SELECT customer_id, before, after, score_after FROM moves")
    assert {customer: tier for customer, tier, *_rest in rows} == {c: t for c, (t, _s) in before.items()}
    services.submit(people.analyst, draft)
    services.approve(boss, draft)
    finish()
    assert tiers_now() == {customer: (after, score) for customer, _before, after, score in rows} != before
    told = queries.simulated(draft)
    counts = {side.rank: side.customers for side in told.after}
    assert counts == {rank: sum(t == rank for t, _s in tiers_now().values()) for rank in (1, 2, 3)}
    assert sum(flow.customers for flow in told.flows) == told.customers == 30


def test_whom_the_grace_period_holds_is_held_alike(analysed, people, boss, finish, full_run):
    """The tiers stay as they are, other settings change: whoever was higher yesterday keeps the tier."""
    held = CustomerScore.objects.filter(tier=2).update(opening_tier=4)
    full_run()
    before = tiers_now()
    draft = services.create_draft(people.analyst, model=versions.ensure_default_model())
    definition = {**draft.definition, "abc": {**draft.definition["abc"], "a_share": 0.7}}
    draft = simulated(people.analyst, services.save_draft(people.analyst, draft, definition=definition))
    told = queries.simulated(draft)
    assert (told.pending, told.moved) == (held, 0) != (0, 0)
    services.submit(people.analyst, draft, note="A 类收紧")
    services.approve(boss, draft)
    finish()
    assert tiers_now() == before
    assert CustomerScore.objects.filter(pending_since__isnull=False).count() == held


def test_unchanged_rules_are_fixed_on_the_customers_of_the_day_as_simulated(
    analysed, people, boss, finish, full_run
):
    Order.objects.filter(customer__in=analysed[:15]).update(revenue=90_000)
    full_run()
    before = tiers_now()
    draft = simulated(
        people.analyst, services.create_draft(people.analyst, model=versions.ensure_default_model())
    )
    assert queries.simulated(draft).moved > 0
    rows = simulation.reader(draft.pk).query("SELECT customer_id, after, score_after FROM moves")
    services.submit(people.analyst, draft, note="按今天的客户重新划线")
    services.approve(boss, draft)
    finish()
    assert tiers_now() == {customer: (after, score) for customer, after, score in rows} != before
    newest = queries.activations(versions.ensure_default_model())[0]
    told = (newest.version.number, newest.came, newest.approved_by, newest.note)
    assert told == (2, Came.PUBLISHED, boss, "按今天的客户重新划线")


def test_the_totals_add_up_and_unknown_margins_are_told(draft, people):
    found = queries.simulated(simulated(people.analyst, draft))
    assert sum(s.customers for s in found.before) == sum(s.customers for s in found.after) == 30
    assert sum(s.revenue for s in found.before) == sum(s.revenue for s in found.after)
    assert sum(s.margin_unknown for s in found.after) == 15
    assert found.moved == found.up + found.down > 0
    assert 0 < found.fit <= 1
    assert found.cost_before == found.cost_after is None or found.cost_after is not None


def test_those_who_move_can_be_listed_within_the_row_scope(draft, people):
    draft = simulated(people.analyst, draft)
    flows = queries.simulated(draft).flows
    flow = next(one for one in flows if one.before != one.after)
    page = queries.moved(people.owner, draft, before=flow.before, after=flow.after)
    assert page.total == flow.customers == len(page.rows)
    assert all((one.before, one.after) == (flow.before, flow.after) for one in page.rows)
    assert queries.moved(people.sales_east, draft).total == 0


def test_without_a_simulation_of_exactly_this_draft_nothing_is_handed_in(draft, people, definition):
    with pytest.raises(NotSimulatedError):
        services.submit(people.analyst, draft)
    draft = simulated(people.analyst, draft)
    definition["tiers"]["grace_days"] = 7
    draft = services.save_draft(people.analyst, draft, definition=definition)
    assert queries.simulated(draft) is None
    with pytest.raises(NotSimulatedError):
        services.submit(people.analyst, draft)


def test_the_author_does_not_approve(draft, people, boss):
    draft = simulated(people.owner, draft)
    services.submit(people.owner, draft)
    draft.refresh_from_db()
    assert not services.may_approve(people.owner, draft)
    with pytest.raises(SecondPersonError):
        services.approve(people.owner, draft)
    with pytest.raises(NotAllowed):
        services.approve(people.analyst, draft)
    assert services.may_approve(boss, draft)
    assert Notification.objects.filter(user=boss, kind="tiers.draft_waiting").count() == 1


def test_who_is_alone_publishes_and_the_audit_says_so(draft, people):
    draft = simulated(people.owner, draft)
    services.submit(people.owner, draft)
    services.approve(people.owner, draft)
    assert AuditEvent.objects.filter(event="tiers.published_alone").count() == 1
    assert not AuditEvent.objects.filter(event="tiers.published").exists()


def test_an_inactive_second_person_does_not_count(draft, people, boss):
    User.objects.filter(pk=boss.pk).update(is_active=False)
    draft = simulated(people.owner, draft)
    services.submit(people.owner, draft)
    assert services.approve(people.owner, draft)


def test_a_draft_is_declined_with_a_reason_and_taken_up_again(draft, people, boss):
    draft = simulated(people.analyst, draft)
    services.submit(people.analyst, draft)
    with pytest.raises(DomainError):
        services.reject(boss, draft, "  ")
    draft = services.reject(boss, draft, "黄金太少")
    assert (draft.state, draft.answer) == (DraftState.REJECTED, "黄金太少")
    with pytest.raises(WrongStateError):
        services.approve(boss, draft)
    assert services.withdraw(people.analyst, draft).state == DraftState.EDITING
    assert TierModel.objects.get().definition["tiers"]["cut"] == "share"


def test_a_simulation_against_an_older_version_is_simulated_again(draft, people, boss, full_run):
    draft = simulated(people.analyst, draft)
    services.submit(people.analyst, draft)
    full_run(recalibrate=True)
    with pytest.raises(NotSimulatedError):
        services.approve(boss, draft)
    draft.refresh_from_db()
    services.simulate(boss, draft)
    assert services.approve(boss, draft)


def test_a_version_tells_who_when_and_why(draft, people, boss, finish):
    draft = simulated(people.analyst, draft)
    services.submit(people.analyst, draft)
    services.approve(boss, draft)
    finish()
    newest = queries.activations(versions.ensure_default_model())[0]
    assert (newest.by, newest.approved_by, newest.note) == (people.analyst, boss, "三个等级就够了")
    assert newest.version.number == 2


def test_a_rollback_brings_back_exactly_the_older_calibration(draft, people, boss, finish, full_run):
    before, first = tiers_now(), versions.current()
    given = Strategy(3, "专属服务", benefits=(Given("生日礼品", Decimal(60)),))
    strategies.save_strategy(actor=people.owner, wanted=given)
    followups.save_policies(actor=people.owner, wanted={3: Policy(10)})
    draft = simulated(people.analyst, draft)
    found = queries.simulated(draft)
    golds = [next(s for s in side if s.code == "gold") for side in (found.before, found.after)]
    # Silver goes: gold has another rank and keeps what it is given.
    assert [side.rank for side in golds] == [3, 2]
    assert [found.cost_before, found.cost_after] == [60 * side.customers for side in golds]
    rows = {row.name: row for row in outcome(draft, found).rows}
    assert (rows[golds[0].name].before, rows[golds[0].name].after) == tuple(golds)
    [gone] = [row for row in rows.values() if row.after is None]
    assert gone.before.code == "silver"
    assert queries.moved(people.owner, draft).total == found.moved
    services.submit(people.analyst, draft)
    services.approve(boss, draft)
    finish()
    assert tiers_now() != before
    assert strategy_queries.everything() == {2: replace(given, tier=2)}
    assert policies()[2] == Policy(10)
    with pytest.raises(NotAllowed):
        services.rollback(people.analyst, first, "太严")
    services.rollback(boss, first, "太严")
    finish()
    assert versions.current() == first
    assert Version.objects.count() == 2
    assert tiers_now() == before
    assert strategy_queries.everything() == {3: given}
    assert policies()[3] == Policy(10)
    assert insight.current_definition()["tiers"]["cut"] == "share"
    newest = Activation.objects.first()
    assert (newest.came, newest.by, newest.note) == ("rolled_back", boss, "太严")
    full_run()
    assert versions.current() == first


def test_a_large_base_is_simulated_by_a_job(draft, people, finish, monkeypatch):
    monkeypatch.setattr(services, "DIRECT", 10)
    job = services.simulate(people.analyst, draft)
    assert job.state == Job.State.QUEUED
    finish()
    draft.refresh_from_db()
    assert queries.simulated(draft).customers == 30


def test_the_primary_model_measures_no_predictions(draft, people, definition):
    definition["tiers"]["dimensions"][0]["feature"] = "clv"
    with pytest.raises(DefinitionError):
        services.save_draft(people.analyst, draft, definition=definition)


def test_only_those_with_the_right_touch_drafts(draft, people):
    from zhike.crm.studio.models import Draft

    assert not Draft.objects.visible_to(people.sales_east).exists()
    assert Draft.objects.visible_to(people.analyst).exists()
    with pytest.raises(NotAllowed):
        services.simulate(people.sales_east, draft)
    services.discard_draft(people.analyst, draft)
    assert not Draft.objects.exists()
