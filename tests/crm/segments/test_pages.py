"""Pages of segments: what each person sees of them, errors beside what was typed, lists from files."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from crm.segments.conftest import in_sequence
from factories import SHANGHAI, make_customer
from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers import search
from zhike.crm.customers.models import Customer, CustomerList
from zhike.crm.insight import services as insight
from zhike.crm.orders.models import Order, OrderLine
from zhike.crm.segments import base, building, offer, queries, services, sizes, standing, starters
from zhike.crm.segments.models import ManualChoice, Segment
from zhike.crm.watching.models import Metric

EVERYBODY = {"v": 1, "entity": "customer", "root": {"op": "and", "children": []}}
OFTEN = {
    "v": 1,
    "entity": "customer",
    "root": {
        "op": "and",
        "children": [
            {"t": "attr", "field": "frequency", "cmp": "gte", "value": 3},
            {"op": "not", "child": {"t": "attr", "field": "region", "cmp": "in", "value": ["31"]}},
        ],
    },
}


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    with in_sequence():
        yield tmp_path


@pytest.fixture
def company(people):
    """Twelve customers, turn about of the east and of the west; every third buys often; analyzed.

    Nuts are in every order of those who buy once, in every second one of the others.
    """
    today = date.today()
    food = Category.objects.create(name="食品", ordinal=0)
    below = Category.objects.create(name="坚果", parent=food)
    nuts = Product.objects.create(sku="N-1", name="每日坚果", category=below)
    for n in range(12):
        owner = people.sales_east if n % 2 else people.sales_west
        customer = make_customer(f"客户{n}", owner=owner, province="31" if n == 0 else "44", code=f"K{n:03}")
        for k in range(4 if n % 3 == 0 else 1):
            on = today - timedelta(days=10 + 20 * k)
            placed = datetime.combine(on, time(12), SHANGHAI)
            order = Order.objects.create(
                customer=customer, number=f"{n}-{k}", business_date=on, placed_at=placed, revenue=100 + n
            )
            if k % 2 == 0:
                OrderLine.objects.create(
                    order=order, position=1, product=nuts, quantity=2, unit_price=50, amount=100
                )
    search.reindex()
    insight.run_now(progress=lambda _text: None)
    building.build()


def ask(client: Client, name: str, body: object) -> dict:
    answer = client.post(reverse(f"segments:{name}"), json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content[:300]
    return answer.json()


def make(actor, name="常客", definition=OFTEN, **more) -> Segment:
    return services.create_segment(actor=actor, name=name, definition=definition, **more)


def test_the_builder_answers_about_the_customers_that_one_sees(company, people, as_user):
    counts_and_samples(as_user)
    why_and_why_not(as_user)
    place_among_the_first(people, as_user)
    templates(people, as_user)
    what_is_offered(people)
    products_and_categories(people, as_user)
    matching_page_by_page(people)


def counts_and_samples(as_user):
    whole = ask(as_user("analyst"), "preview", {"definition": OFTEN})
    east = ask(as_user("sales_east"), "preview", {"definition": OFTEN})
    assert whole["count"] == 3
    assert {one["name"] for one in whole["sample"]} == {"客户3", "客户6", "客户9"}
    assert east["count"] == 2
    assert {one["name"] for one in east["sample"]} == {"客户3", "客户9"}
    assert [step["alone_text"] for step in whole["funnel"]] == ["4", "11"]
    assert [step["left_text"] for step in whole["funnel"]] == ["4", "3"]
    assert "at least 3" in whole["said"]


def why_and_why_not(as_user):
    shanghai = Customer.objects.get(code="K000")
    told = ask(as_user("analyst"), "explain", {"definition": OFTEN, "customer": shanghai.pk})
    assert told["holds"] is False
    truths = [(one["pointer"], one["holds"]) for one in told["truths"]]
    assert truths == [("/root/children/0", True), ("/root/children/1/child", False)]
    assert told["truths"][1]["words"].startswith("not: ")
    assert [one["own"] for one in told["truths"]] == ["4", "Shanghai"]
    client = as_user("sales_east")
    body = json.dumps({"definition": OFTEN, "customer": shanghai.pk})
    foreign = client.post(reverse("segments:explain"), body, content_type="application/json")
    assert foreign.status_code == 404
    endless = client.post(reverse("segments:preview"), "[" * 100_000, content_type="application/json")
    assert endless.status_code == 422
    found = client.get(reverse("segments:customers"), {"q": "客户"}).json()["customers"]
    assert found
    assert not {one["name"] for one in found} & {"客户0", "客户2", "客户4"}


def place_among_the_first(people, as_user):
    """In the order in which the members are found, with those not known last."""
    third = Customer.objects.get(code="K003")
    top = {**OFTEN, "limit": {"n": 2, "order": "-net_revenue"}}
    for user, told in (("analyst", "place 3 of 3. The first 2"), ("sales_east", "place 2 of 2. The first 2")):
        assert told in ask(as_user(user), "explain", {"definition": top, "customer": third.pk})["limited"]
    for order in ("-net_revenue", "net_revenue", "-churn.probability"):
        whole = {**EVERYBODY, "limit": {"n": 12, "order": order}}
        found = {pk: standing.place(people.analyst, whole, pk) for pk in range(third.pk - 3, third.pk + 9)}
        for n in (1, 5, 11):
            first = queries.matching(people.analyst, {**whole, "limit": {"n": n, "order": order}}, 0, 12)
            assert {pk for pk, place in found.items() if place.rank <= n} == set(first)


def templates(people, as_user):
    client = as_user("analyst")
    offered = list(starters.offered(base.catalogue(people.analyst)))
    assert {one.code for one, _made in offered} >= {"sleeping", "once", "new", "biggest", "nearly"}
    for _starter, definition in offered:
        assert ask(client, "preview", {"definition": definition})["problems"] == []
    page = client.get(reverse("segments:create"), {"template": "once"}).content.decode()
    assert "Bought once, not again" in page
    sizes = client.get(reverse("segments:sizes")).content.decode()
    assert '<span id="size-biggest" class="zk-seg-present" hx-swap-oob="true">12 customers now' in sizes
    assert len(list(offered)) + len(starters.missing(base.catalogue(people.analyst))) == len(
        starters.STARTERS
    )


def what_is_offered(people):
    found = offer.catalogue(base.catalogue(people.analyst), people.analyst)
    kinds = offer.operators()
    assert found["fields"]
    assert all(kinds[field["type"]] for field in found["fields"])
    assert {field["group"] for field in found["fields"]} <= {code for code, _title in found["groups"]}
    tier = next(field for field in found["fields"] if field["name"] == "tier")
    assert len(tier["choices"]) > 2


def matching_page_by_page(people):
    first = queries.matching(people.analyst, OFTEN, 0, 2)
    assert first == sorted(first)
    assert Customer.objects.filter(pk__in=first).count() == 2
    assert len(queries.matching(people.analyst, OFTEN, first[-1], 2)) == 1
    assert len(queries.matching(people.sales_east, OFTEN, 0, 9)) == 2


def bought(field: str, cmp: str, key: int, times: int) -> dict:
    where = {"t": "attr", "field": field, "cmp": cmp, "value": [str(key)]}
    leaf = {"t": "agg", "source": "items", "fn": "count_distinct", "of": "order", "cmp": "gte"}
    return {**EVERYBODY, "root": {"op": "and", "children": [{**leaf, "value": times, "where": where}]}}


def products_and_categories(people, as_user):
    nuts, client = Product.objects.get(), as_user("analyst")
    found = client.get(reverse("segments:products"), {"q": "坚果"}).json()["choices"]
    assert found == [[str(nuts.pk), "每日坚果 · N-1"]]
    told = ask(client, "preview", {"definition": bought("product", "in", nuts.pk, 2)})
    assert told["count"] == 4
    assert told["said"] == "Has at least 2 orders where product is 每日坚果 · N-1"
    top = Category.objects.get(parent=None)
    assert (
        ask(client, "preview", {"definition": bought("categories", "contains_any", top.pk, 1)})["count"] == 12
    )
    nested = {**EVERYBODY, "root": {"op": "and", "children": [OFTEN["root"], {"op": "or", "children": []}]}}
    inner = ask(client, "preview", {"definition": nested})["nested"]
    assert inner["/root/children/0/children/0"] == "4"
    assert inner["/root/children/0/children/1/child"] == "1"


def test_a_definition_with_problems_is_kept_with_them(people, as_user):
    wrong = {**EVERYBODY, "root": {"op": "and", "children": [{"t": "attr", "field": "moon", "cmp": "eq"}]}}
    client = as_user("analyst")
    answer = client.post(
        reverse("segments:create") + "?template=blank",
        {"name": "月亮", "description": "x", "shared": "on", "definition": json.dumps(wrong), "act": "save"},
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    config = json.loads(page.split('id="segment-config"')[1].split(">", 1)[1].split("</script>")[0])
    assert config["problems"][0]["pointer"] == "/root/children/0/field"
    assert config["definition"] == wrong
    assert 'value="月亮"' in page
    assert not Segment.objects.exists()


def test_a_taken_name_is_told_at_the_name(people, as_user):
    make(people.analyst, "常客")
    answer = as_user("analyst").post(
        reverse("segments:create") + "?template=blank",
        {"name": "常客", "definition": json.dumps(EVERYBODY), "act": "publish"},
    )
    assert answer.status_code == 422
    assert "There is a segment of this name." in answer.content.decode()
    assert Segment.objects.count() == 1


def test_saving_publishing_copying_archiving_and_deleting(people, as_user):
    client = as_user("analyst")
    client.post(
        reverse("segments:create") + "?template=blank",
        {"name": "全部", "shared": "on", "definition": json.dumps(EVERYBODY), "act": "publish"},
    )
    segment = Segment.objects.get()
    assert segment.state == "published"
    client.post(reverse("segments:duplicate", args=[segment.pk]))
    copy = Segment.objects.exclude(pk=segment.pk).get()
    inner = {**EVERYBODY, "root": {"op": "and", "children": [{"t": "segment", "id": str(segment.pk)}]}}
    client.post(reverse("segments:edit", args=[copy.pk]), {"name": "副本", "definition": json.dumps(inner)})
    page = client.get(reverse("segments:detail", args=[segment.pk])).content.decode()
    assert "副本" in page.split('id="used"')[1]
    client.post(reverse("segments:delete", args=[segment.pk]))
    assert Segment.objects.filter(pk=segment.pk).exists()
    client.post(reverse("segments:delete", args=[copy.pk]))
    client.post(reverse("segments:archive", args=[segment.pk]))
    segment.refresh_from_db()
    assert segment.state == "archived"
    assert "全部" not in client.get(reverse("segments:list")).content.decode().split("<tbody>")[-1]
    client.post(reverse("segments:delete", args=[segment.pk]))
    assert not Segment.objects.exists()


def test_who_may_not_edit_sees_no_builder_and_private_segments_do_not_exist_for_others(people, as_user):
    segment = make(people.analyst, shared=False)
    client = as_user("sales_east")
    assert client.get(reverse("segments:begin")).status_code == 403
    assert client.post(reverse("segments:publish", args=[segment.pk])).status_code == 403
    assert client.get(reverse("segments:detail", args=[segment.pk])).status_code == 404
    assert client.get(reverse("segments:list")).status_code == 200


def test_the_page_of_a_segment_shows_members_that_one_sees_and_keeps_choices(
    company, people, as_user, monkeypatch
):
    segment = services.publish(actor=people.analyst, segment=make(people.analyst))
    assert "being counted" in as_user("analyst").get(reverse("segments:list")).content.decode()
    services.evaluate_now()
    members_and_as_of(segment, as_user)
    revenue_in_the_list(segment, as_user)
    counted_later(segment, as_user, monkeypatch)
    chosen_by_hand(segment, as_user)


def members_and_as_of(segment, as_user):
    page = as_user("sales_east").get(reverse("segments:detail", args=[segment.pk])).content.decode()
    assert "客户3" in page
    assert "客户6" not in page
    listed = as_user("sales_east").get(reverse("segments:list")).content.decode()
    assert "常客" in listed
    assert f'?segment={segment.pk}">2<' in listed
    before = (date.today() - timedelta(days=1)).isoformat()
    earlier = as_user("analyst").get(reverse("segments:detail", args=[segment.pk]), {"as_of": before})
    assert "客户3" not in earlier.content.decode().split('id="members"')[1].split("</section>")[0]


def revenue_in_the_list(segment, as_user):
    """The last that was stored of the version in force, for who sees everybody."""
    for day, version, revenue in ((1, 1, 900), (2, 1, 1234), (3, 2, 5678)):
        Metric.objects.create(
            kind="segment", ref=segment.pk, day=date(2026, 1, day), version=version, net_revenue=revenue
        )

    def listed(user: str) -> str:
        return as_user(user).get(reverse("segments:list")).content.decode()

    assert "1,234" not in listed("analyst")
    Metric.objects.filter(version=2).delete()
    assert "1,234" in listed("analyst")
    assert "Net revenue" not in listed("sales_east")


def counted_later(segment, as_user, monkeypatch):
    """Where counting takes a while the list comes first, and asks for the numbers of what it shows."""
    monkeypatch.setattr(sizes, "AT_ONCE", -1)
    client = as_user("sales_east")
    address = f"{reverse('segments:seen')}?segment={segment.pk}"
    page = client.get(reverse("segments:list")).content.decode()
    assert address in page
    assert f'?segment={segment.pk}">2<' not in page
    assert f'?segment={segment.pk}">2<' in client.get(address).content.decode()
    Segment.objects.filter(pk=segment.pk).update(shared=False)
    assert "2<" not in client.get(address).content.decode()
    Segment.objects.filter(pk=segment.pk).update(shared=True)


def chosen_by_hand(segment, as_user):
    client, customer = as_user("analyst"), Customer.objects.get(code="K001")
    why = client.get(reverse("segments:why", args=[segment.pk]), {"customer": customer.pk}).content.decode()
    assert "does not meet the conditions" in why
    stranger, of_others = as_user("sales_west"), {"customer": customer.pk, "q": customer.name}
    assert stranger.get(reverse("segments:why", args=[segment.pk]), of_others).status_code == 404
    found = stranger.get(reverse("segments:found", args=[segment.pk]), of_others).content.decode()
    assert f'customer={customer.pk}"' not in found
    asked = client.get(reverse("segments:ask"), {"segment": segment.pk, "customer": customer.pk})
    assert asked.url == f"/segments/{segment.pk}?customer={customer.pk}#why"
    worth = client.get(reverse("segments:worth", args=[segment.pk])).content.decode()
    assert "25.0%" in worth
    body = {"customer": customer.pk, "choice": "include", "reason": "老板的朋友"}
    client.post(reverse("segments:choose", args=[segment.pk]), body)
    page = client.get(reverse("segments:detail", args=[segment.pk])).content.decode()
    assert "老板的朋友" in page
    client.post(reverse("segments:choose", args=[segment.pk]), {"customer": customer.pk, "choice": ""})
    assert not ManualChoice.objects.exists()


def test_a_list_from_a_file_names_rows_without_a_customer_and_writes_nothing(people, as_user):
    for n in range(3):
        make_customer(f"客户{n}", owner=people.sales_east, code=f"K{n:03}")
    make_customer("西区客户", owner=people.sales_west, code="K900")
    client = as_user("sales_east")
    text = "客户编号,备注\nK000,a\nK001,b\nK900,c\nK404,d\nK000,again\n"

    def send(**more):
        file = SimpleUploadedFile("keys.csv", text.encode("utf-8"), "text/csv")
        return client.post(reverse("segments:import_list"), {"name": "回访", "file": file, **more})

    answer = send()
    assert answer.status_code == 422
    missing = answer.context["found"].missing
    assert [(one.row, one.text) for one in missing] == [(4, "K900"), (5, "K404")]
    assert not CustomerList.objects.exists()
    assert send(skip="on").status_code == 302
    made = CustomerList.objects.get()
    assert set(made.members.values_list("customer__code", flat=True)) == {"K000", "K001"}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_shows_in_both_languages(people, as_user, language):
    segment = make(people.analyst, "常客")
    client = as_user("analyst", language)
    names = [
        ("list", []),
        ("begin", []),
        ("detail", [segment.pk]),
        ("edit", [segment.pk]),
        ("import_list", []),
    ]
    for name, args in names:
        assert client.get(reverse(f"segments:{name}", args=args)).status_code == 200, name
