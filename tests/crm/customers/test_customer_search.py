"""The index of customers on the store that the suite runs on."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import make_customer
from zhike.crm.customers import search
from zhike.crm.customers.models import Contact, Customer

pytestmark = pytest.mark.django_db


def found(text, user):
    return {c.name for c in search.search(Customer.objects.visible_to(user), text, user)}


@pytest.fixture
def firms(people):
    make_customer("上海远达贸易有限公司", owner=people.sales_east, phone="13800138000", code="KH00123")
    make_customer("重庆长安汽车", owner=people.sales_west, email="li.na@changan.example")
    third = make_customer("Café Nero 咖啡", owner=people.sales_west)
    Contact.objects.create(customer=third, name="曾志伟", phone="021-55667788")
    search.reindex()
    return people


@pytest.mark.parametrize(
    "text",
    [
        "远",
        "远达",
        "海远",
        "达贸易",
        "上海远达贸易有限公司",
        "yuanda",
        "yuand",
        "haiyuan",
        "shyd",
        "ydmy",
        "SHYD",
    ],
)
def test_a_part_of_a_chinese_name_its_pinyin_or_initials_find_it(firms, text):
    assert found(text, firms.owner) == {"上海远达贸易有限公司"}


@pytest.mark.parametrize("text", ["138", "8000", "0013", "1380013", "138 0013 8000", "+8613800138000"])
def test_a_fragment_of_a_phone_finds_its_customer(firms, text):
    assert "上海远达贸易有限公司" in found(text, firms.owner)


def test_readings_that_depend_on_the_word_are_right(firms):
    assert found("chongqing", firms.owner) == {"重庆长安汽车"}
    assert found("cqca", firms.owner) == {"重庆长安汽车"}


def test_latin_words_accents_mail_and_numbers_are_found(firms):
    assert found("cafe", firms.owner) == {"Café Nero 咖啡"}
    assert found("nero 咖", firms.owner) == {"Café Nero 咖啡"}
    assert found("li.na@changan.example", firms.owner) == {"重庆长安汽车"}
    assert found("kh00123", firms.owner) == found("0123", firms.owner) == {"上海远达贸易有限公司"}


def test_a_contact_person_leads_to_the_customer(firms):
    for text in ("曾志", "zengzhiwei", "zzw", "556677"):
        assert found(text, firms.owner) == {"Café Nero 咖啡"}


def test_characters_in_another_order_are_not_found(firms):
    assert found("达远", firms.owner) == set()


def test_the_search_stays_within_the_row_scope(firms):
    assert found("重庆", firms.sales_east) == set()
    assert found("重庆", firms.sales_west) == {"重庆长安汽车"}


def test_who_may_not_see_phones_does_not_find_by_them(firms):
    assert found("8000", firms.analyst) == set()
    assert found("changan.example", firms.analyst) == set()
    assert found("远达", firms.analyst) == {"上海远达贸易有限公司"}


def test_a_frequent_word_gives_the_same_as_a_rare_one(firms, monkeypatch):
    monkeypatch.setattr(search, "FEW", 0)
    assert found("远达", firms.owner) == {"上海远达贸易有限公司"}
    assert found("yd", firms.owner) == {"上海远达贸易有限公司"}
    assert found("重庆", firms.sales_east) == set()


def test_a_deleted_customer_leaves_the_index(firms):
    from zhike.crm.customers.services import delete_customer

    delete_customer(actor=firms.owner, customer=Customer.objects.get(name="重庆长安汽车"))
    assert found("重庆", firms.owner) == set()


def test_names_that_begin_with_the_text_come_first(firms):
    make_customer("新上海远达", owner=firms.owner)
    search.reindex()
    ids = search.search_ids("上海", Customer.objects.visible_to(firms.owner), firms.owner)
    assert Customer.objects.get(pk=ids[0]).name == "上海远达贸易有限公司"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40))
def test_no_text_breaks_the_query(firms, text):
    found(text, firms.owner)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(alphabet="上海远达贸易重庆长安汽车张伟王芳", min_size=2, max_size=14), data=st.data())
def test_every_part_of_every_chinese_name_finds_it(firms, name, data):
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    customer = make_customer(name, owner=firms.owner)
    search.reindex([customer.pk])
    hits = search.search(Customer.objects.visible_to(firms.owner), name[start:end], firms.owner)
    assert customer in hits
    alone = Customer.objects.filter(contacts=None)
    expected = {c.pk for c in alone if name[start:end] in c.name}
    assert {c.pk for c in hits if c in alone} == expected
