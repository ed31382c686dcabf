"""Nobody reaches a customer of another team by an act, whichever way it is asked for."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from factories import make_customer
from zhike.crm.accounts.models import Role
from zhike.crm.bulk import services
from zhike.crm.bulk.models import BulkAct, BulkTarget
from zhike.crm.customers.models import Customer, CustomerList, CustomerShare, CustomField, ListMember
from zhike.platform.errors import DomainError, NotAllowed

pytestmark = pytest.mark.django_db
TAG = {"tags": ["VIP"]}


@pytest.fixture
def two_teams(people):
    east = [make_customer(f"东{n}", owner=people.sales_east) for n in range(3)]
    west = [make_customer(f"西{n}", owner=people.sales_west) for n in range(3)]
    return east, west


def tagged():
    return set(Customer.objects.filter(tags__name="VIP").values_list("name", flat=True))


def test_numbers_of_another_team_are_not_even_chosen(work, people, two_teams):
    east, west = two_teams
    query = "&".join(f"ids={one.pk}" for one in [east[0], *west])
    act = work(people.manager_east, "tag", TAG, query)
    assert (act.total, tagged()) == (1, {"东0"})


def test_who_loses_the_right_before_the_turn_comes_changes_nothing(work, people, two_teams):
    act = work.confirmed(people.manager_east, "tag", TAG)
    Customer.objects.filter(name="东0").update(owner=people.sales_west, team=people.west)
    act = work.run(act)
    assert (act.counts["changed"], act.counts["denied"], tagged()) == (2, 1, {"东1", "东2"})


def test_a_customer_shared_for_reading_is_chosen_but_not_changed(work, people, two_teams):
    _east, west = two_teams
    CustomerShare.objects.create(customer=west[0], user=people.sales_east, level="read")
    CustomerShare.objects.create(customer=west[1], user=people.sales_east, level="edit")
    act = work(people.sales_east, "tag", TAG)
    assert (act.total, act.counts["changed"], act.counts["denied"]) == (5, 4, 1)
    assert "西0" not in tagged()


def test_a_customer_shared_for_changing_is_not_passed_on(work, people, two_teams):
    _east, west = two_teams
    CustomerShare.objects.create(customer=west[1], user=people.sales_east, level="edit")
    act = work(people.sales_east, "assign", {"owners": [people.sales_east.pk], "reason": ""})
    assert (act.total, act.counts["denied"]) == (4, 1)
    west[1].refresh_from_db()
    assert west[1].owner_id != people.sales_east.pk


def test_a_role_without_editing_may_make_lists_but_change_nothing(work, people, two_teams):
    Role.objects.filter(pk=people.sales_east.role_id).update(capabilities=["customers.view"])
    people.sales_east.role.refresh_from_db()
    with pytest.raises(NotAllowed):
        work.draft(people.sales_east, "assign", {"owners": []})
    mine = CustomerList.objects.create(name="我的", owner=people.sales_east)
    act = work(people.sales_east, "list", {"list": mine.pk, "name": "我的"})
    assert act.counts["changed"] == 3


def test_a_right_that_was_withdrawn_stops_an_act_that_waits(work, people, two_teams):
    act = work.confirmed(people.sales_east, "tag", TAG)
    Role.objects.filter(pk=people.sales_east.role_id).update(capabilities=["customers.view"])
    act = work.run(act)
    assert act.state == "stopped"
    assert tagged() == set()


def test_an_unknown_act_and_a_foreign_one_do_not_exist(work, people, two_teams):
    with pytest.raises(DomainError):
        work.draft(people.owner, "delete", {})
    theirs = work.draft(people.sales_west, "tag", TAG)
    for verb in (services.confirm, services.discard, services.resume, services.undo):
        with pytest.raises(DomainError) as caught:
            verb(actor=people.sales_east, act=theirs)
        assert caught.value.code == "not_found"
    assert BulkAct.objects.get().state == "draft"


@pytest.mark.parametrize("page", ["", "/progress"])
def test_a_foreign_act_has_no_page(as_user, work, people, two_teams, page):
    theirs = work(people.sales_west, "tag", TAG)
    assert as_user("sales_east").get(f"/bulk/{theirs.pk}{page}").status_code == 404
    assert as_user("sales_west").get(f"/bulk/{theirs.pk}{page}").status_code in (200, 286)
    assert as_user("owner").get(f"/bulk/{theirs.pk}{page}").status_code in (200, 286)


def test_the_customers_of_an_act_show_only_within_the_scope(as_user, work, people, two_teams):
    act = work(people.owner, "tag", TAG)
    shown = as_user("owner").get(f"/customers/?bulk={act.pk}&result=changed")
    assert len(shown.context["table"].rows) == 6
    foreign = as_user("sales_east").get(f"/customers/?bulk={act.pk}&result=changed")
    assert len(foreign.context["table"].rows) == 0


def test_anothers_own_list_filters_to_nobody_and_a_shared_one_to_what_one_sees(as_user, people, two_teams):
    east, west = two_teams
    one = CustomerList.objects.create(name="私人", owner=people.owner)
    for customer in (*east, *west):
        ListMember.objects.create(list=one, customer=customer)
    client = as_user("sales_east")
    assert not client.get(f"/customers/?list={one.pk}").context["table"].rows
    CustomerList.objects.update(shared=True)
    names = [row.record.name for row in client.get(f"/customers/?list={one.pk}").context["table"].rows]
    assert sorted(names) == ["东0", "东1", "东2"]
    assert "私人" in client.get("/lists/").content.decode()
    assert client.get(f"/lists/{one.pk}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "list=x",
        "list=9999",
        "treatment=x",
        "arm=none",
        "bulk=x",
        "result=changed",
        "bulk=1&result=x",
        "ids=x",
    ],
)
def test_a_wrong_address_finds_nobody(people, two_teams, query):
    from zhike.crm.portfolio.queries import filtered

    assert filtered(people.owner, QueryDict(query)).count() == 0


def test_targets_are_kept_per_act_and_go_with_a_draft(work, people, two_teams):
    draft = work.draft(people.owner, "tag", TAG)
    services.discard(actor=people.owner, act=draft)
    assert not BulkAct.objects.exists()
    assert not BulkTarget.objects.exists()


@pytest.mark.parametrize("query", ["own_gone=1", "province=31&grade=A", "Tier=4", "contakt=due"])
def test_a_filter_that_nobody_knows_never_widens_the_choice(work, people, two_teams, query):
    Customer.objects.update(province="31")
    with pytest.raises(DomainError) as caught:
        work(people.owner, "tag", TAG, query)
    assert caught.value.code == "nobody"
    assert tagged() == set()


def test_a_filter_by_an_own_field_chooses_as_the_list_does(work, people, two_teams):
    CustomField.objects.create(key="grade", label="级别", field_type="choice", choices=["A", "B"])
    Customer.objects.filter(name__in=["东1", "西1"]).update(custom={"grade": "A"})
    act = work(people.owner, "tag", TAG, "own_grade=A&sort=-created&columns=name")
    assert (act.total, tagged()) == (2, {"东1", "西1"})
