"""Lines of the day: one per customer, within scope, put aside and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.prediction.pages.predicted import predict
from factories import make_customer
from zhike.crm.customers.models import Contact
from zhike.crm.interactions.models import Interaction
from zhike.crm.interactions.services import log_interaction
from zhike.crm.tasks.models import Task
from zhike.crm.today import queries, services, standing, talk
from zhike.crm.today.models import PutAside
from zhike.platform.errors import DomainError

pytestmark = pytest.mark.django_db


def today():
    return timezone.localdate()


def promise(people, customer, late: int = 3, **fields) -> Interaction:
    values = {
        "kind": "call",
        "at": timezone.now() - timedelta(days=20),
        "summary": "谈过",
        "next_step": "发报价",
    }
    return Interaction.objects.create(
        customer=customer,
        author=people.sales_east,
        next_step_on=today() - timedelta(days=late),
        **(values | fields),
    )


def codes(board) -> dict[str, list[str]]:
    return {line.customer.name: [r.code for r in line.rank.reasons] for line in board.lines}


def test_a_customer_with_several_reasons_has_one_line(people, scored, viewer):
    customer = scored("甲", 4, owner=people.sales_east)
    promise(people, customer)
    promise(people, customer, late=0)
    Task.objects.create(title="寄样品", customer=customer, assignee=people.sales_east, due_on=today())
    board = queries.board(viewer(people.sales_east))
    assert codes(board) == {"甲": ["promise", "promise", "task", "silent"]}
    assert board.total == 1


def test_a_later_promise_stands_above_an_earlier_one_and_ties_by_number(people, viewer):
    first, second, third = (make_customer(name, owner=people.sales_east) for name in "甲乙丙")
    promise(people, first, late=1)
    promise(people, second, late=9)
    promise(people, third, late=1)
    lines = queries.board(viewer(people.sales_east)).lines
    assert [line.customer.name for line in lines] == ["乙", "甲", "丙"]
    again = queries.board(viewer(people.sales_east)).lines
    assert [line.rank.score for line in lines] == [line.rank.score for line in again]


def test_what_is_settled_or_lies_ahead_is_no_line(people, viewer):
    customer = make_customer(owner=people.sales_east)
    promise(people, customer, late=-3)
    promise(people, customer, settled_at=timezone.now())
    assert queries.board(viewer(people.sales_east)).total == 0


def test_a_key_customer_that_nobody_contacted_says_so_in_words(people, scored, viewer):
    scored("甲", 4, owner=people.sales_east, last_contact_at=timezone.now() - timedelta(days=51))
    scored("乙", 1, owner=people.sales_east, last_contact_at=timezone.now() - timedelta(days=500))
    board = queries.board(viewer(people.sales_east))
    assert codes(board) == {"甲": ["silent"]}
    assert "51" in board.lines[0].rank.reasons[0].words


def test_a_sales_person_sees_the_own_day_alone_whatever_the_address_says(people, viewer):
    promise(people, make_customer("西", owner=people.sales_west))
    promise(people, make_customer("东", owner=people.sales_east2))
    assert queries.board(viewer(people.sales_east, str(people.sales_west.pk))).total == 0


def test_a_manager_sees_the_team_one_person_or_nobody(people, viewer):
    promise(people, make_customer("甲", owner=people.sales_east))
    promise(people, make_customer("乙", owner=people.sales_east2))
    promise(people, make_customer("丙", team=people.east))
    promise(people, make_customer("丁", owner=people.sales_west))
    for who, names in (
        ("", {"甲", "乙", "丙"}),
        (str(people.sales_east2.pk), {"乙"}),
        ("nobody", {"丙"}),
        (str(people.sales_west.pk), set()),
    ):
        assert set(codes(queries.board(viewer(people.manager_east, who)))) == names


def test_a_manager_sees_how_much_waits_for_whom(people, scored, viewer):
    promise(people, make_customer("甲", owner=people.sales_east))
    scored("乙", 4, team=people.east)
    found = {str(one.user): (one.steps, one.silent) for one in queries.people(viewer(people.manager_east))}
    assert found == {"sales_east": (1, 0), "None": (0, 1)}


def test_postponing_hides_the_line_and_moves_the_promise(people, viewer):
    customer = make_customer(owner=people.sales_east)
    step, until = promise(people, customer), today() + timedelta(days=4)
    services.postpone(actor=people.sales_east, customer=customer, until=until)
    step.refresh_from_db()
    assert step.next_step_on == until
    assert queries.board(viewer(people.sales_east)).total == 0


@pytest.mark.parametrize("days", [-1, 0, 800])
def test_one_postpones_to_a_day_ahead(people, days):
    customer = make_customer(owner=people.sales_east)
    with pytest.raises(DomainError):
        services.postpone(actor=people.sales_east, customer=customer, until=today() + timedelta(days=days))


def test_not_now_hides_until_the_situation_changes(people, viewer):
    customer = make_customer("甲", owner=people.sales_east)
    promise(people, customer)
    line = queries.board(viewer(people.sales_east)).lines[0]
    services.not_now(
        actor=people.sales_east, customer=customer, why="no_need", note="下季度", situation=line.situation
    )
    board = queries.board(viewer(people.sales_east))
    assert (board.total, [put.why for put in board.hidden]) == (0, ["no_need"])
    log_interaction(actor=people.sales_east, customer=customer, kind="complaint", summary="破损")
    assert codes(queries.board(viewer(people.sales_east))) == {"甲": ["promise", "complaint"]}


def test_not_now_ends_after_its_days(people, viewer):
    customer = make_customer(owner=people.sales_east)
    promise(people, customer)
    situation = queries.board(viewer(people.sales_east)).lines[0].situation
    put = services.not_now(actor=people.sales_east, customer=customer, why="other", situation=situation)
    assert put.until == today() + timedelta(days=14)
    PutAside.objects.filter(pk=put.pk).update(until=today())
    assert queries.board(viewer(people.sales_east)).total == 1


def test_a_line_can_be_taken_back(people, viewer):
    customer = make_customer(owner=people.sales_east)
    promise(people, customer)
    put = services.postpone(actor=people.sales_east, customer=customer, until=today() + timedelta(days=1))
    services.take_back(actor=people.sales_east, put=put)
    Interaction.objects.update(next_step_on=today())
    assert queries.board(viewer(people.sales_east)).total == 1


def test_another_team_s_line_is_not_put_aside(people):
    customer = make_customer(owner=people.sales_west)
    with pytest.raises(DomainError):
        services.not_now(actor=people.sales_east, customer=customer, why="other")
    assert not PutAside.objects.exists()


def test_another_team_s_lines_do_not_exist(people, as_user):
    customer = make_customer(owner=people.sales_west)
    put = services.not_now(actor=people.sales_west, customer=customer, why="other")
    client = as_user("sales_east")
    for address, data in (
        (reverse("today:postpone", args=[customer.pk]), {"until": today() + timedelta(days=2)}),
        (reverse("today:not_now", args=[customer.pk]), {"why": "other"}),
        (reverse("today:take_back", args=[put.pk]), {}),
    ):
        assert client.post(address, data).status_code == 404
    put.refresh_from_db()
    assert put.ended_at is None


def test_reasons_are_counted_and_chosen(people, scored, viewer):
    both, promised = (scored(name, 4, owner=people.sales_east) for name in "甲乙")
    promise(people, both)
    promise(people, promised, late=0)
    Task.objects.create(title="寄样品", customer=both, assignee=people.sales_east, due_on=today())
    board = queries.board(viewer(people.sales_east), kind="task")
    assert {one.kind.code: one.customers for one in board.kinds} == {"promise": 2, "task": 1, "silent": 2}
    assert (codes(board).keys(), board.total, board.everything) == ({"甲"}, 1, 2)


def test_a_count_that_was_cut_short_says_so(people, viewer, as_user, monkeypatch):
    for room in (standing, talk):
        monkeypatch.setattr(room, "CAP", 2)
    for name in "甲乙丙":
        promise(people, make_customer(name, owner=people.sales_east))
    board = queries.board(viewer(people.sales_east))
    assert ([(one.customers, one.more) for one in board.kinds], board.counted) == ([(2, True)], "2+")
    assert "2+ customers" in as_user("sales_east").get(reverse("today:page")).content.decode()


def test_a_company_without_customers_is_led_to_the_import(people, as_user):
    page = reverse("today:page")
    assert reverse("imports:upload") in as_user("owner").get(page).content.decode().split("<main")[1]
    make_customer("甲", team=people.east)
    assert "Nothing waits" in as_user("owner").get(page).content.decode()


def test_the_page_narrows_to_a_known_reason_alone(people, as_user):
    promise(people, make_customer("甲", owner=people.sales_east))
    client = as_user("sales_east")
    assert "Nothing of this kind waits" in client.get(reverse("today:page") + "?about=task").content.decode()
    assert 'id="line-' in client.get(reverse("today:page") + "?about=nonsense").content.decode()


def test_a_line_says_whom_to_call_as_the_reader_may_see_it(people, viewer):
    customer = make_customer("甲", owner=people.sales_east, phone="02112345678")
    promise(people, customer)
    for name, phone, primary in (
        ("王", "13800000001", True),
        ("李", "13800000002", False),
        ("张", "", False),
    ):
        Contact.objects.create(customer=customer, name=name, phone=phone, is_primary=primary)
    callee = queries.board(viewer(people.sales_east)).lines[0].callee
    assert (callee.name, callee.phone == "13800000001") == ("王", callee.dialed)


def test_the_page_needs_few_statements(people, scored, as_user, django_assert_max_num_queries):
    for number in range(40):
        customer = scored(f"客户{number}", 4, owner=people.sales_east)
        promise(people, customer)
    client = as_user("sales_east")
    client.get(reverse("today:page"))
    with django_assert_max_num_queries(24):
        answer = client.get(reverse("today:page"))
    assert answer.content.decode().count('id="line-') == queries.FIRST


def test_a_line_shows_what_the_models_foresee_and_stands_where_it_stood(people, scored, as_user, viewer):
    customer, silent = (scored(name, 4, owner=people.sales_east) for name in "甲乙")
    for one in (customer, silent):
        promise(people, one)
    before = [line.customer.pk for line in queries.board(viewer(people.sales_east)).lines]
    predict(customer)
    predict(silent)
    type(silent).objects.filter(pk=silent.pk).update(no_profiling=True)
    lines = {line.customer.name: line for line in queries.board(viewer(people.sales_east)).lines}
    assert [line.customer.pk for line in lines.values()] == before
    assert (lines["甲"].foreseen.value_at_risk, lines["乙"].foreseen) == (720, None)
    text = as_user("sales_east").get(reverse("today:page")).content.decode()
    assert "at risk of ¥1,200 in 12 months, if kept" in text


def test_acts_of_the_page_return_to_it(people, as_user):
    customer = make_customer("甲", owner=people.sales_east)
    promise(people, customer)
    client, here = as_user("sales_east"), reverse("today:page")
    answer = client.post(reverse("today:not_now", args=[customer.pk]), {"why": "season", "next": here})
    assert answer.headers["Location"] == here
    put = PutAside.objects.get()
    assert (put.why, put.by) == ("season", people.sales_east)
    answer = client.post(
        reverse("today:take_back", args=[put.pk]),
        {"next": "https://evil.example/"},
        headers={"HX-Request": "true"},
    )
    assert "followed-up" in answer.headers["HX-Trigger"]


def test_sales_roles_begin_with_today_and_the_company_with_its_dashboard(as_user):
    assert as_user("sales_east").get("/").headers["Location"] == reverse("today:page")
    assert as_user("manager_east").get("/").headers["Location"] == reverse("today:page")
    assert as_user("owner").get("/").headers["Location"] == reverse("insight:dashboard")
