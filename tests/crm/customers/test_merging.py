"""Two records become one, and two again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from factories import make_customer, make_order, make_people
from zhike.crm.customers import merging, movers, services
from zhike.crm.customers.models import Contact, Customer, FieldConflict, Merge, Tag
from zhike.crm.interactions.models import Interaction
from zhike.crm.orders.models import Order
from zhike.platform.errors import Conflict, DomainError, NotAllowed
from zhike.platform.models import AuditEvent, ChangeLog

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def pair(people):
    left = make_customer("上海远达贸易有限公司", owner=people.sales_east, phone="021-61234567")
    right = make_customer(
        "远达贸易", owner=people.sales_east2, email="li@yuanda.cn", source="erp", external_key="K2"
    )
    return left, right


def facts(customer: Customer) -> None:
    """One of each kind of fact."""
    contact = Contact.objects.create(customer=customer, name=f"联系人{customer.pk}", is_primary=True)
    make_order(customer, date(2026, 5, 1))
    Interaction.objects.create(customer=customer, contact=contact, at=NOW, summary="谈过")
    customer.tags.add(
        Tag.objects.get_or_create(name="展会")[0], Tag.objects.get_or_create(name=customer.name[:4])[0]
    )


def test_everything_goes_to_the_survivor(people, pair):
    left, right = pair
    facts(left)
    facts(right)
    merging.merge(actor=people.manager_east, survivor=left, merged=right)
    left.refresh_from_db()
    assert Order.objects.filter(customer=left).count() == 2
    assert Interaction.objects.filter(customer=left).count() == 2
    assert left.contacts.count() == 2
    assert left.contacts.filter(is_primary=True).count() == 1
    assert {tag.name for tag in left.tags.all()} == {"展会", "上海远达", "远达贸易"}


def test_what_the_survivor_lacks_comes_from_the_other(people, pair):
    left, right = pair
    merging.merge(actor=people.manager_east, survivor=left, merged=right)
    left.refresh_from_db()
    assert (left.name, left.phone, left.email) == ("上海远达贸易有限公司", "021-61234567", "li@yuanda.cn")
    assert left.email_key == "li@yuanda.cn"


def test_fields_are_taken_as_chosen(people, pair):
    left, right = pair
    right.custom = {"level": "A"}
    right.save()
    merging.merge(actor=people.manager_east, survivor=left, merged=right, take=["name", "owner"])
    left.refresh_from_db()
    assert (left.name, left.owner, left.email) == ("远达贸易", people.sales_east2, "")
    assert left.custom == {"level": "A"}


def test_the_merged_one_is_in_no_list_and_leads_to_the_survivor(people, pair):
    left, right = pair
    merging.merge(actor=people.manager_east, survivor=left, merged=right)
    assert right not in Customer.objects.visible_to(people.owner)
    assert right not in Customer.objects.deleted(people.owner)
    assert merging.survivor_of(right.pk) == left.pk
    assert merging.survivor_of(left.pk) is None


def test_a_chain_of_merges_leads_to_its_end(people, pair):
    left, right = pair
    third = make_customer("远达", owner=people.sales_east)
    merging.merge(actor=people.manager_east, survivor=left, merged=right)
    merging.merge(actor=people.manager_east, survivor=third, merged=left)
    assert merging.survivor_of(right.pk) == third.pk


def test_who_was_left_in_peace_stays_so(people, pair):
    left, right = pair
    Customer.objects.filter(pk=right.pk).update(no_profiling=True, no_care_since=date(2026, 1, 1))
    merging.merge(actor=people.manager_east, survivor=left, merged=Customer.objects.get(pk=right.pk))
    left.refresh_from_db()
    assert left.no_profiling
    assert left.no_care_since == date(2026, 1, 1)


def test_a_customer_number_is_swapped_and_swapped_back(people, pair):
    left, right = pair
    Customer.objects.filter(pk=left.pk).update(code="A1")
    Customer.objects.filter(pk=right.pk).update(code="B2")
    record = merging.merge(actor=people.manager_east, survivor=left, merged=right, take=["code"])
    assert codes(left, right) == ("B2", "A1")
    assert merging.undo_merge(actor=people.manager_east, record=record) == []
    assert codes(left, right) == ("A1", "B2")


def codes(*customers: Customer) -> tuple[str | None, ...]:
    return tuple(Customer.objects.get(pk=customer.pk).code for customer in customers)


def test_a_row_that_the_survivor_has_already_stays_behind(people, pair):
    left, right = pair
    for customer in pair:
        Contact.objects.create(customer=customer, name="李雷", external_key="C1")
    record = merging.merge(actor=people.manager_east, survivor=left, merged=right)
    assert left.contacts.count() == 1
    merging.undo_merge(actor=people.manager_east, record=record)
    assert right.contacts.count() == 1


def test_both_are_counted_anew(people, pair):
    left, right = pair
    make_order(right, date(2026, 5, 1))
    ChangeLog.objects.all().delete()
    merging.merge(actor=people.manager_east, survivor=left, merged=right)
    assert set(ChangeLog.objects.values_list("customer_id", flat=True)) >= {left.pk, right.pk}


def test_merging_is_in_the_audit_trail(people, pair):
    left, right = pair
    record = merging.merge(actor=people.manager_east, survivor=left, merged=right)
    merging.undo_merge(actor=people.manager_east, record=record)
    events = AuditEvent.objects.filter(event__startswith="customer.merge").order_by("id")
    assert [event.event for event in events] == [
        "customer.merged",
        "customer.merged_away",
        "customer.merge_undone",
    ]


def test_only_who_decides_about_both_may_merge(people, pair):
    left, _right = pair
    foreign = make_customer("远达", owner=people.sales_west)
    with pytest.raises(DomainError) as error:
        merging.merge(actor=people.manager_east, survivor=left, merged=foreign)
    assert error.value.code == "not_found"
    with pytest.raises(NotAllowed):
        merging.merge(actor=people.analyst, survivor=left, merged=foreign)


def test_a_merge_of_what_was_changed_meanwhile_is_refused(people, pair):
    left, right = pair
    services.update_customer(actor=people.manager_east, customer=left, needs="样品")
    with pytest.raises(Conflict):
        merging.merge(actor=people.manager_east, survivor=left, merged=right, versions=(1, 1))


def test_a_customer_is_merged_once_and_not_with_itself(people, pair):
    left, right = pair
    merging.merge(actor=people.manager_east, survivor=left, merged=right)
    with pytest.raises(Conflict):
        merging.merge(actor=people.manager_east, survivor=left, merged=right)
    with pytest.raises(DomainError):
        merging.merge(actor=people.manager_east, survivor=left, merged=left)


def test_an_earlier_merge_waits_for_the_later_one_to_be_undone(people, pair):
    left, right = pair
    third = make_customer("远达", owner=people.sales_east)
    first = merging.merge(actor=people.manager_east, survivor=left, merged=right)
    second = merging.merge(actor=people.manager_east, survivor=third, merged=left)
    with pytest.raises(Conflict):
        merging.undo_merge(actor=people.manager_east, record=first)
    merging.undo_merge(actor=people.manager_east, record=second)
    merging.undo_merge(actor=people.manager_east, record=first)
    assert set(Customer.objects.visible_to(people.owner)) == {left, right, third}


def test_a_field_changed_since_stays_and_waits_for_a_choice(people, pair):
    left, right = pair
    record = merging.merge(actor=people.manager_east, survivor=left, merged=right)
    left.refresh_from_db()
    services.update_customer(actor=people.sales_east, customer=left, email="new@yuanda.cn")
    assert merging.undo_merge(actor=people.manager_east, record=record) == ["email"]
    conflict = FieldConflict.objects.get()
    assert (conflict.field, conflict.current, conflict.other) == ("email", "new@yuanda.cn", "")
    assert Customer.objects.get(pk=left.pk).email == "new@yuanda.cn"


def test_what_came_since_stays_with_the_survivor(people, pair):
    left, right = pair
    record = merging.merge(actor=people.manager_east, survivor=left, merged=right)
    order = make_order(left, date(2026, 6, 1))
    merging.undo_merge(actor=people.manager_east, record=record)
    order.refresh_from_db()
    assert order.customer == left


@pytest.mark.django_db
def test_every_table_of_a_customer_moves_or_says_why_not():
    known = {
        "customers.contact", "customers.customershare", "customers.listmember", "customers.customer_tags",
        "orders.order", "interactions.interaction",
    }  # fmt: skip
    tables = {model._meta.label_lower for model, _field in movers.relations()}
    assert known <= tables - set(movers.STAYS) | {"customers.contact"}
    assert set(movers.STAYS) <= tables
    assert all(reason for reason in movers.STAYS.values())


TOUCHED = {"version", "updated_at"}


def snapshot(*numbers: int) -> dict[str, Any]:
    """Everything that hangs on the customers, but for what every write touches."""
    rows = Customer.objects.filter(pk__in=numbers).order_by("pk")
    found: dict[str, Any] = {"customers": [_plain(row) for row in rows.values()]}
    for model, field in movers.relations():
        if model in (Merge, apps.get_model("customers", "OwnerHistory")):
            continue
        mine = model._base_manager.filter(**{f"{field}__in": numbers}).order_by("pk")
        found[f"{model._meta.label}.{field}"] = [_plain(row) for row in mine.values()]
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in TOUCHED}


text = st.text("甲乙丙abc ", max_size=6)
record = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["company", "person"]),
        "name": text.map(lambda t: t.strip() or "无名"),
        "phone": st.sampled_from(["", "13800001111", "021-61234567"]),
        "email": st.sampled_from(["", "a@b.cn", "c@d.cn"]),
        "needs": text,
        "province": st.sampled_from(["", "31", "44"]),
        "birthday": st.none() | st.dates(date(1950, 1, 1), date(2005, 1, 1)),
        "custom": st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"]), max_size=2),
        "no_profiling": st.booleans(),
        "last_contact_at": st.none()
        | st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1)).map(
            lambda moment: moment.replace(tzinfo=UTC)
        ),
        "code": st.none() | st.uuids().map(str),
    }
)
rows = st.fixed_dictionaries(
    {
        "contacts": st.lists(st.sampled_from([None, "C1", "C2"]), max_size=3, unique=True),
        "main": st.booleans(),
        "orders": st.integers(0, 2),
        "talks": st.integers(0, 2),
        "tags": st.sets(st.sampled_from(["A", "B", "C"])),
    }
)
names = st.sampled_from([*(group.name for group in merging.GROUPS), "custom:a", "custom:b"])


class TestUndo(TestCase):
    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.tuples(record, record), st.tuples(rows, rows), st.none() | st.sets(names))
    def test_undo_restores_exactly(self, records, facts, take):
        owner = make_people().owner
        pair = [
            make_customer(
                owner=owner,
                **fields,
                **services.derive_keys(fields["name"], fields["phone"], fields["email"]),
            )
            for fields in records
        ]
        for customer, hanging in zip(pair, facts, strict=True):
            _hang(customer, hanging)
        before = snapshot(*(customer.pk for customer in pair))
        done = merging.merge(actor=owner, survivor=pair[0], merged=pair[1], take=take)
        assert merging.undo_merge(actor=owner, record=done) == []
        assert snapshot(*(customer.pk for customer in pair)) == before


def _hang(customer: Customer, hanging: dict[str, Any]) -> None:
    for place, key in enumerate(hanging["contacts"]):
        main = hanging["main"] and place == 0
        Contact.objects.create(customer=customer, name=f"联系人{place}", external_key=key, is_primary=main)
    for number in range(hanging["orders"]):
        make_order(customer, date(2026, 5, 1 + number))
    for number in range(hanging["talks"]):
        Interaction.objects.create(customer=customer, at=NOW, summary=str(number))
    customer.tags.set([Tag.objects.get_or_create(name=name)[0] for name in hanging["tags"]])
