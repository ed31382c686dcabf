"""The customer page and its forms."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from factories import make_customer, make_order
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.insight.models import StageHistory, TierHistory
from zhike.crm.interactions.models import Interaction
from zhike.crm.interactions.services import log_interaction
from zhike.crm.portfolio import profile, purchases, timeline

pytestmark = pytest.mark.django_db


def page_of(client, customer, **query):
    return client.get(reverse("customers:detail", args=[customer.pk]), query)


@pytest.fixture
def firm(people, scored):
    customer = make_customer("甲公司", owner=people.sales_east, phone="13800138000")
    scored(customer, 900, tier=3, expected_gap=45.0, last_order=date(2026, 7, 24))
    Contact.objects.create(customer=customer, name="王芳", phone="13900139000", is_primary=True)
    return customer


@pytest.mark.parametrize("person", ["sales_west", "manager_west"])
@pytest.mark.parametrize(
    "page", ["detail", "glance", "standing", "timeline", "main_cards", "side_cards", "edit", "create_contact"]
)
def test_another_team_s_customer_does_not_exist(firm, as_user, person, page):
    assert as_user(person).get(reverse(f"customers:{page}", args=[firm.pk])).status_code == 404


def test_the_page_tells_the_risk_by_the_customer_s_own_rhythm(firm, as_user):
    page = page_of(as_user("sales_east"), firm)
    assert "Last order 120 days ago, usually every 45 days" in page.content.decode()


@pytest.mark.parametrize(
    ("days", "words"), [(10, "in rhythm"), (60, "the next order is due"), (135, "3.0 times the usual gap")]
)
def test_the_rhythm_has_words_for_each_degree(firm, days, words):
    as_of = date(2026, 11, 21)
    firm.score.last_order = as_of - timedelta(days=days)
    with translation.override("en"):
        assert words in profile._rhythm(firm.score, as_of)


def test_a_customer_exempt_from_profiling_says_so_and_shows_no_tier(firm, people, as_user):
    Customer.objects.filter(pk=firm.pk).update(no_profiling=True)
    content = page_of(as_user("sales_east"), firm).content.decode()
    assert "Not profiled" in content
    assert "zk-verdict" not in content


def test_phones_are_masked_on_the_page(firm, as_user):
    content = page_of(as_user("analyst"), firm).content.decode()
    assert "138****8000" in content
    assert "139****9000" in content
    assert "13800138000" not in content


def test_names_are_escaped_everywhere(people, scored, as_user):
    evil = make_customer("<script>alert(1)</script>", owner=people.owner)
    scored(evil)
    log_interaction(actor=people.owner, customer=evil, kind="complaint", summary="<img src=x onerror=y>")
    page = reverse("customers:detail", args=[evil.pk])
    parts = [page, *(f"{page}/{part}" for part in ("timeline", "cards/main", "cards/side", "edit"))]
    for url in ("/customers/", *parts):
        content = as_user("owner").get(url).content.decode()
        assert "<script>alert" not in content
        assert "<img src=x" not in content


def test_the_timeline_shows_every_event_once_newest_first(firm, people):
    now = timezone.now()
    for number in range(30):
        day = date(2026, 1, 1) + timedelta(days=number // 3)
        make_order(firm, day, 10, number=f"A{number}")
        moment = timezone.make_aware(timezone.datetime(day.year, day.month, day.day, number % 24))
        Interaction.objects.create(customer=firm, kind="call", at=moment, summary=str(number))
    TierHistory.objects.create(
        customer=firm, tier=1, valid_from=date(2026, 1, 2), valid_to=date(2026, 1, 5), changed_at=now
    )
    TierHistory.objects.create(customer=firm, tier=3, valid_from=date(2026, 1, 5), changed_at=now)
    StageHistory.objects.create(
        customer=firm, lifecycle="repeat", valid_from=date(2026, 1, 5), changed_at=now
    )
    seen, cursor = [], ""
    while True:
        stretch = timeline.stretch(people.owner, firm, cursor, size=7)
        seen += stretch.events
        cursor = stretch.next_cursor
        if not cursor:
            break
    assert len(seen) == 63
    assert len({(event.kind, event.pk, event.day) for event in seen}) == 63
    assert [event.day for event in seen] == sorted((event.day for event in seen), reverse=True)
    risen = next(event for event in seen if event.kind == "tier" and event.record.tier == 3)
    assert risen.before.tier == 1


@pytest.mark.parametrize("cursor", ["x", "e30", "WzFd", "a" * 300])
def test_a_broken_timeline_cursor_gives_the_newest(firm, as_user, cursor):
    url = reverse("customers:timeline", args=[firm.pk])
    assert as_user("owner").get(url, {"cursor": cursor}).status_code == 200


@pytest.mark.parametrize("person", ["owner", "manager_east"])
@pytest.mark.parametrize(
    ("part", "most"), [("detail", 15), ("timeline", 15), ("main_cards", 25), ("side_cards", 25)]
)
def test_the_page_needs_at_most_15_statements_and_each_column_of_cards_25(
    firm, people, as_user, person, part, most
):
    log_interaction(actor=people.owner, customer=firm, kind="call", summary="a")
    make_order(firm, date(2026, 1, 1))
    client, address = as_user(person), reverse(f"customers:{part}", args=[firm.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address).status_code == 200
    assert len(statements) <= most


def test_the_page_waits_for_the_analysis_after_an_order(firm, as_user):
    client, since = as_user("sales_east"), timezone.now()
    page = page_of(client, firm, since=since.isoformat())
    url = page.context["wait_url"]
    assert url in page.content.decode().replace("&amp;", "&")
    assert client.get(url).status_code == 204
    firm.score.evaluated_at = since + timedelta(seconds=1)
    firm.score.tier = 4
    firm.score.save()
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer.context["counted"]


def test_waiting_ends_when_the_analysis_does_not_run(firm, as_user):
    url = reverse("customers:standing", args=[firm.pk])
    past = (timezone.now() - timedelta(seconds=1)).isoformat()
    answer = as_user("sales_east").get(url, {"since": timezone.now().isoformat(), "until": past})
    assert answer.status_code == 200
    assert answer.context["late"]


def form_data(client, url):
    form = client.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in data.items() if value not in (None, False)}


def test_an_edit_is_saved_with_tags_and_owner(firm, people, as_user):
    client, url = as_user("owner"), reverse("customers:edit", args=[firm.pk])
    data = form_data(client, url) | {
        "name": "新名",
        "tag_names": "重点，老客户",
        "owner": people.sales_west.pk,
    }
    assert client.post(url, data).status_code == 302
    firm.refresh_from_db()
    assert (firm.name, firm.owner, firm.team) == ("新名", people.sales_west, people.west)
    assert {tag.name for tag in firm.tags.all()} == {"重点", "老客户"}


def test_a_conflict_keeps_the_input_and_the_second_try_succeeds(firm, as_user):
    client, url = as_user("sales_east"), reverse("customers:edit", args=[firm.pk])
    data = form_data(client, url)
    Customer.objects.filter(pk=firm.pk).update(version=7, needs="x")
    answer = client.post(url, data | {"name": "我的输入"})
    assert answer.status_code == 409
    assert "我的输入" in answer.content.decode()
    again = {name: answer.context["form"][name].value() for name in answer.context["form"].fields}
    assert again["version"] == "7"
    answer = client.post(url, data | {"name": "我的输入", "version": 7})
    assert answer.status_code == 302


def test_a_broken_rule_stands_beside_its_field(firm, as_user):
    client, url = as_user("sales_east"), reverse("customers:edit", args=[firm.pk])
    answer = client.post(url, form_data(client, url) | {"phone": "123"})
    assert answer.status_code == 422
    assert "phone" in answer.context["form"].errors


def test_a_new_customer_opens_its_page(people, as_user):
    answer = as_user("sales_east").post(
        reverse("customers:create"), {"kind": "company", "name": "新公司", "birthday_calendar": "solar"}
    )
    customer = Customer.objects.get(name="新公司")
    assert answer.url == reverse("customers:detail", args=[customer.pk])
    assert customer.owner == people.sales_east


def test_contacts_are_added_changed_and_deleted(firm, as_user):
    client = as_user("sales_east")
    client.post(reverse("customers:create_contact", args=[firm.pk]), {"name": "李雷", "role": "finance"})
    contact = Contact.objects.get(name="李雷")
    client.post(reverse("customers:edit_contact", args=[firm.pk, contact.pk]), {"name": "李磊"})
    assert Contact.objects.get(pk=contact.pk).name == "李磊"
    client.post(reverse("customers:delete_contact", args=[firm.pk, contact.pk]))
    assert not Contact.objects.filter(pk=contact.pk).exists()


def test_a_contact_is_reached_only_through_its_own_customer(firm, people, as_user):
    other = make_customer("乙公司", owner=people.sales_east)
    contact = firm.contacts.get()
    url = reverse("customers:edit_contact", args=[other.pk, contact.pk])
    assert as_user("sales_east").post(url, {"name": "x"}).status_code == 404


def test_a_deleted_customer_is_gone(firm, as_user):
    client = as_user("sales_east")
    client.post(reverse("customers:delete", args=[firm.pk]))
    assert page_of(client, firm).status_code == 404


def test_a_glance_beside_the_list_says_what_matters_first(firm, people, as_user):
    log_interaction(
        actor=people.sales_east, customer=firm, kind="complaint", at=timezone.now(), summary="包装破损"
    )
    make_order(firm, date(2026, 7, 24), number="SO-1")
    text = as_user("sales_east").get(reverse("customers:glance", args=[firm.pk])).content.decode()
    assert all(
        words in text for words in ("王芳", "Last order 120 days ago", "包装破损", "SO-1", "Open the page")
    )


def test_purchases_by_month_stand_against_the_year_before(firm, people):
    today = timezone.localdate()
    a_year_ago = today.replace(day=1) - timedelta(days=365)
    make_order(firm, today, 300, returned=60)
    make_order(firm, today, 999, status="cancelled")
    make_order(firm, a_year_ago + timedelta(days=3), 200)
    request = SimpleNamespace(user=people.sales_east)
    with translation.override("en"):
        card = purchases.card(request, firm)
    lately, before = (one["values"] for one in card["chart"]["series"])
    assert (len(lately), lately[-1], sum(lately), sum(before)) == (12, 240, 240, 200)
    assert card["summary"] == "¥240 in 12 months, +20.0% against the year before"


def test_who_bought_nothing_for_two_years_has_no_card_of_purchases(firm, people):
    make_order(firm, timezone.localdate() - timedelta(days=900))
    assert purchases.card(SimpleNamespace(user=people.sales_east), firm) is None
