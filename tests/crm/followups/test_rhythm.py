"""Due, overdue, too often: for one customer, for many, and as a filter; the three must agree."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from zhike.crm.customers.models import Customer
from zhike.crm.followups import queries, services
from zhike.crm.followups.policies import Policy, default, policies
from zhike.crm.interactions.models import Interaction
from zhike.platform.errors import DomainError, NotAllowed

pytestmark = pytest.mark.django_db
GOLD = 3


def ago(days: int) -> datetime:
    day = timezone.localdate() - timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(12)))


def contact(customer, days: int, kind: str = "call") -> None:
    Interaction.objects.create(customer=customer, kind=kind, at=ago(days), summary="谈过")


@pytest.mark.parametrize(
    ("days", "code"), [(0, "fine"), (22, "fine"), (23, "due"), (30, "due"), (31, "overdue"), (51, "overdue")]
)
def test_gold_is_contacted_every_thirty_days_and_due_a_week_before(scored, days, code):
    customer = scored("甲", GOLD, last_contact_at=ago(days))
    assert queries.contact_state([customer])[customer.pk].code == code


def test_the_reason_names_tier_rhythm_and_last_contact(scored):
    customer = scored("甲", GOLD, last_contact_at=ago(51))
    reason = queries.contact_state([customer])[customer.pk].reason
    assert all(part in reason for part in ("30", "51", ago(51).date().isoformat()))


def test_who_was_never_contacted_is_overdue_and_without_a_rhythm_nobody_is(scored):
    gold, bronze = scored("甲", GOLD), scored("乙", 1)
    states = queries.contact_state([gold, bronze])
    assert (states[gold.pk].code, states[bronze.pk].code) == ("overdue", "none")


def test_three_contacts_in_two_weeks_are_too_many_and_a_complaint_is_none_of_ours(scored):
    often, fine = scored("甲", GOLD, last_contact_at=ago(1)), scored("乙", GOLD, last_contact_at=ago(1))
    for days in (1, 5, 13):
        contact(often, days)
    for days, kind in ((1, "call"), (5, "visit"), (6, "complaint"), (14, "call")):
        contact(fine, days, kind)
    states = queries.contact_state([often, fine])
    assert (states[often.pk].code, states[fine.pk].code) == ("too_often", "fine")


@pytest.mark.parametrize("code", queries.STATES)
def test_the_filter_finds_whom_the_state_names(scored, code):
    for tier in (0, 1, 2, 3, 4):
        for days in (None, 0, 3, 10, 11, 14, 15, 23, 30, 31, 83, 90, 91, 400):
            customer = scored(f"{tier}-{days}", tier, last_contact_at=None if days is None else ago(days))
            for _time in range(3 if days == 3 else 0):
                contact(customer, days)
    states = queries.contact_state(list(Customer.objects.all()))
    named = {pk for pk, state in states.items() if state.code == code}
    found = set(Customer.objects.filter(queries.condition(code)).values_list("pk", flat=True))
    # By day and by number are two questions: whoever was contacted too often may be due as well.
    too_often = {pk for pk, state in states.items() if state.code == "too_often"}
    assert named
    assert found - too_often == named - too_often
    assert named <= found


def test_states_of_many_cost_as_many_statements_as_of_one(scored, django_assert_max_num_queries):
    for number in range(30):
        scored(f"客户{number}", GOLD, last_contact_at=ago(number))
    rows = list(Customer.objects.select_related("score"))
    with django_assert_max_num_queries(4):
        assert len(queries.contact_state(rows)) == 30


def test_the_list_shows_the_state_and_filters_by_it(as_user, people, scored):
    scored("黄金客户", GOLD, owner=people.sales_east, last_contact_at=ago(51))
    scored("刚联系的", GOLD, owner=people.sales_east, last_contact_at=ago(1))
    body = as_user("sales_east").get(reverse("customers:list") + "?contact=overdue").content.decode()
    assert "Contact overdue" in body
    assert "黄金客户" in body
    assert "刚联系的" not in body


def test_an_unknown_state_shows_nobody(as_user, people, scored):
    scored("黄金客户", GOLD, owner=people.sales_east)
    assert "黄金客户" not in as_user("sales_east").get("/customers/?contact=x").content.decode()


def test_the_form_is_warned_before_one_contact_too_many(as_user, people, scored):
    customer = scored("甲", GOLD, owner=people.sales_east, last_contact_at=ago(1))
    address = reverse("followups:warning") + f"?customer={customer.pk}"
    contact(customer, 1)
    assert "too often" not in as_user("sales_east").get(address).content.decode()
    contact(customer, 2)
    assert "One more would be too often" in as_user("sales_east").get(address).content.decode()
    assert as_user("sales_west").get(address).status_code == 404


def test_a_company_sets_its_own_rhythm(people):
    services.save_policies(actor=people.manager_east, wanted={GOLD: Policy(10, 3, 20)})
    assert policies()[GOLD] == Policy(10, 3, 20)
    assert policies()[4] == default(4, 4)


@pytest.mark.parametrize(
    "policy", [Policy(0), Policy(5, 1), Policy(5, None, 7), Policy(5, 1, 30), Policy(9999)]
)
def test_a_rhythm_that_cannot_be_kept_is_refused(people, policy):
    with pytest.raises(DomainError):
        services.save_policies(actor=people.manager_east, wanted={GOLD: policy})


def test_a_sales_person_does_not_change_the_rhythm(people, as_user):
    with pytest.raises(NotAllowed):
        services.save_policies(actor=people.sales_east, wanted={GOLD: Policy(10)})
    as_user("sales_east").post(reverse("followups:policies"), {f"{GOLD}-every_days": "1"})
    assert policies()[GOLD] == default(GOLD, 4)


def test_the_page_of_the_rhythm_saves_and_keeps_wrong_input(as_user):
    client, address = as_user("manager_east"), reverse("followups:policies")
    assert client.post(address, {f"{GOLD}-every_days": "21"}).status_code == 302
    assert policies()[GOLD] == Policy(21)
    answer = client.post(address, {"3-every_days": "5", "3-at_most": "1", "3-within_days": "30"})
    assert answer.status_code == 422
    assert "contradict" in answer.content.decode()


@given(st.integers(1, 400), st.integers(0, 800))
def test_exactly_one_state_holds_on_every_day(every, days):
    rhythm = queries.Rhythm(date(2026, 11, 22))
    rhythm.__dict__["policies"] = {GOLD: Policy(every)}
    rhythm.__dict__["names"] = {GOLD: "gold"}
    last = timezone.make_aware(datetime(2026, 11, 22, 9)) - timedelta(days=days)
    state = rhythm.state(GOLD, last)
    assert (state.code == "overdue") == (days > every)
    assert (state.code == "due") == (every - Policy(every).notice <= days <= every)
