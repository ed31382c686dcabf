"""Entering customers in seconds, being warned of doubles, deleting and getting back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from factories import make_customer, make_order
from zhike.crm.customers import services
from zhike.crm.customers.models import Contact, Customer, CustomField, Tag
from zhike.crm.interactions import attachments, notes
from zhike.crm.interactions.models import Note
from zhike.crm.orders.models import Order
from zhike.crm.portfolio import queries
from zhike.platform.models import ChangeLog

HTMX = {"HX-Request": "true"}


@pytest.fixture
def as_(client, people):
    def sign_in(name):
        client.force_login(getattr(people, name))
        client.cookies["zhike_language"] = "en"
        return client

    return sign_in


def quick(client, **data):
    return client.post(reverse("customers:quick"), {"kind": "company", **data}, headers=HTMX)


def test_a_name_is_enough(as_, people):
    answer = quick(as_("sales_east"), name="甲公司")
    customer = Customer.objects.get()
    assert answer["HX-Redirect"] == reverse("customers:detail", args=[customer.pk])
    assert (customer.owner, customer.team) == (people.sales_east, people.east)


def test_without_a_script_the_quick_form_is_a_page(as_):
    client = as_("sales_east")
    assert "zk-page" in client.get(reverse("customers:quick")).content.decode()
    answer = client.post(reverse("customers:quick"), {"kind": "person", "name": "王芳"})
    assert answer.status_code == 302


def test_a_double_is_saved_only_after_a_warning(as_, people):
    services.create_customer(actor=people.sales_east, name="甲公司", phone="13800138000")
    client = as_("sales_east")
    answer = quick(client, name="乙公司", phone="138-0013-8000")
    assert answer.status_code == 422
    assert "甲公司" in answer.content.decode()
    assert "Save anyway" in answer.content.decode()
    assert Customer.objects.count() == 1
    assert quick(client, name="乙公司", phone="138-0013-8000", save_anyway="1").status_code == 200
    assert Customer.objects.count() == 2


def test_another_teams_double_says_whom_to_ask_and_nothing_more(as_, people):
    services.create_customer(actor=people.sales_west, name="西部机密公司", phone="13800138000")
    client = as_("sales_east")
    text = client.get(reverse("customers:duplicates") + "?name=乙&phone=13800138000").content.decode()
    assert "ask sales_west of 西部" in text
    assert "机密" not in text


def test_the_full_form_warns_while_typing_and_on_saving(as_, people):
    services.create_customer(actor=people.sales_east, name="上海远达贸易有限公司")
    client = as_("sales_east")
    text = client.get(reverse("customers:duplicates") + "?name=上海远达").content.decode()
    assert "similar name" in text
    data = {"kind": "company", "name": "上海远达贸易股份有限公司", "birthday_calendar": "solar"}
    answer = client.post(reverse("customers:create"), data)
    assert answer.status_code == 422
    assert answer.context["found"].is_certain
    assert client.post(reverse("customers:create"), data | {"save_anyway": "1"}).status_code == 302


def test_editing_a_customer_does_not_warn_of_itself(as_, people):
    customer = services.create_customer(actor=people.sales_east, name="甲公司", phone="13800138000")
    address = reverse("customers:duplicates") + f"?besides={customer.pk}&name=甲公司&phone=13800138000"
    assert as_("sales_east").get(address).content.strip() == b""


def test_an_own_field_is_asked_required_and_shown_in_its_section(as_, people):
    CustomField.objects.create(
        key="level",
        label="级别",
        label_en="Service level",
        field_type="choice",
        choices=["高", "低"],
        required=True,
        section="服务",
    )
    client = as_("sales_east")
    data = {"kind": "company", "name": "甲公司", "birthday_calendar": "solar"}
    page = client.get(reverse("customers:create")).content.decode()
    assert "服务" in page
    assert "Service level" in page
    assert client.post(reverse("customers:create"), data).status_code == 422
    answer = client.post(reverse("customers:create"), data | {"custom_level": "高"})
    assert "Service level" in client.get(answer.url).content.decode()


def test_a_contact_has_a_preferred_channel(as_, people):
    customer = make_customer(owner=people.sales_east)
    client = as_("sales_east")
    data = {"name": "王芳", "preferred_channel": "wechat", "birthday_calendar": "solar", "is_primary": "on"}
    client.post(reverse("customers:create_contact", args=[customer.pk]), data)
    assert Contact.objects.get().preferred_channel == "wechat"
    assert "Best by WeChat" in client.get(reverse("customers:detail", args=[customer.pk])).content.decode()


def test_tags_are_set_by_typing_on_the_page(as_, people):
    customer = make_customer(owner=people.sales_east)
    Tag.objects.create(name="重要", color="red")
    client = as_("sales_east")
    assert "重要" in client.get(reverse("customers:tag_suggestions") + "?add=重").content.decode()
    client.post(reverse("customers:set_tag", args=[customer.pk]), {"add": "重要，展会"})
    assert {tag.name for tag in customer.tags.all()} == {"重要", "展会"}
    client.post(reverse("customers:set_tag", args=[customer.pk]), {"remove": "展会"})
    assert [tag.name for tag in customer.tags.all()] == ["重要"]
    assert "bg-red-lt" in client.get(reverse("customers:detail", args=[customer.pk])).content.decode()


def test_what_is_deleted_shows_nowhere_and_comes_back(as_, people):
    customer = services.create_customer(actor=people.sales_east, name="甲公司")
    contact = services.save_contact(
        actor=people.sales_east, customer=customer, name="王芳", phone="13911112222"
    )
    note = notes.add_note(actor=people.sales_east, customer=customer, body="<p>悄悄话</p>")
    client = as_("sales_east")
    client.post(reverse("customers:delete_contact", args=[customer.pk, contact.pk]))
    client.post(reverse("interactions:delete_note", args=[note.pk]))
    client.get(reverse("customers:detail", args=[customer.pk]))  # takes the messages with it
    page, past = (reverse(f"customers:{part}", args=[customer.pk]) for part in ("detail", "timeline"))
    assert "王芳" not in client.get(page).content.decode()
    assert "悄悄话" not in client.get(past).content.decode()
    found = client.get(reverse("customers:search") + "?q=王芳", headers=HTMX).content.decode()
    assert "甲公司" not in found
    shown = client.get(reverse("customers:recycle_bin")).content.decode()
    assert "王芳" in shown
    assert "悄悄话" in shown
    client.post(reverse("customers:restore", args=["contact", contact.pk]))
    client.post(reverse("customers:restore", args=["note", note.pk]))
    assert "王芳" in client.get(page).content.decode()
    assert "悄悄话" in client.get(past).content.decode()
    assert "甲公司" in client.get(reverse("customers:search") + "?q=王芳", headers=HTMX).content.decode()


def test_a_restored_customer_is_counted_again(as_, people):
    customer = services.create_customer(actor=people.sales_east, name="甲公司")
    client = as_("sales_east")
    client.post(reverse("customers:delete", args=[customer.pk]))
    assert client.get(reverse("customers:detail", args=[customer.pk])).status_code == 404
    assert not queries.filtered(people.owner, client.get("/").wsgi_request.GET).exists()
    before = ChangeLog.objects.count()
    client.post(reverse("customers:restore", args=["customer", customer.pk]))
    assert ChangeLog.objects.count() > before, "the analysis is told"
    assert queries.filtered(people.owner, client.get("/").wsgi_request.GET).get() == customer
    customer.refresh_from_db()
    assert (customer.deleted_at, customer.deleted_by) == (None, None)


def test_nobody_sees_or_restores_what_another_team_deleted(as_, people):
    customer = services.create_customer(actor=people.sales_west, name="西部机密公司")
    services.delete_customer(actor=people.sales_west, customer=customer)
    client = as_("sales_east")
    assert "机密" not in client.get(reverse("customers:recycle_bin")).content.decode()
    assert client.post(reverse("customers:restore", args=["customer", customer.pk])).status_code == 404
    assert "机密" in as_("owner").get(reverse("customers:recycle_bin")).content.decode()


@pytest.fixture
def old(people, settings, tmp_path):
    """A customer that lay in the bin for 31 days, with everything that hangs on one."""
    settings.MEDIA_ROOT = tmp_path
    customer = services.create_customer(actor=people.owner, name="甲公司")
    services.save_contact(actor=people.owner, customer=customer, name="王芳")
    notes.add_note(actor=people.owner, customer=customer, body="x")
    attachments.add_attachment(
        actor=people.owner, customer=customer, upload=SimpleUploadedFile("a.pdf", b"%PDF-1.7")
    )
    make_order(customer, date(2026, 1, 1), revenue=500)
    services.delete_customer(actor=people.owner, customer=customer)
    Customer.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    return customer


def test_an_administrator_removes_for_good_and_the_books_stay(
    as_, people, old, tmp_path, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        as_("owner").post(reverse("customers:purge", args=[old.pk]))
    assert not Customer.objects.exists()
    assert not Contact.everything.exists()
    assert not Note.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    order = Order.objects.get()
    assert (order.customer, order.revenue) == (None, 500)


def test_nothing_is_removed_for_good_too_early_or_by_the_wrong_person(as_, people, old):
    assert as_("manager_east").post(reverse("customers:purge", args=[old.pk])).status_code == 403
    Customer.objects.update(deleted_at=timezone.now() - timedelta(days=29))
    assert as_("owner").post(reverse("customers:purge", args=[old.pk])).status_code == 422
    assert Customer.objects.exists()


def test_fields_and_tags_have_their_pages(as_, people):
    client = as_("owner")
    client.post(
        reverse("customers:create_field"),
        {
            "entity": "customer",
            "label": "级别",
            "label_en": "Level",
            "field_type": "choice",
            "choices": "高\n低",
        },
    )
    field = CustomField.objects.get()
    assert (field.key, field.choices) == ("level", ["高", "低"])
    make_customer(owner=people.owner, custom={"level": "低"})
    address = reverse("customers:edit_field", args=[field.pk])
    refused = client.post(address, {"label": "级别", "field_type": "choice", "choices": "高"})
    assert refused.status_code == 422
    assert "choices" in refused.context["form"].errors
    client.post(reverse("customers:archive_field", args=[field.pk]))
    assert "Archived" in client.get(reverse("customers:fields")).content.decode()
    tag = Tag.objects.create(name="VIP")
    client.post(reverse("customers:change_tag", args=[tag.pk]), {"name": "重要", "color": "blue"})
    assert "重要" in client.get(reverse("customers:tags")).content.decode()
    assert as_("sales_east").get(reverse("customers:fields")).status_code == 403
