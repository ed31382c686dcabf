"""Creating, changing, handing over and deleting customers and contacts."""

from datetime import date

import pytest

from factories import make_customer
from zhike.crm.customers import services
from zhike.crm.customers.models import Customer, CustomField
from zhike.platform.errors import Conflict, DomainError, NotAllowed
from zhike.platform.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_a_new_customer_has_its_keys_owner_team_and_audit(people):
    customer = services.create_customer(
        actor=people.sales_east,
        name=" 上海远达贸易有限公司 ",
        phone="138 0013 8000",
        email="A@B.cn",
        tags=["重点"],
    )
    assert customer.name == "上海远达贸易有限公司"
    assert (customer.phone_key, customer.email_key) == ("+8613800138000", "a@b.cn")
    assert customer.name_key == "上海远达贸易"
    assert (customer.owner, customer.team) == (people.sales_east, people.east)
    assert [tag.name for tag in customer.tags.all()] == ["重点"]
    assert AuditEvent.objects.filter(event="customer.created", target_id=customer.pk).exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "甲", "phone": "1.38E+10"}, "phone"),
        ({"name": "甲", "email": "nobody"}, "email"),
        ({"name": "甲", "kind": "ghost"}, "kind"),
        ({"name": "甲", "province": "99"}, "province"),
        ({"name": "甲", "province": "31", "city": "4403"}, "city"),
        ({"name": "甲", "industry": "ZZ"}, "industry"),
        ({"name": "甲", "birthday": date(2999, 1, 1)}, "birthday"),
        ({"name": "甲", "version": 9}, "version"),
        ({"name": "甲\n乙"}, "name"),
        ({"name": "甲" * 201}, "name"),
        ({"name": "甲", "custom": {"unknown": 1}}, "custom.unknown"),
    ],
)
def test_a_wrong_or_unknown_field_is_named_and_nothing_is_saved(people, fields, field):
    with pytest.raises(DomainError) as caught:
        services.create_customer(actor=people.owner, **fields)
    assert caught.value.field == field
    assert not Customer.objects.exists()


def test_the_second_of_two_edits_of_one_version_is_refused(people):
    customer = make_customer(owner=people.sales_east)
    services.update_customer(actor=people.sales_east, customer=customer, version=1, name="新名")
    with pytest.raises(Conflict):
        services.update_customer(actor=people.sales_east, customer=customer, version=1, name="又名")
    customer.refresh_from_db()
    assert (customer.name, customer.version) == ("新名", 2)


def test_an_edit_that_changes_nothing_leaves_version_and_audit_alone(people):
    customer = make_customer(owner=people.sales_east)
    services.update_customer(actor=people.sales_east, customer=customer, name=customer.name)
    customer.refresh_from_db()
    assert customer.version == 1
    assert not AuditEvent.objects.filter(event="customer.updated").exists()


def test_a_city_must_lie_in_the_province_that_is_already_there(people):
    customer = make_customer(owner=people.owner, province="31", city="")
    with pytest.raises(DomainError):
        services.update_customer(actor=people.owner, customer=customer, city="4403")


def test_another_team_s_customer_cannot_be_changed(people):
    customer = make_customer(owner=people.sales_west)
    with pytest.raises(DomainError):
        services.update_customer(actor=people.sales_east, customer=customer, name="x")
    with pytest.raises(NotAllowed):
        services.update_customer(actor=people.analyst, customer=customer, name="x")
    customer.refresh_from_db()
    assert customer.version == 1


def test_the_team_follows_a_new_owner(people):
    customer = make_customer(owner=people.sales_east)
    services.assign_customer(actor=people.owner, customer=customer, owner=people.sales_west)
    customer.refresh_from_db()
    assert (customer.owner, customer.team) == (people.sales_west, people.west)


def test_custom_fields_are_stored_by_type(people):
    CustomField.objects.create(key="staff", label="人数", field_type="number")
    CustomField.objects.create(key="since", label="合作日", field_type="date")
    CustomField.objects.create(key="level", label="级别", field_type="choice", choices=["高", "低"])
    given = {"staff": "1,200", "since": "2020-02-29", "level": "高"}
    customer = services.create_customer(actor=people.owner, name="甲", custom=given)
    assert customer.custom == {"staff": 1200, "since": "2020-02-29", "level": "高"}
    for wrong in ({"staff": "many"}, {"since": "2020-02-30"}, {"level": "中"}):
        with pytest.raises(DomainError):
            services.update_customer(actor=people.owner, customer=customer, custom=wrong)


def test_there_is_one_main_contact_at_most(people):
    customer = make_customer(owner=people.owner)
    first = services.save_contact(actor=people.owner, customer=customer, name="王芳", is_primary=True)
    services.save_contact(actor=people.owner, customer=customer, name="李雷", is_primary=True)
    first.refresh_from_db()
    assert not first.is_primary
    assert customer.contacts.filter(is_primary=True).count() == 1


def test_a_contact_of_another_customer_is_not_taken_over(people):
    one, other = make_customer("一", owner=people.owner), make_customer("二", owner=people.owner)
    contact = services.save_contact(actor=people.owner, customer=one, name="王芳")
    with pytest.raises(DomainError):
        services.save_contact(actor=people.owner, customer=other, contact=contact, name="x")
