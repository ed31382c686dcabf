"""The REST API: rights, strict input, idempotent creation, pages, errors in the caller's language."""

from __future__ import annotations

from datetime import date

import pytest

from factories import make_customer, make_order
from zhike.crm.accounts.services import change_user, create_token
from zhike.crm.catalog.models import Product
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(people):
    return make_customer(owner=people.sales_east)


@pytest.fixture
def theirs(people):
    return make_customer("西部客户有限公司", owner=people.sales_west)


def order_of(customer: Customer, **fields) -> dict:
    line = {"description": "咖啡豆", "quantity": 2, "unit_price": "49.90"}
    return {"customer_id": customer.pk, "number": "A-1", "lines": [line], **fields}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer zk_x", "Bearer zk_000000000000_" + "x" * 43, "Basic YTpi"]
)
def test_without_a_valid_token_there_is_no_answer(client, mine, header):
    answer = client.get("/api/v1/customers", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


def test_a_session_is_no_token(client, people):
    client.force_login(people.owner)
    assert client.get("/api/v1/customers").status_code == 401


def test_a_token_ends_with_its_users_rights(client, people):
    _token, text = create_token(actor=people.sales_east, name="t")
    change_user(actor=people.owner, user=people.sales_east, is_active=False)
    assert client.get("/api/v1/customers", headers={"Authorization": f"Bearer {text}"}).status_code == 401


def test_a_list_holds_the_rows_of_ones_scope(call, mine, theirs):
    items = call.sales_east.get("/customers").json()["items"]
    assert [item["id"] for item in items] == [mine.pk]


@pytest.mark.parametrize(
    "path", ["/customers/{}", "/customers/{}/score", "/customers/{}/tier", "/customers/{}/tiers"]
)
def test_a_customer_of_another_team_does_not_exist(call, theirs, path):
    assert call.sales_east.get(path.format(theirs.pk)).status_code == 404


def test_a_customer_of_another_team_cannot_be_changed_or_ordered_for(call, theirs):
    caller = call.sales_east
    assert caller.patch(f"/customers/{theirs.pk}", {"version": 1, "name": "改了"}).status_code == 404
    assert caller.post("/orders", order_of(theirs)).status_code == 404
    assert caller.post("/contacts", {"customer_id": theirs.pk, "name": "王"}).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.name, theirs.version, Order.objects.count(), Contact.objects.count()) == (
        "西部客户有限公司",
        1,
        0,
        0,
    )


def test_pages_hold_every_row_once(call, people):
    made = {make_customer(f"客户{n}", owner=people.sales_east).pk for n in range(5)}
    seen, cursor, caller = [], "", call.sales_east
    while cursor is not None:
        page = caller.get(f"/customers?limit=2&cursor={cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(made)


def test_a_customer_is_created_and_changed(call, people):
    caller = call.sales_east
    created = caller.post("/customers", {"name": "苏州金禾食品有限公司", "province": "32", "size": "small"})
    assert created.status_code == 201, created.content
    body = created.json()
    assert (body["owner_id"], body["source"], body["size"]) == (people.sales_east.pk, "api", "small")
    changed = caller.patch(f"/customers/{body['id']}", {"version": body["version"], "size": "large"})
    assert (changed.json()["size"], changed.json()["version"]) == ("large", body["version"] + 1)


def test_an_old_version_is_refused(call, mine):
    caller = call.sales_east
    assert caller.patch(f"/customers/{mine.pk}", {"version": 1, "name": "甲公司"}).status_code == 200
    assert caller.patch(f"/customers/{mine.pk}", {"version": 1, "name": "乙公司"}).status_code == 409


@pytest.mark.parametrize("field", ["owner_id", "team_id", "no_profiling", "id", "is_superuser", "deleted_at"])
def test_a_field_that_cannot_be_written_is_named_and_nothing_is_saved(call, field):
    answer = call.sales_east.post("/customers", {"name": "甲公司", field: 1})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert not Customer.objects.exists()


def test_errors_speak_the_callers_language(call):
    caller = call.sales_east
    chinese = caller.post("/customers", {}, Accept_Language="zh-CN").json()["errors"][0]
    english = caller.post("/customers", {}, Accept_Language="en").json()["errors"][0]
    assert chinese["field"] == english["field"] == "name"
    assert chinese["message"] == "该字段必填。"
    assert english["message"] == "This field is required."


def test_an_order_twice_with_one_key_is_one_order(call, mine):
    caller = call.sales_east
    first = caller.post("/orders", order_of(mine), Idempotency_Key="k1")
    second = caller.post("/orders", order_of(mine), Idempotency_Key="k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Order.objects.count() == 1
    assert str(Order.objects.get().revenue) == "99.8000"


def test_one_key_with_another_order_is_refused(call, mine):
    caller = call.sales_east
    caller.post("/orders", order_of(mine), Idempotency_Key="k1")
    assert caller.post("/orders", order_of(mine, number="A-2"), Idempotency_Key="k1").status_code == 422
    assert Order.objects.count() == 1


def test_a_failed_request_may_be_sent_again_with_its_key(call, mine):
    caller = call.sales_east
    bad = order_of(mine, lines=[{"sku": "unknown", "quantity": 1, "unit_price": 1}])
    assert caller.post("/orders", bad, Idempotency_Key="k1").status_code == 422
    assert caller.post("/orders", order_of(mine), Idempotency_Key="k1").status_code == 201


def test_the_same_key_of_two_people_is_two_keys(call, mine, theirs):
    assert call.sales_east.post("/orders", order_of(mine), Idempotency_Key="k").status_code == 201
    other = order_of(theirs, number="B-1")
    assert call.sales_west.post("/orders", other, Idempotency_Key="k").status_code == 201


def test_a_return_is_a_line_with_a_negative_quantity(call, mine):
    lines = [{"description": "咖啡豆", "quantity": -1, "unit_price": "49.90"}]
    answer = call.sales_east.post("/orders", order_of(mine, lines=lines)).json()
    assert (answer["revenue"], answer["returned"]) == ("0.0000", "49.9000")


def test_an_order_can_be_cancelled(call, mine):
    order = make_order(mine, date(2026, 5, 1))
    caller = call.sales_east
    assert caller.post(f"/orders/{order.pk}/cancel").json()["status"] == "cancelled"
    assert caller.post(f"/orders/{order.pk}/cancel").status_code == 200


def test_products_and_contacts_are_created_listed_and_changed(call, mine):
    caller = call.sales_east
    product = caller.post("/products", {"sku": "P1", "name": "咖啡豆", "category": "食品", "price": "49.90"})
    assert product.status_code == 201, product.content
    caller.patch(f"/products/{product.json()['id']}", {"price": "39.90"})
    assert str(Product.objects.get().price) == "39.9000"
    contact = caller.post("/contacts", {"customer_id": mine.pk, "name": "王芳", "role": "purchaser"}).json()
    caller.patch(f"/contacts/{contact['id']}", {"title": "采购经理"})
    assert caller.get(f"/contacts?customer_id={mine.pk}").json()["items"][0]["title"] == "采购经理"
    assert caller.get("/products").json()["items"][0]["category"] == "食品"


def test_an_analyst_reads_and_does_not_write(call, mine):
    caller = call.analyst
    assert caller.get(f"/customers/{mine.pk}").status_code == 200
    assert caller.post("/orders", order_of(mine)).status_code == 403
    assert not Order.objects.exists()


def test_phone_numbers_are_for_those_who_may_see_them(call, people):
    customer = make_customer(owner=people.sales_east, phone="13900001111")
    assert call.sales_east.get(f"/customers/{customer.pk}").json()["phone"] == "13900001111"
    assert call.analyst.get(f"/customers/{customer.pk}").json()["phone"] == "***"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=9e32", "limit=201", "cursor=%00", "customer_id=9e99", "customer_id=x"]
)
def test_bounds_are_kept(call, query):
    assert call.owner.get(f"/orders?{query}").status_code == 422


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"name": "\\u0000"}', '{"name": "\\ud800"}', '{"name": {}}', "null"]
)
def test_what_cannot_be_read_is_refused_in_words(call, body):
    answer = call.owner.post("/customers", body)
    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["detail"]


def test_a_request_that_is_too_large_is_refused(call):
    assert call.owner.post("/customers", {"name": "x" * 3_000_000}).status_code == 413


def test_tiers_are_empty_before_the_first_analysis(call):
    assert call.owner.get("/tiers").json() == {"as_of": None, "tiers": []}
