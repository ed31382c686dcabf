"""The list: filters, order, paging, scope, saved views."""

from datetime import date

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import make_customer
from zhike.crm.customers.models import Customer, Tag
from zhike.crm.insight.models import TierHistory
from zhike.crm.portfolio import filters, queries
from zhike.platform.models import SavedView

pytestmark = pytest.mark.django_db
LIST = "/customers/"


def names(page):
    return [row.record.name for row in page.context["table"].rows]


@pytest.fixture
def firms(people, scored):
    one = make_customer("甲公司", owner=people.sales_east, province="31", city="3101", kind="company")
    two = make_customer("乙女士", owner=people.sales_east2, province="44", kind="person", gender="female")
    three = make_customer("丙公司", owner=people.sales_west, province="44", city="4403", industry="51")
    make_customer("丁公司", owner=people.sales_west)
    scored(one, 500, tier=4, lifecycle="high_value", rfm_segment="important_value", r_score=5, abc_class="A")
    scored(two, 50, tier=1, lifecycle="lost", r_score=1, abc_class="C")
    scored(three, 300, tier=3, lifecycle="at_risk", r_score=2, abc_class="B")
    two.tags.add(Tag.objects.create(name="VIP"), Tag.objects.create(name="展会"))
    return people


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tier=4", ["甲公司"]),
        ("tier=4&tier=3", ["甲公司", "丙公司"]),
        ("lifecycle=lost", ["乙女士"]),
        ("rfm_segment=important_value", ["甲公司"]),
        ("r=2", ["丙公司"]),
        ("abc=C", ["乙女士"]),
        ("kind=person", ["乙女士"]),
        ("gender=female", ["乙女士"]),
        ("province=44", ["丙公司", "乙女士"]),
        ("city=4403", ["丙公司"]),
        ("province=none", ["丁公司"]),
        ("industry=F", ["丙公司"]),
        ("industry=51", ["丙公司"]),
        ("tag=VIP&tag=展会", ["乙女士"]),
        ("net_revenue_min=300", ["甲公司", "丙公司"]),
        ("net_revenue_min=51&net_revenue_max=300", ["丙公司"]),
        ("last_order_from=2026-10-01", ["丙公司", "乙女士"]),
        ("not_contacted_days=10", ["甲公司", "丙公司", "乙女士", "丁公司"]),
        ("q=丙", ["丙公司"]),
        ("q=ding", ["丁公司"]),
        ("q=公司&kind=company&province=31", ["甲公司"]),
    ],
)
def test_each_filter_finds_its_customers(firms, as_user, query, expected):
    from zhike.crm.customers import search

    search.reindex()
    assert names(as_user("owner").get(f"{LIST}?{query}")) == expected


@pytest.mark.parametrize(
    "query",
    [
        "tier=99",
        "tier=x",
        "lifecycle=nothing",
        "owner=abc",
        "owner=1%20OR%201=1",
        "province=zz",
        "city=9999",
        "industry=QQ",
        "net_revenue_min=NaN",
        "last_order_from=yesterday",
        "created_from=9999-12-31",
        "not_contacted_days=-1",
        "moved_from=1&moved_to=2",
        "moved_from=1&moved_to=x&moved_start=2026-01-01&moved_end=2026-02-01",
        "moved_from=1&moved_to=²&moved_start=2026-01-01&moved_end=2026-02-01",
    ],
)
def test_a_wrong_value_finds_nobody(firms, as_user, query):
    page = as_user("owner").get(f"{LIST}?{query}")
    assert page.status_code == 200
    assert names(page) == []


def test_owner_and_team_filters_know_nobody_too(firms, as_user):
    make_customer("无主", team=None)
    client = as_user("owner")
    assert names(client.get(f"{LIST}?owner=none")) == ["无主"]
    assert names(client.get(f"{LIST}?owner={firms.sales_east.pk}")) == ["甲公司"]
    assert names(client.get(f"{LIST}?team={firms.west.pk}")) == ["丙公司", "丁公司"]


def test_a_flow_between_two_days_opens_the_customers_that_moved(firms, as_user):
    customer = Customer.objects.get(name="甲公司")
    now = timezone.now()
    TierHistory.objects.create(
        customer=customer, tier=3, valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 1), changed_at=now
    )
    TierHistory.objects.create(customer=customer, tier=4, valid_from=date(2026, 6, 1), changed_at=now)
    query = "moved_from=3&moved_to=4&moved_start=2026-05-01&moved_end=2026-07-01"
    assert names(as_user("owner").get(f"{LIST}?{query}")) == ["甲公司"]
    assert names(as_user("owner").get(f"{LIST}?{query.replace('to=4', 'to=2')}")) == []


def test_each_person_sees_the_customers_of_the_row_scope(firms, as_user):
    assert names(as_user("sales_east").get(LIST)) == ["甲公司"]
    assert names(as_user("manager_east").get(LIST)) == ["甲公司", "乙女士"]
    assert names(as_user("sales_west").get(f"{LIST}?q=甲")) == []
    west = firms.sales_west.pk
    assert names(as_user("sales_east").get(f"{LIST}?owner={west}")) == []


def test_customers_without_score_come_last_in_either_direction(firms, as_user):
    client = as_user("owner")
    assert names(client.get(f"{LIST}?sort=-net_revenue")) == ["甲公司", "丙公司", "乙女士", "丁公司"]
    assert names(client.get(f"{LIST}?sort=net_revenue")) == ["乙女士", "丙公司", "甲公司", "丁公司"]


def test_an_unknown_order_gives_the_usual_one(firms, as_user):
    assert names(as_user("owner").get(f"{LIST}?sort=owner__password")) == names(as_user("owner").get(LIST))


@pytest.mark.parametrize(
    "sort", ["-net_revenue", "net_revenue", "-tier", "last_order", "name", "-last_contact"]
)
@pytest.mark.parametrize(("sorted_rows", "near"), [(0, 12_000), (3000, 12_000), (3000, 2), (0, 5)])
def test_paging_forth_and_back_shows_every_customer_once(
    people, scored, as_user, monkeypatch, sort, sorted_rows, near
):
    monkeypatch.setattr(queries, "PAGE", 3)
    monkeypatch.setattr(queries, "NEAR", near)
    monkeypatch.setattr(queries, "SORTED", sorted_rows)
    for number in range(11):
        customer = make_customer(f"客户{number % 4}", owner=people.owner)
        if number % 3:
            last = None if number == 5 else date(2026, 1, 1 + number % 2)
            scored(customer, 100 * (number % 3), tier=number % 3, last_order=last)
    client, pages, url = as_user("owner"), [], f"{LIST}?sort={sort}"
    while url:
        page = client.get(url)
        pages.append([row.key for row in page.context["table"].rows])
        last, url = page, page.context["next_url"] and LIST + page.context["next_url"]
    everybody = [key for shown in pages for key in shown]
    assert len(everybody) == len(set(everybody)) == 11
    back = [pages[-1]]
    while last.context["previous_url"]:
        last = client.get(LIST + last.context["previous_url"])
        back.append([row.key for row in last.context["table"].rows])
    assert back[::-1] == pages


@pytest.mark.parametrize("cursor", ["x", "e30", "W10", "eyJ2IjpbMV0sIm4iOnRydWV9", "a" * 2000])
def test_a_broken_cursor_gives_the_first_page(firms, as_user, cursor):
    assert len(names(as_user("owner").get(f"{LIST}?cursor={cursor}"))) == 4


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(filters.PARAMETERS)), value=st.text(max_size=20), cursor=st.text(max_size=20)
)
def test_no_parameter_breaks_the_list(firms, as_user, name, value, cursor):
    page = as_user("owner").get(LIST, {name: value, "cursor": cursor}, follow=True)
    assert page.status_code == 200


def test_the_empty_fields_of_the_filter_form_leave_the_address(firms, as_user):
    answer = as_user("owner").get(f"{LIST}?q=&tier=4&kind=&sort=name")
    assert answer.url == f"{LIST}?tier=4&sort=name"


def test_a_count_beyond_the_limit_is_not_counted_out(firms, as_user, monkeypatch):
    monkeypatch.setattr(queries, "SORTED", 1)
    page = as_user("owner").get(LIST)
    assert page.context["summary"] == "more than 1 customers"
    assert reverse("customers:count") in page.content.decode()
    count = reverse("customers:count")
    assert as_user("owner").get(count).content.decode() == "4 customers · net revenue ¥850"
    assert as_user("sales_west").get(f"{count}?province=44").content.decode() == (
        "1 customer · net revenue ¥300"
    )
    monkeypatch.setattr(queries, "COUNTED", 2)
    assert as_user("owner").get(reverse("customers:count")).content == b"2+ customers"


@pytest.mark.parametrize("person", ["owner", "manager_east", "sales_east"])
@pytest.mark.parametrize(
    "query",
    ["", "?q=公司", "?province=44&sort=-last_order", "?q=公司&tier=4&owner={}&columns=tags&columns=tier"],
)
def test_the_list_needs_at_most_15_statements(firms, as_user, person, query):
    client = as_user(person)
    url = LIST + query.format(firms.sales_east.pk)
    client.get(url)
    with CaptureQueriesContext(connection) as statements:
        client.get(url)
    assert len(statements) <= 15


def test_columns_are_chosen_in_the_address(firms, as_user):
    page = as_user("owner").get(f"{LIST}?columns=phone&columns=r&columns=password")
    assert [column.name for column in page.context["table"].columns] == ["name", "r", "phone"]


def test_phones_are_masked_for_those_who_may_not_see_them(people, as_user):
    make_customer("甲", owner=people.owner, phone="13800138000", email="li.na@example.com")
    page = as_user("analyst").get(f"{LIST}?columns=phone&columns=email")
    assert b"138****8000" in page.content
    assert b"l***@example.com" in page.content
    assert b"13800138000" not in page.content


def test_a_view_is_saved_shared_and_deleted(firms, as_user):
    client = as_user("sales_east")
    data = {"name": "重点", "query": "tier=4&sort=name&evil=1&cursor=abc", "shared": "on"}
    client.post(reverse("customers:save_view"), data)
    view = SavedView.objects.get()
    assert view.query == "tier=4&sort=name"
    colleague, stranger = as_user("sales_east2"), as_user("sales_west")
    assert [entry.view for entry in colleague.get(LIST).context["views"]] == [view]
    assert stranger.get(LIST).context["views"] == []
    delete = reverse("customers:delete_view", args=[view.pk])
    assert stranger.post(delete).status_code == 404
    assert colleague.post(delete).status_code == 422
    client.post(delete)
    assert not SavedView.objects.exists()


def test_suggestions_stay_in_scope_and_lead_to_the_customer(firms, as_user):
    from zhike.crm.customers import search

    search.reindex()
    box, htmx = reverse("customers:search"), {"HX-Request": "true"}
    found = as_user("owner").get(box, {"q": "bing"}, headers=htmx)
    assert (
        reverse("customers:detail", args=[Customer.objects.get(name="丙公司").pk]) in found.content.decode()
    )
    assert "丙公司" not in as_user("sales_east").get(box, {"q": "bing"}, headers=htmx).content.decode()
    assert as_user("owner").get(box, {"q": "bing"}).url == "/customers/?q=bing"


def test_the_filter_form_offers_what_can_be_chosen(firms, as_user):
    page = as_user("owner").get(reverse("customers:filters") + "?province=44&tier=3")
    assert "Shenzhen" in page.content.decode()
    assert '<option value="gold" selected>' in page.content.decode()


def test_the_filter_form_shows_the_groups_in_use_first_and_forgets_no_filter(firms, as_user, people):
    answer = as_user("owner").get(reverse("customers:filters") + "?province=44&not_contacted_days=30")
    groups = answer.context["groups"]
    assert [(group.name, group.in_use) for group in groups[:3]] == [
        ("place", 1),
        ("care", 1),
        ("standing", 0),
    ]
    offered = [field.filter.name for group in groups for field in group.fields]
    bar = filters.Bar(QueryDict("province=44&not_contacted_days=30"), people.owner, {})
    assert sorted(offered) == sorted(field.filter.name for field in bar.fields())
    assert "other" not in {group.name for group in groups}


@pytest.mark.parametrize("person", ["owner", "manager_west"])
@pytest.mark.parametrize("query", ["q=公司", "q=公司&kind=company", "q=gs&sort=name"])
def test_a_word_that_most_customers_have_gives_the_same_list(firms, as_user, monkeypatch, person, query):
    from zhike.crm.customers import search

    search.reindex()
    expected = names(as_user(person).get(f"{LIST}?{query}"))
    assert len(expected) == (3 if person == "owner" else 2)
    monkeypatch.setattr(search, "FEW", 1)
    monkeypatch.setattr(search.Finding, "is_dense", property(lambda found: not found.is_rare))
    monkeypatch.setattr(queries, "SORTED", 0)
    assert names(as_user(person).get(f"{LIST}?{query}")) == expected
    count = f"{reverse('customers:count')}?{query}"
    assert as_user(person).get(count).content.decode().startswith(f"{len(expected)} customers")
    monkeypatch.setattr(queries, "COUNTED", 1)
    assert as_user(person).get(count).content == b"1+ customers"


def ready(page) -> dict[str, tuple[str, bool]]:
    return {str(entry.label): (entry.url, entry.active) for entry in page.context["ready"]}


def test_ready_views_show_the_same_customers_however_they_are_sorted(firms, as_user):
    client = as_user("owner")
    found = ready(client.get(LIST))
    assert list(found) == [
        "My customers", "Key customers", "To be contacted", "At risk of leaving", "New in 30 days"
    ]  # fmt: skip
    page = client.get(f"{LIST}{found['Key customers'][0]}&sort=name")
    assert names(page) == ["丙公司", "甲公司"]
    assert [label for label, (_url, active) in ready(page).items() if active] == ["Key customers"]
    assert not page.context["everybody"]
    assert client.get(f"{LIST}?sort=name").context["everybody"]


def test_who_sees_the_own_customers_alone_is_not_offered_them(firms, as_user):
    assert "My customers" not in ready(as_user("sales_east").get(LIST))
