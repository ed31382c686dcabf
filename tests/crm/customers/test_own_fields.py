"""Fields that a company adds never lose a value, whatever is changed about them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from factories import make_customer, make_people
from zhike.crm.customers import own_fields, services, tags
from zhike.crm.customers.custom_fields import said
from zhike.crm.customers.models import Contact, Customer, CustomField, Tag
from zhike.platform.errors import DomainError, NotAllowed

LEVELS = ["高", "中", "低"]


def define(people, **given):
    return own_fields.define_field(
        actor=people.owner, **{"entity": "customer", "label": "级别", "field_type": "text", **given}
    )


def test_only_those_who_manage_the_company_define_fields(people):
    with pytest.raises(NotAllowed):
        own_fields.define_field(actor=people.sales_east, entity="customer", label="x", field_type="text")


def test_a_key_comes_from_the_label(people):
    assert define(people, label_en="Service level").key == "service_level"
    assert define(people, label="等级").key == "deng_ji"
    assert define(people, label="★").key == "field"
    assert define(people, label="☆").key == "field_2"


@pytest.mark.parametrize(
    ("before", "value", "after", "expected"),
    [
        ({"field_type": "text"}, "12", {"field_type": "number"}, 12),
        ({"field_type": "number"}, 12.5, {"field_type": "text"}, "12.5"),
        ({"field_type": "text"}, "高", {"field_type": "choice", "choices": LEVELS}, "高"),
        ({"field_type": "choice", "choices": LEVELS}, "高", {"field_type": "multiple"}, ["高"]),
        ({"field_type": "multiple", "choices": LEVELS}, ["高"], {"field_type": "choice"}, "高"),
        ({"field_type": "multiple", "choices": LEVELS}, ["高", "低"], {"field_type": "text"}, "高、低"),
        ({"field_type": "date"}, "2026-05-01", {"field_type": "text"}, "2026-05-01"),
    ],
)
def test_a_type_changes_when_every_value_fits(people, before, value, after, expected):
    field = define(people, **before)
    customer = make_customer(owner=people.owner, custom={field.key: value})
    own_fields.change_field(actor=people.owner, field=field, **after)
    customer.refresh_from_db()
    assert customer.custom == {field.key: expected}


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ({"field_type": "text"}, "007", {"field_type": "number"}),
        ({"field_type": "text"}, "soon", {"field_type": "date"}),
        ({"field_type": "boolean"}, True, {"field_type": "text"}),
        ({"field_type": "multiple", "choices": LEVELS}, ["高", "低"], {"field_type": "choice"}),
        ({"field_type": "choice", "choices": LEVELS}, "低", {"choices": ["高"]}),
    ],
)
def test_a_change_that_would_lose_a_value_is_refused(people, before, value, after):
    field = define(people, **before)
    customer = make_customer(owner=people.owner, custom={field.key: value})
    with pytest.raises(DomainError) as refused:
        own_fields.change_field(actor=people.owner, field=field, **after)
    assert refused.value.code == "would_lose"
    customer.refresh_from_db()
    assert customer.custom == {field.key: value}


class NothingIsLost(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        values=st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), max_size=4
        ),
        kind=st.sampled_from(["number", "date", "choice", "multiple", "boolean"]),
    )
    def test_what_was_stored_reads_the_same_after_any_change_of_type(self, values, kind):
        people = make_people()
        Customer.objects.all().delete()
        field = own_fields.define_field(
            actor=people.owner, entity="customer", label="备注", field_type="text"
        )
        stored = [value.strip() for value in values if value.strip()]
        for value in stored:
            make_customer(owner=people.owner, custom={field.key: value})
        choices = list(dict.fromkeys(stored)) or ["甲"]
        with suppress(DomainError):
            own_fields.change_field(actor=people.owner, field=field, field_type=kind, choices=choices)
        kept = [said(customer.custom[field.key]) for customer in Customer.objects.order_by("pk")]
        assert kept == stored


def test_an_archived_field_is_shown_nowhere_and_keeps_its_values(people):
    field = define(people)
    customer = make_customer(owner=people.owner, custom={field.key: "甲"})
    own_fields.archive_field(actor=people.owner, field=field)
    assert not CustomField.objects.living().exists()
    services.update_customer(actor=people.owner, customer=customer, needs="新", custom=customer.custom)
    own_fields.bring_back_field(actor=people.owner, field=field)
    customer.refresh_from_db()
    assert customer.custom == {field.key: "甲"}
    assert CustomField.objects.living().get() == field


def test_the_values_of_deleted_contacts_count_too(people):
    field = define(people, entity="contact")
    customer = make_customer(owner=people.owner)
    contact = Contact.objects.create(customer=customer, name="王芳", custom={field.key: "abc"})
    services.delete_contact(actor=people.owner, contact=contact)
    with pytest.raises(DomainError):
        own_fields.change_field(actor=people.owner, field=field, field_type="number")


def test_a_tag_renamed_to_an_existing_one_is_merged(people):
    one, two = make_customer("甲", owner=people.owner), make_customer("乙", owner=people.owner)
    services.set_tags(actor=people.owner, customer=one, tags=["重要", "VIP"])
    services.set_tags(actor=people.owner, customer=two, tags=["VIP"])
    tags.change_tag(actor=people.owner, tag=Tag.objects.get(name="VIP"), name="重要", color="red")
    assert [tag.name for tag in two.tags.all()] == [tag.name for tag in one.tags.all()] == ["重要"]
    assert [(tag.used, tag.color) for tag in tags.with_counts()] == [(2, "red")]


def test_only_those_who_manage_the_company_rename_tags(people):
    tag = Tag.objects.create(name="VIP")
    with pytest.raises(NotAllowed):
        tags.change_tag(actor=people.sales_east, tag=tag, name="重要")
