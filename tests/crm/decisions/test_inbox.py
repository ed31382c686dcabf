"""The inbox: what each person sees in it, what each choice does, and that it can be taken back."""

from __future__ import annotations

from datetime import date

import pytest

from crm.decisions.conftest import HEADER, customer, issues, kinds
from factories import make_order
from zhike.crm.customers import merging, sharing
from zhike.crm.customers import services as customers
from zhike.crm.customers.models import Customer, FieldConflict, Merge
from zhike.crm.decisions import alike, queries, scanning, services
from zhike.crm.decisions.models import Decision, DuplicatePair, PendingCheck
from zhike.crm.orders.models import Order
from zhike.platform import jobs
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.models import AuditEvent, Job


def settle(user, kind: str, row, choice: str, **data) -> Decision:
    return services.settle(actor=user, kind=kind, row=row, choice=choice, data=data)


# Duplicates


def test_the_search_finds_the_pair_and_keeps_one_row(people, pair):
    scanning.scan()
    assert DuplicatePair.objects.count() == 1
    assert pair.probability > 0.95
    assert kinds(people.manager_east) == {"duplicate": 1}


@pytest.mark.parametrize("who", ["manager_west", "sales_east", "sales_west"])
def test_a_pair_is_seen_only_by_who_sees_both(people, pair, who):
    assert kinds(getattr(people, who)) == {}


def test_who_may_not_change_customers_is_asked_nothing(people, pair):
    assert kinds(people.analyst) == {}


def test_merging_and_undoing_in_the_inbox(people, pair):
    make_order(pair.right, date(2026, 5, 1))
    settle(people.manager_east, "duplicate", pair, "merge", survivor=pair.left_id)
    assert kinds(people.manager_east) == {}
    assert Order.objects.get().customer_id == pair.left_id
    services.undo_last(actor=people.manager_east)
    assert Order.objects.get().customer_id == pair.right_id
    assert kinds(people.manager_east) == {"duplicate": 1}


def test_a_merge_is_undone_from_the_customer_page_by_whoever_looks_after_it(client, people, pair):
    make_order(pair.right, date(2026, 5, 1))
    settle(people.manager_east, "duplicate", pair, "merge", survivor=pair.left_id)
    column = f"/customers/{pair.left_id}/cards/side"
    client.force_login(people.owner)
    client.cookies["zhike_language"] = "en"
    assert "上海远达贸易公司" in client.get(column).content.decode()
    merge = Merge.objects.get()
    answer = client.post(f"/decisions/merges/{merge.pk}/undo")
    assert answer["Location"] == f"/customers/{pair.right_id}"
    assert Order.objects.get().customer_id == pair.right_id
    assert kinds(people.manager_east) == {"duplicate": 1}
    assert services.last_decision(people.manager_east) is None, "there is nothing left to take back"
    assert "Undo the merge" not in client.get(column).content.decode()
    assert client.post(f"/decisions/merges/{merge.pk}/undo").status_code == 302, "told, not broken"
    assert Order.objects.get().customer_id == pair.right_id


def test_a_merge_is_not_undone_by_another_team_nor_by_whom_it_is_shared_with(client, people, pair):
    settle(people.manager_east, "duplicate", pair, "merge", survivor=pair.left_id)
    address = f"/decisions/merges/{Merge.objects.get().pk}/undo"
    client.force_login(people.sales_west)
    assert client.post(address).status_code == 404
    sharing.share_customer(actor=people.sales_east, customer=pair.left, user=people.sales_west, level="edit")
    client.post(address)
    assert Merge.objects.get().undone_at is None
    assert "merges/" not in client.get(f"/customers/{pair.left_id}/cards/side").content.decode()


def test_what_was_judged_different_is_not_proposed_again(people, pair):
    settle(people.manager_east, "duplicate", pair, "different")
    scanning.scan()
    assert kinds(people.manager_east) == {}
    services.undo_last(actor=people.manager_east)
    assert kinds(people.manager_east) == {"duplicate": 1}


def test_later_comes_last(people, pair):
    for name in ("杭州新程软件有限公司", "杭州新程软件公司"):
        customer(name, people.sales_east, phone="13900002222", email="a@xincheng.cn")
    scanning.scan()
    first = queries.queue(people.manager_east, "duplicate", queries.Narrowing())[0]
    settle(people.manager_east, "duplicate", DuplicatePair.objects.get(pk=first.pk), "later")
    assert [e.pk for e in queries.queue(people.manager_east, "duplicate", queries.Narrowing())][
        -1
    ] == first.pk


def test_a_pair_is_decided_once(people, pair):
    settle(people.manager_east, "duplicate", pair, "different")
    with pytest.raises(Conflict):
        settle(people.manager_east, "duplicate", pair, "merge")


def test_a_pair_that_no_longer_looks_alike_goes(people, pair):
    customers.update_customer(
        actor=people.owner, customer=pair.right, name="成都百川机械有限公司", phone="13700003333", email=""
    )
    scanning.scan()
    assert not DuplicatePair.objects.exists()


def test_a_new_customer_is_compared_at_once(people):
    customers.create_customer(actor=people.sales_east, name="上海远达贸易有限公司", phone="13800001111")
    customers.create_customer(actor=people.sales_east, name="上海远达贸易公司", phone="13800001111")
    assert PendingCheck.objects.count() == 2
    assert scanning.look() == 2
    assert kinds(people.manager_east) == {"duplicate": 1}
    assert not PendingCheck.objects.exists()


def test_many_changed_customers_ask_for_a_scan_of_all(db, monkeypatch):
    monkeypatch.setattr(scanning, "FLOOD", 2)
    scanning.note_changed([1, 2, 3])
    assert scanning.look() == 0
    assert Job.objects.get().kind == "decisions.scan"


def test_a_contact_shared_by_two_customers_makes_a_pair(people):
    left = customer("上海远达贸易有限公司", people.sales_east, phone="021-61234567")
    right = customer("远达贸易", people.sales_east)
    for one in (left, right):
        customers.save_contact(
            actor=people.sales_east, customer=one, name="李雷", phone="13800001111", email="li@yuanda.cn"
        )
    scanning.look()
    assert kinds(people.sales_east) == {"duplicate": 1}


# Rows of imports


@pytest.mark.parametrize("choice", ["update", "new", "skip"])
def test_a_decision_about_a_row_can_be_taken_back(people, doubtful, choice):
    before = list(Customer.objects.order_by("pk").values("pk", "name", "phone", "phone_key", "email"))
    counts = dict(doubtful.counts)
    issue = issues(doubtful)[0]
    wanted = f"update:{issue.candidates[0]['id']}" if choice == "update" else choice
    settle(people.manager_east, "doubtful", issue, wanted)
    assert kinds(people.manager_east) == {"doubtful": 1}
    services.undo_last(actor=people.manager_east)
    doubtful.refresh_from_db()
    assert list(Customer.objects.order_by("pk").values("pk", "name", "phone", "phone_key", "email")) == before
    assert {**doubtful.counts, "records": {}} == {**counts, "records": {}}
    assert kinds(people.manager_east) == {"doubtful": 2}


@pytest.mark.parametrize("choice", ["update:", "update:x", f"update:{'9' * 5_000}", "nothing"])
def test_a_choice_that_was_not_offered_is_refused(people, doubtful, choice):
    with pytest.raises(DomainError):
        settle(people.manager_east, "doubtful", issues(doubtful)[0], choice)


def test_rows_are_for_who_sees_the_import(people, doubtful):
    assert kinds(people.manager_west) == {}
    assert kinds(people.owner) == {"doubtful": 2}


def test_all_alike_are_decided_and_taken_back_together(people, doubtful):
    issue = issues(doubtful)[0]
    assert len(alike.like(people.manager_east, "doubtful", issue, "new")) == 2
    assert alike.decide_alike(actor=people.manager_east, kind="doubtful", issue=issue, choice="new") == 2
    assert Customer.objects.count() == 4
    assert len(services.undo_last(actor=people.manager_east)) == 2
    assert Customer.objects.count() == 2


def test_many_alike_are_a_job(people, doubtful, monkeypatch):
    monkeypatch.setattr(alike, "AT_ONCE", 1)
    job = alike.decide_alike(
        actor=people.manager_east, kind="doubtful", issue=issues(doubtful)[0], choice="skip"
    )
    jobs.run(job.pk)
    assert kinds(people.manager_east) == {}


def test_what_depends_on_the_row_is_not_decided_for_many(people, doubtful):
    with pytest.raises(DomainError):
        alike.like(people.manager_east, "rejected", issues(doubtful)[0], "correct")


def test_a_rejected_row_is_corrected_and_imported(people, rejected):
    (issue,) = issues(rejected)
    settle(people.manager_east, "rejected", issue, "correct", cells={issue.pk: {"电话": "13800001111"}})
    made = Customer.objects.get(name="远达贸易有限公司")
    rejected.refresh_from_db()
    assert made.phone_key == "+8613800001111"
    assert (rejected.counts["created"], rejected.counts["failed"], rejected.counts["rows"]) == (2, 0, 2)
    assert rejected.changes.filter(object_id=made.pk, created=True).exists()


def test_a_corrected_row_that_is_still_wrong_says_why(people, rejected):
    (issue,) = issues(rejected)
    with pytest.raises(DomainError):
        settle(people.manager_east, "rejected", issue, "correct", cells={issue.pk: {"电话": "12"}})
    assert issues(rejected)[0].values["电话"] == "123"
    assert not Decision.objects.exists()


def test_a_correction_is_taken_back(people, rejected):
    (issue,) = issues(rejected)
    settle(people.manager_east, "rejected", issue, "correct", cells={issue.pk: {"电话": "13800001111"}})
    services.undo_last(actor=people.manager_east)
    assert not Customer.objects.filter(name="远达贸易有限公司").exists()
    assert kinds(people.manager_east) == {"rejected": 1}


def test_what_was_changed_since_is_not_taken_back(people, rejected):
    (issue,) = issues(rejected)
    settle(people.manager_east, "rejected", issue, "correct", cells={issue.pk: {"电话": "13800001111"}})
    make_order(Customer.objects.get(name="远达贸易有限公司"), date(2026, 5, 1))
    with pytest.raises(Conflict):
        services.undo_last(actor=people.manager_east)
    assert Customer.objects.filter(name="远达贸易有限公司").exists()
    assert kinds(people.manager_east) == {}


def test_a_dismissed_row_is_no_longer_listed(people, rejected):
    (issue,) = issues(rejected)
    settle(people.manager_east, "rejected", issue, "dismiss")
    assert kinds(people.manager_east) == {}


def test_the_rows_of_an_order_are_corrected_together(people, importer):
    text = "订单号,客户名称,日期,商品,数量,单价\nA1,远达贸易有限公司,2026-05-01,纸,1,x\nA1,远达贸易有限公司,2026-05-01,笔,2,3\n"
    run = importer("orders", text, actor=people.owner)
    assert len(issues(run)) == 2
    first = issues(run)[0]
    settle(people.owner, "rejected", first, "correct", cells={first.pk: {"单价": "5"}})
    order = Order.objects.get()
    assert (order.revenue, order.line_count) == (11, 2)
    assert issues(run) == []
    services.undo_last(actor=people.owner)
    assert not Order.objects.exists()
    assert len(issues(run)) == 2


# Merged records and imports


def test_an_import_of_the_merged_record_finds_the_survivor(people, importer):
    text = "客户编码,客户名称,电话,邮箱\nK1,远达贸易有限公司,13800001111,\nK2,远达贸易,,li@yuanda.cn\n"
    mapping = {"columns": {"客户编码": "customer_key", "客户名称": "name", "电话": "phone", "邮箱": "email"}}
    importer("customers", text, actor=people.owner, mapping=mapping)
    left, right = Customer.objects.order_by("pk")
    merging.merge(actor=people.owner, survivor=left, merged=right)
    run = importer("customers", text, actor=people.owner, mapping=mapping)
    left.refresh_from_db()
    assert run.counts["created"] == 0
    assert (left.name, left.email) == ("远达贸易有限公司", "li@yuanda.cn")
    orders = "客户编码,订单号,日期,金额\nK2,O1,2026-05-01,100\n"
    columns = {"客户编码": "customer_key", "订单号": "order_number", "日期": "ordered_at", "金额": "amount"}
    importer("orders", orders, actor=people.owner, mapping={"columns": columns})
    assert Order.objects.get().customer == left


def test_a_row_without_key_finds_the_survivor_by_the_merged_names(people, importer):
    left = customer("远达贸易有限公司", people.owner, phone="13800001111")
    right = customer("新程软件有限公司", people.owner, phone="13900002222")
    merging.merge(actor=people.owner, survivor=left, merged=right)
    run = importer("customers", HEADER + "新程软件有限公司,13900002222,\n", actor=people.owner)
    left.refresh_from_db()
    assert run.counts["created"] == 0
    assert left.name == "远达贸易有限公司"


# Two values


@pytest.fixture
def conflict(people, pair):
    record = merging.merge(actor=people.manager_east, survivor=pair.left, merged=pair.right, take=["name"])
    left = Customer.objects.get(pk=pair.left_id)
    customers.update_customer(actor=people.manager_east, customer=left, name="远达集团")
    merging.undo_merge(actor=people.manager_east, record=record)
    return FieldConflict.objects.get()


def test_the_value_of_a_person_stays_until_somebody_chooses(people, conflict):
    assert kinds(people.manager_east)["conflict"] == 1
    settle(people.manager_east, "conflict", conflict, "take")
    conflict.customer.refresh_from_db()
    assert conflict.customer.name == "上海远达贸易有限公司"
    services.undo_last(actor=people.manager_east)
    conflict.customer.refresh_from_db()
    assert conflict.customer.name == "远达集团"


def test_what_a_file_replaces_of_a_colleagues_entry_waits_for_a_choice(people, importer):
    text = "客户编码,客户名称,电话\nK1,远达贸易有限公司,{}\n"
    mapping = {"columns": {"客户编码": "customer_key", "客户名称": "name", "电话": "phone"}}
    importer("customers", text.format("13800001111"), actor=people.owner, mapping=mapping)
    made = Customer.objects.get()
    customers.update_customer(actor=people.owner, customer=made, phone="13900002222")
    run = importer("customers", text.format("13800001111"), actor=people.owner, mapping=mapping)
    row = FieldConflict.objects.get()
    assert (row.field, row.current, row.other) == ("phone", "13800001111", "13900002222")
    settle(people.owner, "conflict", row, "take")
    made.refresh_from_db()
    assert made.phone == "13900002222"
    importer.undo(run, actor=people.owner)
    assert FieldConflict.objects.filter(origin="import", state="open").count() == 0


def test_what_an_undone_import_finds_changed_waits_for_a_choice(people, importer):
    made = customer("远达贸易有限公司", people.owner, phone="13800001111")
    run = importer("customers", HEADER + "远达贸易有限公司,13900002222,\n", actor=people.owner)
    made.refresh_from_db()
    assert made.phone == "13900002222"
    customers.update_customer(actor=people.owner, customer=made, phone="13700003333")
    importer.undo(run, actor=people.owner)
    row = FieldConflict.objects.get(origin="import_undo")
    assert (row.field, row.current, row.other) == ("phone", "13700003333", "13800001111")


def test_a_conflict_is_unknown_to_another_team(people, conflict):
    assert "conflict" not in kinds(people.manager_west)


def test_every_decision_is_in_the_audit_trail(people, pair, doubtful):
    settle(people.manager_east, "duplicate", pair, "different")
    settle(people.manager_east, "doubtful", issues(doubtful)[0], "skip")
    services.undo_last(actor=people.manager_east)
    events = set(AuditEvent.objects.values_list("event", flat=True))
    assert {"duplicate.different", "import.row_decided", "import.row_reopened"} <= events
