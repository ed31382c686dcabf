"""What the customer page says and proposes, and what people make of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.prediction.pages.predicted import make_costs, make_predicted, make_product, make_versions, recommend
from factories import make_customer
from zhike.crm.interactions.models import Interaction
from zhike.crm.prediction import decisions, queries
from zhike.crm.prediction.models import ActionDecision, CustomerPrediction
from zhike.crm.tasks.models import Task
from zhike.crm.tasks.services import complete_task
from zhike.platform.errors import Conflict, DomainError, NotAllowed
from zhike.platform.models import AuditEvent

QUIET = {"churn_probability": 0.1, "value_at_risk": 5, "rhythm_status": "not_due"}


def standing(customer):
    return decisions.standing_of(customer, queries.prediction_of(customer))


@pytest.fixture
def firm(people):
    make_versions()
    return make_predicted("东方", owner=people.sales_east, phone="13800000000")


def test_an_offer_that_pays_comes_first_with_its_profit(firm):
    make_costs()
    recommend(firm, make_product("T1", "龙井茶"), "rebuy", times=3, visits=4, last=20000)
    found = standing(firm).proposal
    assert (found.code, found.product.name, found.channel) == ("retain", "龙井茶", "call")
    assert found.profit == pytest.approx(188)
    assert found.unknown == ()


def test_an_unknown_cost_leaves_the_profit_unknown_and_says_which(firm):
    make_costs(contact=None)
    found = standing(firm).proposal
    assert found.code == "retain"
    assert found.profit is None
    assert found.unknown == ("contact",)


def test_an_offer_that_does_not_pay_gives_way_to_a_reminder(firm):
    make_costs(retention=5000)
    found = standing(firm).proposal
    assert (found.code, found.profit, found.unknown) == ("remind", None, ("effect",))


def test_a_product_that_fits_is_proposed_when_nothing_is_due(people):
    make_versions()
    firm = make_predicted("东方", owner=people.sales_east, **QUIET)
    cake = make_product("C1", "月饼")
    recommend(firm, make_product("T1", "龙井茶"), products=[cake.pk])
    found = standing(firm).proposal
    assert (found.code, found.product.name) == ("cross_sell", "龙井茶")
    assert any("月饼" in text for text in found.evidence)


def test_nothing_is_proposed_where_nothing_stands_out(people):
    make_versions()
    assert standing(make_predicted("东方", **QUIET)).proposal is None


def test_the_channel_is_the_one_that_reached_the_customer(firm, people):
    for kind in ("visit", "visit", "call", "complaint"):
        Interaction.objects.create(
            customer=firm, kind=kind, author=people.owner, at=timezone.now(), summary="a"
        )
    assert standing(firm).proposal.channel == "visit"


def test_accepting_twice_makes_one_task_for_the_owner(firm, people):
    first = decisions.accept_action(actor=people.owner, customer=firm, action="retain")
    again = decisions.accept_action(actor=people.owner, customer=firm, action="retain")
    assert first == again
    task = Task.objects.get()
    assert task.assignee == people.sales_east
    assert task.due_on > date.today()
    assert standing(firm).accepted == first
    assert AuditEvent.objects.filter(event="action.accepted").count() == 1


def test_what_was_done_rests_and_the_next_best_follows(firm, people):
    made = decisions.accept_action(actor=people.owner, customer=firm, action="retain")
    complete_task(actor=people.owner, task=made.task)
    found = standing(firm)
    assert found.accepted is None
    assert found.proposal.code == "remind"


def test_declining_needs_a_reason_and_rests_for_90_days(firm, people):
    with pytest.raises(DomainError):
        decisions.refuse_action(actor=people.owner, customer=firm, action="retain", reason="  ")
    made = decisions.refuse_action(actor=people.owner, customer=firm, action="retain", reason="Just spoke")
    assert (made.state, made.reason) == ("refused", "Just spoke")
    assert made.proposal["unknown"] == ["retention", "contact", "save_rate"]
    assert standing(firm).proposal.code == "remind"
    assert decisions.refuse_action(actor=people.owner, customer=firm, action="retain", reason="b") == made
    ActionDecision.objects.update(at=timezone.now() - timedelta(days=91))
    assert standing(firm).proposal.code == "retain"


def test_another_proposal_than_the_one_seen_is_a_conflict(firm, people):
    with pytest.raises(Conflict):
        decisions.accept_action(actor=people.owner, customer=firm, action="cross_sell")
    assert not Task.objects.exists()


def test_who_may_not_change_the_customer_decides_nothing(firm, people):
    with pytest.raises(DomainError):
        decisions.accept_action(actor=people.sales_west, customer=firm, action="retain")
    with pytest.raises(NotAllowed):
        decisions.accept_action(actor=people.analyst, customer=firm, action="retain")


def test_the_page_accepts_and_declines(firm, as_user):
    client, address = as_user("sales_east"), reverse("prediction:decide", args=[firm.pk])
    answer = client.post(address, {"action": "retain", "decision": "accept"}, headers={"HX-Request": "true"})
    assert "Open the task" in answer.content.decode()
    assert client.post(address, {"action": "retain", "decision": "accept"}).status_code == 302
    assert Task.objects.count() == 1
    stranger = reverse("prediction:decide", args=[make_customer("别家").pk])
    assert client.post(stranger, {"action": "retain", "decision": "accept"}).status_code == 404


def cards(client, firm):
    return "".join(
        client.get(reverse(f"customers:{part}", args=[firm.pk])).content.decode()
        for part in ("main_cards", "side_cards")
    )


def test_the_cards_say_value_risk_next_order_products_and_action(firm, as_user):
    make_costs()
    recommend(firm, make_product("T1", "龙井茶"), "rebuy", times=3, visits=4, last=20000)
    text = cards(as_user("sales_east"), firm)
    for words in (
        *("¥900", "between ¥300 and ¥1,800", "6.0 orders expected, ¥150 each", "<b>70%</b>", "60%", "¥720"),
        *(
            "Bought on 3 of 4 days",
            "Make a retention offer",
            "¥188",
            "raises the risk",
            "buys within the next",
        ),
    ):
        assert words in text, words
    assert "unknown" not in text


def test_the_card_names_what_the_next_order_will_hold(firm, as_user, people):
    tea = make_product("T7", "铁观音")
    why = {"code": "usual_need", "times": 3, "visits": 4, "cycle_days": 31, "last": 20_000}
    gone = {"product": tea.pk + 999, "on": 21_000, "quantity": 1.0, "why": why}
    need = [{"product": tea.pk, "on": 20_800, "quantity": 2.5, "why": why}, gone]
    CustomerPrediction.objects.filter(pk=firm.pk).update(expected_need=need)
    text = cards(as_user("sales_east"), firm)
    assert text.count("铁观音") == 1
    assert "2.5" in text
    assert "on 3 of 4 days with an order, about every 31 days" in text
    assert "expected on 2026-12-13" in text
    page = as_user("owner").get(reverse("prediction:overdue")).content.decode()
    assert "铁观音" in page


def test_nobody_is_certain_to_live(people, as_user):
    make_versions()
    firm = make_predicted("东方", owner=people.sales_east, p_active=1.0, churn_probability=0.0)
    text = cards(as_user("sales_east"), firm)
    assert "100%" not in text
    assert "99%" in text


def test_silent_models_say_so(people, as_user):
    make_versions(rules=("value", "rhythm", "churn"))
    firm = make_predicted(
        "东方",
        owner=people.sales_east,
        **dict.fromkeys(("clv", "clv_low", "clv_high", "expected_orders", "next_order_expected")),
    )
    text = cards(as_user("sales_east"), firm)
    assert text.count("Not enough data, using rules") == 2
    assert "by a rule, not enough data" in text


@pytest.mark.parametrize("hidden", ["no_profiling", "no_prediction", "no_insight"])
def test_nothing_is_said_of_whom_nothing_may_be_said(people, as_user, hidden):
    make_versions()
    firm = (
        make_predicted("东方", owner=people.sales_east)
        if hidden != "no_prediction"
        else make_customer("东方", owner=people.sales_east)
    )
    if hidden == "no_profiling":
        firm.no_profiling = True
        firm.save()
    if hidden == "no_insight":
        people.sales_east.role.capabilities = ["customers.view", "customers.edit"]
        people.sales_east.role.save()
    text = cards(as_user("sales_east"), firm)
    assert "next-action" not in text
    assert 'id="outlook"' not in text


@pytest.mark.parametrize("part", ["main_cards", "side_cards"])
def test_a_column_of_cards_needs_at_most_30_statements(firm, as_user, people, part):
    make_costs()
    tea = make_product("T1", "龙井茶")
    recommend(firm, tea, "rebuy", times=3, visits=4)
    recommend(firm, make_product("C1", "月饼"), products=[tea.pk])
    decisions.refuse_action(actor=people.owner, customer=firm, action="retain", reason="a")
    client, address = as_user("sales_east"), reverse(f"customers:{part}", args=[firm.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address).status_code == 200
    assert len(statements) <= 30
