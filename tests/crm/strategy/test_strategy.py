"""What a tier is given: the verb, the costs, the page, and where people at work see it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from zhike.crm.interactions.models import Interaction
from zhike.crm.portfolio import strategies
from zhike.crm.strategy import queries, services
from zhike.crm.strategy.models import Benefit
from zhike.crm.strategy.queries import Given, Strategy
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import AuditEvent

pytestmark = pytest.mark.django_db
GOLD = 3
FULL = Strategy(
    GOLD,
    "专属客户经理",
    4,
    Decimal(5),
    "每季度拜访",
    (Given("生日礼品", Decimal(60)), Given("免费培训", Decimal("140.5"), "每年一次")),
)


@pytest.fixture
def save(people):
    def verb(strategy: Strategy, who: str = "owner") -> None:
        services.save_strategy(actor=getattr(people, who), wanted=strategy)

    return verb


@pytest.fixture
def post(as_user):
    def send(who: str, rank: int, **fields: str):
        counts = {"benefits-TOTAL_FORMS": "0", "benefits-INITIAL_FORMS": "0"}
        return as_user(who).post(f"{reverse('strategy:page')}?edit={rank}", {**counts, **fields})

    return send


def test_a_strategy_is_read_as_it_was_saved_and_told_once_in_the_audit(save):
    save(FULL)
    save(FULL)
    assert queries.of_tier(GOLD) == FULL
    event = AuditEvent.objects.get(event="strategy.saved")
    assert event.changes["service_level"] == ["", "专属客户经理"]
    assert [one["name"] for one in event.changes["benefits"][1]] == ["生日礼品", "免费培训"]


def test_what_is_emptied_is_no_strategy_any_more(save):
    save(FULL)
    save(Strategy(GOLD))
    assert queries.of_tier(GOLD) is None
    assert not Benefit.objects.exists()


def test_only_who_changes_tiers_changes_strategies(save):
    with pytest.raises(NotAllowed):
        save(FULL, "sales_east")


@pytest.mark.parametrize(
    "wrong",
    [
        Strategy(9, "高"),
        Strategy(GOLD, response_hours=0),
        Strategy(GOLD, discount_limit=Decimal(101)),
        Strategy(GOLD, benefits=(Given("甲"), Given("甲"))),
        Strategy(GOLD, benefits=(Given(""),)),
        Strategy(GOLD, benefits=(Given("甲", Decimal(-1)),)),
    ],
)
def test_what_makes_no_sense_is_refused(save, wrong):
    with pytest.raises(DomainError):
        save(wrong)


def test_costs_add_up_per_customer_and_a_missing_one_makes_the_sum_unknown(save):
    save(FULL)
    save(Strategy(4, benefits=(Given("年会"),)))
    assert queries.benefit_cost({"gold": 10, "bronze": 500}) == Decimal("2005")
    assert queries.benefit_cost({"gold": 10, "diamond": 1}) is None
    # Nobody gets the benefit of unknown cost.
    assert queries.benefit_cost({"gold": 10, "diamond": 0}) == Decimal("2005")


def test_the_page_shows_every_tier_its_rhythm_and_lets_nobody_edit_without_the_right(as_user, save):
    save(FULL)
    text = as_user("sales_east").get(reverse("strategy:page")).content.decode()
    assert all(part in text for part in ("专属客户经理", "生日礼品", "every 30", "5%"))
    assert "?edit=" not in text
    assert as_user("sales_east").get(f"{reverse('strategy:page')}?edit=3").status_code == 403
    assert "?edit=3" in as_user("owner").get(reverse("strategy:page")).content.decode()


@pytest.mark.parametrize("rank", ["9", "0", "x", "٣"])
def test_an_unknown_tier_is_not_found(as_user, rank):
    assert as_user("owner").get(f"{reverse('strategy:page')}?edit={rank}").status_code == 404


def test_the_form_saves_a_tier(post):
    answer = post(
        "owner",
        GOLD,
        service_level="优先",
        response_hours="8",
        discount_limit="2.5",
        **{"benefits-TOTAL_FORMS": "3", "benefits-0-name": "包邮", "benefits-0-yearly_cost": "0"},
        **{"benefits-1-name": "不要了", "benefits-1-DELETE": "on"},
    )
    assert answer.status_code == 302
    wanted = Strategy(GOLD, "优先", 8, Decimal("2.50"), "", (Given("包邮", Decimal(0)),))
    assert queries.of_tier(GOLD) == wanted


def test_the_form_keeps_what_was_typed_when_something_is_wrong(post):
    answer = post("owner", GOLD, service_level="优先", discount_limit="120")
    assert answer.status_code == 422
    assert "优先" in answer.content.decode()
    twice = {"benefits-0-name": "包邮", "benefits-1-name": "包邮", "benefits-TOTAL_FORMS": "2"}
    answer = post("owner", GOLD, **twice)
    assert (answer.status_code, "same name" in answer.content.decode()) == (422, True)
    assert queries.of_tier(GOLD) is None


def test_the_customer_page_shows_the_strategy_and_what_is_left_of_the_contacts(as_user, save, scored, people):
    save(FULL)
    customer = scored("甲公司", GOLD, owner=people.sales_east)
    Interaction.objects.create(
        customer=customer, kind="call", at=timezone.now(), summary="谈过", author=people.sales_east
    )
    text = as_user("sales_east").get(reverse("customers:side_cards", args=[customer.pk])).content.decode()
    assert all(part in text for part in ("专属客户经理", "免费培训", "1 of 2 in 14 days, 1 left"))


def test_the_customer_list_offers_the_strategy_as_columns_and_says_it_on_the_chip(as_user, save, scored):
    save(FULL)
    scored("甲公司", GOLD)
    scored("乙公司", 1)
    address = f"{reverse('customers:list')}?columns=tier&columns=service_level&columns=discount_limit"
    text = as_user("owner").get(address).content.decode()
    assert text.count("专属客户经理") == 2  # the column and the tooltip
    assert 'title="专属客户经理 · answer within 4 hours' in text


def test_a_line_of_today_says_what_the_tier_is_given(as_user, save, scored, people):
    save(FULL)
    customer = scored("甲公司", GOLD, owner=people.sales_east)
    Interaction.objects.create(
        customer=customer,
        kind="call",
        at=timezone.now() - timedelta(days=3),
        summary="谈过",
        author=people.sales_east,
        next_step="报价",
        next_step_on=timezone.localdate(),
    )
    assert "每季度拜访" in as_user("sales_east").get(reverse("today:page")).content.decode()


def test_nobody_sees_a_strategy_who_may_not_see_analyses(scored, people, save, rf):
    save(FULL)
    request = rf.get("/")
    request.user = people.sales_east
    people.sales_east.role.capabilities.remove("insight.view")
    assert strategies.card(request, scored("甲", GOLD)) is None
