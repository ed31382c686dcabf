"""What each act does to whom, what it leaves alone, and that its undo puts everything back."""

from __future__ import annotations

from datetime import date

import pytest

from factories import make_customer
from zhike.crm.bulk.models import BulkState, BulkTarget
from zhike.crm.customers import services as customers
from zhike.crm.customers.models import Customer, CustomerList, CustomField, ListMember, OwnerHistory, Tag
from zhike.crm.tasks.models import Task
from zhike.platform.models import AuditEvent

pytestmark = pytest.mark.django_db
EAST = "q=&province=31"


@pytest.fixture
def ten(people):
    """Ten customers of the east: five of one colleague, five of another; one of the west."""
    mine = [make_customer(f"甲{n}", owner=people.sales_east, province="31") for n in range(5)]
    others = [make_customer(f"乙{n}", owner=people.sales_east2, province="31") for n in range(5)]
    make_customer("西", owner=people.sales_west, province="31")
    return [*mine, *others]


def counts(act):
    return {name: count for name, count in act.counts.items() if count and name != "undo"}


def owners(rows):
    return list(
        Customer.objects.filter(pk__in=[one.pk for one in rows])
        .order_by("pk")
        .values_list("owner", flat=True)
    )


class TestAssign:
    def test_everybody_gets_the_new_owner_and_the_owners_team(self, work, people, ten):
        act = work(people.manager_east, "assign", {"owners": [people.sales_east2.pk]}, EAST)
        assert counts(act) == {"changed": 5, "same": 5}
        assert act.state == BulkState.DONE
        assert set(owners(ten)) == {people.sales_east2.pk}
        assert all(one.team == people.east for one in Customer.objects.filter(pk__in=[c.pk for c in ten]))

    def test_the_history_of_owners_goes_on(self, work, people, ten):
        act = work(people.manager_east, "assign", {"owners": [people.sales_east2.pk], "reason": "休假"}, EAST)
        now = OwnerHistory.objects.get(customer=ten[0], valid_to=None)
        assert (now.owner, now.origin, now.reason) == (people.sales_east2, "bulk", "休假")
        work.undo(people.manager_east, act)
        now = OwnerHistory.objects.get(customer=ten[0], valid_to=None)
        assert (now.owner, now.origin) == (people.sales_east, "undo")

    def test_several_owners_share_evenly_and_keep_what_they_have(self, work, people, ten):
        params = {"owners": [people.sales_east.pk, people.manager_east.pk]}
        act = work(people.manager_east, "assign", params, EAST)
        assert counts(act) == {"changed": 5, "same": 5}
        assert owners(ten[:5]) == [people.sales_east.pk] * 5
        assert owners(ten[5:]) == [people.manager_east.pk] * 5

    def test_a_deal_over_several_chunks_is_as_even_as_over_one(self, work, people, ten, monkeypatch):
        monkeypatch.setattr("zhike.crm.bulk.runner.CHUNK", 3)
        params = {"owners": [people.manager_east.pk, people.analyst.pk]}
        work(people.owner, "assign", params, EAST)
        found = owners(ten)
        assert found.count(people.manager_east.pk) == found.count(people.analyst.pk) == 5

    def test_nobody_is_an_owner_too(self, work, people, ten):
        act = work(people.manager_east, "assign", {"owners": []}, EAST)
        assert counts(act) == {"changed": 10}
        assert set(owners(ten)) == {None}
        work.undo(people.manager_east, act)
        assert owners(ten) == [people.sales_east.pk] * 5 + [people.sales_east2.pk] * 5

    def test_who_gave_customers_away_can_take_them_back(self, work, people, ten):
        act = work(people.sales_east, "assign", {"owners": [people.sales_west.pk]})
        assert not Customer.objects.visible_to(people.sales_east).exists()
        act = work.undo(people.sales_east, act)
        assert act.counts["undo"] == {"kept": 0, "restored": 5}
        assert Customer.objects.visible_to(people.sales_east).count() == 5

    def test_somebody_who_left_gets_nothing(self, work, people, ten):
        people.sales_east2.is_active = False
        people.sales_east2.save()
        act = work(people.manager_east, "assign", {"owners": [people.sales_east2.pk]}, EAST)
        assert act.state == BulkState.STOPPED
        assert act.error
        assert owners(ten[:5]) == [people.sales_east.pk] * 5


class TestTags:
    def test_tags_are_added_once_and_new_ones_enter_the_companys_list(self, work, people, ten):
        ten[0].tags.add(Tag.objects.create(name="VIP"))
        act = work(people.manager_east, "tag", {"tags": ["VIP", "展会"]}, EAST)
        assert counts(act) == {"changed": 10}
        assert {tag.name for tag in ten[3].tags.all()} == {"VIP", "展会"}
        again = work(people.manager_east, "tag", {"tags": ["VIP"]}, EAST)
        assert counts(again) == {"same": 10}

    def test_undo_takes_off_only_what_the_act_put_on_and_forgets_tags_that_it_made(self, work, people, ten):
        ten[0].tags.add(Tag.objects.create(name="VIP"))
        act = work(people.manager_east, "tag", {"tags": ["VIP", "展会"]}, EAST)
        work.undo(people.manager_east, act)
        assert [tag.name for tag in ten[0].tags.all()] == ["VIP"]
        assert not ten[1].tags.exists()
        assert list(Tag.objects.values_list("name", flat=True)) == ["VIP"]

    def test_tags_are_taken_off_and_come_back(self, work, people, ten):
        vip = Tag.objects.create(name="VIP")
        for one in ten[:3]:
            one.tags.add(vip)
        act = work(people.manager_east, "untag", {"tags": ["VIP"]}, EAST)
        assert counts(act) == {"changed": 3, "same": 7}
        assert not vip.customers.exists()
        work.undo(people.manager_east, act)
        assert set(vip.customers.all()) == set(ten[:3])

    def test_who_has_thirty_tags_is_left_out(self, work, people, ten):
        ten[0].tags.set([Tag.objects.create(name=f"标签{n}") for n in range(30)])
        act = work(people.manager_east, "tag", {"tags": ["VIP"]}, EAST)
        assert counts(act) == {"changed": 9, "excluded": 1}
        assert ten[0].tags.count() == 30

    def test_a_tag_that_was_taken_off_meanwhile_is_reported(self, work, people, ten):
        act = work(people.manager_east, "tag", {"tags": ["VIP"]}, EAST)
        ten[0].tags.clear()
        act = work.undo(people.manager_east, act)
        assert act.counts["undo"] == {"restored": 9, "kept": 1}
        assert BulkTarget.objects.get(act=act, undone="kept").customer_id == ten[0].pk


class TestFields:
    def test_fields_and_own_fields_are_set(self, work, people, ten):
        CustomField.objects.create(key="grade", label="级别", field_type="text")
        CustomField.objects.create(key="seats", label="座位", field_type="number")
        Customer.objects.filter(pk=ten[0].pk).update(size="small", custom={"grade": "B", "seats": 3})
        params = {"values": {"size": "large"}, "custom": {"grade": "A", "seats": ""}}
        act = work(people.manager_east, "set", params, EAST)
        assert counts(act) == {"changed": 10}
        now = Customer.objects.get(pk=ten[0].pk)
        assert (now.size, now.custom, now.version) == ("large", {"grade": "A"}, 2)
        work.undo(people.manager_east, act)
        now = Customer.objects.get(pk=ten[0].pk)
        assert (now.size, now.custom, now.version) == ("small", {"grade": "B", "seats": 3}, 3)

    def test_a_new_province_drops_a_city_outside_it_and_undo_brings_it_back(self, work, people, ten):
        Customer.objects.filter(pk=ten[0].pk).update(city="3101")
        act = work(people.manager_east, "set", {"values": {"province": "44"}, "custom": {}}, EAST)
        assert Customer.objects.filter(pk=ten[0].pk, province="44", city="").exists()
        work.undo(people.manager_east, act)
        assert Customer.objects.filter(pk=ten[0].pk, province="31", city="3101").exists()

    def test_a_field_that_somebody_changed_since_is_left_alone(self, work, people, ten):
        act = work(people.manager_east, "set", {"values": {"size": "large"}, "custom": {}}, EAST)
        customers.update_customer(actor=people.sales_east, customer=ten[0], size="micro")
        customers.update_customer(actor=people.sales_east, customer=ten[1], phone="13800138000")
        act = work.undo(people.manager_east, act)
        assert act.counts["undo"] == {"restored": 9, "kept": 1}
        assert Customer.objects.get(pk=ten[0].pk).size == "micro"
        assert Customer.objects.get(pk=ten[1].pk).size == ""

    @pytest.mark.parametrize("values", [{"name": "改"}, {"owner": 1}, {"size": "giant"}, {"province": "99"}])
    def test_other_fields_and_wrong_values_change_nothing(self, work, people, ten, values):
        act = work(people.manager_east, "set", {"values": values, "custom": {}}, EAST)
        assert act.state == BulkState.STOPPED
        assert not Customer.objects.exclude(version=1).exists()


class TestTasks:
    PARAMS = {"title": "回访", "due_on": "2026-12-01", "assignee": "owner", "for_treatment": True}

    def test_every_owner_gets_a_task_and_customers_of_nobody_are_left_out(self, work, people, ten):
        make_customer("无主", team=people.east, province="31")
        act = work(people.manager_east, "task", self.PARAMS, EAST)
        assert counts(act) == {"changed": 10, "excluded": 1}
        task = Task.objects.get(customer=ten[7])
        assert (task.title, task.assignee, task.due_on) == ("回访", people.sales_east2, date(2026, 12, 1))

    def test_undo_deletes_untouched_tasks_and_reports_the_others(self, work, people, ten):
        act = work(people.manager_east, "task", self.PARAMS, EAST)
        Task.objects.filter(customer=ten[0]).update(version=2)
        act = work.undo(people.manager_east, act)
        assert act.counts["undo"] == {"restored": 9, "kept": 1}
        assert [task.customer for task in Task.objects.all()] == [ten[0]]


class TestLists:
    def test_customers_go_in_once_and_out_again(self, work, people, ten):
        mine = CustomerList.objects.create(name="拜访", owner=people.sales_east)
        params = {"list": mine.pk, "name": "拜访"}
        ListMember.objects.create(list=mine, customer=ten[0], added_by=people.sales_east)
        act = work(people.sales_east, "list", params)
        assert counts(act) == {"changed": 4, "same": 1}
        out = work(people.sales_east, "unlist", params)
        assert counts(out) == {"changed": 5}
        work.undo(people.sales_east, out)
        assert mine.members.count() == 5
        work.undo(people.sales_east, act)
        assert [member.customer for member in mine.members.all()] == [ten[0]]

    def test_membership_comes_back_with_its_day_and_its_author(self, work, people, ten):
        mine = CustomerList.objects.create(name="拜访", owner=people.manager_east)
        member = ListMember.objects.create(list=mine, customer=ten[0], added_by=people.sales_west)
        out = work(people.manager_east, "unlist", {"list": mine.pk, "name": "拜访"}, EAST)
        work.undo(people.manager_east, out)
        back = mine.members.get()
        assert (back.customer, back.added_by, back.at) == (ten[0], people.sales_west, member.at)

    def test_the_list_that_was_deleted_meanwhile_is_not_made_again(self, work, people, ten):
        mine = CustomerList.objects.create(name="拜访", owner=people.manager_east)
        act = work(people.manager_east, "list", {"list": mine.pk, "name": "拜访"}, EAST)
        mine.delete()
        act = work.undo(people.manager_east, act)
        assert act.counts["undo"] == {"restored": 0, "kept": 10}

    def test_anothers_own_list_cannot_be_used(self, work, people, ten):
        theirs = CustomerList.objects.create(name="私人", owner=people.sales_east2)
        act = work(people.sales_east, "list", {"list": theirs.pk, "name": "x"})
        assert act.state == BulkState.STOPPED
        assert not theirs.members.exists()


def test_one_act_is_one_event_with_its_counts(work, people, ten):
    act = work(people.manager_east, "tag", {"tags": ["VIP"]}, EAST)
    [done] = AuditEvent.objects.filter(event="bulk.done")
    assert (done.actor, done.target_id) == (people.manager_east, act.pk)
    assert done.changes["changed"] == [None, 10]


def test_the_customers_are_those_of_the_confirmation(work, people, ten):
    act = work.confirmed(people.manager_east, "tag", {"tags": ["VIP"]}, EAST)
    late = make_customer("晚来", owner=people.sales_east, province="31")
    Customer.objects.filter(pk=ten[0].pk).update(province="44")
    act = work.run(act)
    assert counts(act) == {"changed": 10}
    assert ten[0].tags.exists()
    assert not late.tags.exists()


def test_a_customer_deleted_before_its_turn_is_left_alone(work, people, ten):
    act = work.confirmed(people.manager_east, "tag", {"tags": ["VIP"]}, EAST)
    customers.delete_customer(actor=people.manager_east, customer=ten[0])
    assert counts(work.run(act)) == {"changed": 9, "denied": 1}


def test_nobody_chosen_is_said_at_once(work, people, ten):
    with pytest.raises(Exception, match=r"客户|filters"):
        work(people.manager_east, "tag", {"tags": ["VIP"]}, "q=没有这个客户啊")
