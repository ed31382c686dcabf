"""Whose customers they are: sharing and the history of owners."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import make_customer, make_order
from owner_history import assert_gapless
from zhike.crm.accounts.models import User
from zhike.crm.customers import bulk, ownership, services, sharing
from zhike.crm.customers.models import Contact, Customer, OwnerHistory
from zhike.crm.customers.ownership_models import forget_shares
from zhike.crm.interactions.models import Interaction
from zhike.crm.interactions.services import log_interaction
from zhike.crm.orders.models import Order
from zhike.crm.orders.services import place_order
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import AuditEvent

LINES = [{"description": "x", "quantity": 1, "unit_price": 100}]


@pytest.fixture
def western(people):
    """A customer of the western team, with a contact, an order and a talk."""
    customer = make_customer("绝密西部客户有限公司", owner=people.sales_west)
    contact = Contact.objects.create(customer=customer, name="绝密联系人")
    order = make_order(customer, date(2026, 5, 1), number="SECRET-1")
    Interaction.objects.create(customer=customer, at=order.placed_at, summary="绝密谈话", author=None)
    customer.contact, customer.order = contact, order
    return customer


def seen_by(client, customer) -> dict[str, bool]:
    """Which ways of reading show the customer."""
    name = "绝密"
    token = {"HTTP_HX_REQUEST": "true"}
    return {
        "page": client.get(f"/customers/{customer.pk}").status_code == 200,
        "timeline": client.get(f"/customers/{customer.pk}/timeline").status_code == 200,
        "list": name
        in client.get("/customers/?q=" + name)
        .content.decode()
        .replace('value="绝密"', "")
        .replace("q=绝密", "")
        and customer.name in client.get("/customers/").content.decode(),
        "search": customer.name in client.get("/customers/search?q=" + name, **token).content.decode(),
        "order": client.get(f"/orders/{customer.order.pk}").status_code == 200,
    }


def test_a_stranger_sees_a_customer_nowhere_and_a_colleague_it_is_shared_with_everywhere(
    people, western, as_user
):
    client = as_user("sales_east")
    from zhike.crm.customers.search import reindex

    reindex([western.pk])
    assert set(seen_by(client, western).values()) == {False}
    sharing.share_customer(actor=people.sales_west, customer=western, user=people.sales_east)
    assert set(seen_by(client, western).values()) == {True}
    for other in ("sales_east2", "manager_east"):
        assert set(seen_by(as_user(other), western).values()) == {False}
    sharing.revoke_share(actor=people.manager_west, customer=western, user=people.sales_east)
    assert set(seen_by(client, western).values()) == {False}


def test_a_share_opens_the_rows_of_the_customer_to_one_person_alone(people, western):
    sharing.share_customer(actor=people.sales_west, customer=western, user=people.sales_east)
    for model in (Customer, Contact, Order, Interaction):
        assert model.objects.visible_to(people.sales_east).count() == 1
        assert model.objects.visible_to(people.sales_east2).count() == 0


def test_export_and_api_follow_the_share(people, western, as_user):
    from zhike.crm.accounts.services import create_token

    people.manager_east.role.capabilities = [*people.manager_east.role.capabilities, "api"]
    people.manager_east.role.save()
    fresh = User.objects.get(pk=people.manager_east.pk)
    _token, text = create_token(actor=fresh, name="test")
    client = as_user("manager_east")
    headers = {"HTTP_AUTHORIZATION": f"Bearer {text}"}

    def found() -> tuple[bool, bool, int]:
        exported = client.post("/customers/export", {"format": "csv", "query": ""})
        body = b"".join(exported.streaming_content) if exported.streaming else exported.content
        listed = client.get("/api/v1/customers", **headers).json()["items"]
        return (
            "绝密西部" in body.decode("utf-8-sig"),
            bool(listed),
            client.get(f"/api/v1/customers/{western.pk}", **headers).status_code,
        )

    assert found() == (False, False, 404)
    sharing.share_customer(actor=people.sales_west, customer=western, user=people.manager_east)
    assert found() == (True, True, 200)
    patch = client.patch(
        f"/api/v1/customers/{western.pk}",
        json.dumps({"version": 1, "city": ""}),
        content_type="application/json",
        **headers,
    )
    assert patch.status_code == 403
    assert patch.json()["code"] == "read_only"


def every_change(actor, customer):
    """The verbs on a customer, each ready to be called."""
    yield lambda: services.update_customer(actor=actor, customer=customer, needs="x")
    yield lambda: services.set_tags(actor=actor, customer=customer, tags=["a"])
    yield lambda: services.save_contact(actor=actor, customer=customer, name="李四")
    yield lambda: services.delete_contact(actor=actor, contact=customer.contact)
    yield lambda: log_interaction(actor=actor, customer=customer, kind="call", summary="x")
    yield lambda: place_order(actor=actor, customer=customer, number="N-1", lines=LINES)
    yield lambda: services.delete_customer(actor=actor, customer=customer)


def test_shared_to_see_refuses_every_change_with_a_clear_word(people, western):
    sharing.share_customer(actor=people.sales_west, customer=western, user=people.sales_east)
    for change in every_change(people.sales_east, western):
        with pytest.raises(NotAllowed) as refused:
            change()
        assert refused.value.code == "read_only"
    for change in every_change(people.sales_east2, western):
        with pytest.raises(DomainError) as unknown:
            change()
        assert unknown.value.code == "not_found"


def test_shared_to_change_lets_change_but_not_give_away(people, western):
    sharing.share_customer(actor=people.sales_west, customer=western, user=people.sales_east, level="edit")
    east = people.sales_east
    for act in (
        lambda: services.assign_customer(actor=east, customer=western, owner=east),
        lambda: sharing.share_customer(actor=east, customer=western, user=people.sales_east2),
    ):
        with pytest.raises(NotAllowed) as refused:
            act()
        assert refused.value.code == "shared"
    for change in every_change(east, western):
        change()


def test_the_page_hides_what_a_reader_may_not_do(people, western, as_user):
    sharing.share_customer(actor=people.sales_west, customer=western, user=people.sales_east)
    text = drawn(as_user("sales_east"), western)
    assert "Shared with you to see" in text
    for hidden in (f"/customers/{western.pk}/edit", "/orders/new", "ownership-dialog", "interactions/new"):
        assert hidden not in text
    assert as_user("sales_east").get(f"/customers/{western.pk}/edit").status_code == 403
    assert "ownership-dialog" in drawn(as_user("sales_west"), western)


def drawn(client, customer) -> str:
    """The page with what it fetches."""
    page = f"/customers/{customer.pk}"
    parts = (page, f"{page}/timeline", f"{page}/cards/main", f"{page}/cards/side")
    return "".join(client.get(part).content.decode() for part in parts)


def test_who_sees_the_customer_anyway_needs_no_share(people, western):
    for user in (people.owner, people.manager_west, people.sales_west):
        with pytest.raises(DomainError) as refused:
            sharing.share_customer(actor=people.owner, customer=western, user=user)
        assert refused.value.code == "not_needed"


def test_many_shares_are_looked_up_by_the_store(people, monkeypatch):
    monkeypatch.setattr("zhike.crm.customers.ownership_models.NAMED", 3)
    shared = [make_customer(f"客户{n}", owner=people.sales_west) for n in range(6)]
    for number, customer in enumerate(shared):
        level = "edit" if number % 2 else "read"
        sharing.share_customer(actor=people.owner, customer=customer, user=people.sales_east, level=level)
    assert Customer.objects.visible_to(people.sales_east).count() == 6
    assert Customer.objects.editable_by(people.sales_east).count() == 3


def test_without_shares_the_condition_is_the_row_scope_alone(people):
    assert "id" not in str(Customer.objects.visible_to(people.sales_east).query.where).replace(
        "owner_id", ""
    ).replace("team_id", "").replace("user_id", "")


def test_pages_of_sharing_do_what_they_say(people, western, as_user):
    client = as_user("sales_west")
    assert (
        client.post(
            f"/customers/{western.pk}/share", {"user": people.sales_east.pk, "level": "edit"}
        ).status_code
        == 302
    )
    forget_shares(people.sales_east)
    assert Customer.objects.editable_by(people.sales_east).exists()
    assert client.post(f"/customers/{western.pk}/share/{people.sales_east.pk}/revoke").status_code == 302
    answer = client.post(f"/customers/{western.pk}/assign", {"owner": people.sales_east.pk, "reason": "换区"})
    assert answer.url == "/customers/"
    newest = western.owner_history.get(valid_to=None)
    assert (newest.owner, newest.team, newest.actor, newest.reason) == (
        people.sales_east,
        people.east,
        people.sales_west,
        "换区",
    )
    assert {"customer.shared", "customer.share_revoked", "customer.assigned"} <= set(
        AuditEvent.objects.values_list("event", flat=True)
    )


# The history of owners


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["one", "many", "raw", "undo"]),
            st.sampled_from([None, "sales_east", "sales_east2", "sales_west", "manager_west"]),
        ),
        max_size=8,
    ),
    st.sampled_from([None, "sales_east"]),
)
def test_the_history_has_no_gap_whatever_happens(people, acts, first):
    customer = services.create_customer(
        actor=people.owner, name="有限公司", owner=first and getattr(people, first)
    )
    images = {}
    for way, name in acts:
        owner = name and getattr(people, name)
        if way == "one":
            services.assign_customer(actor=people.owner, customer=customer, owner=owner)
        elif way == "many":
            images = (
                bulk.assign_many(actor=people.owner, owners={customer.pk: owner and owner.pk}).changed
                or images
            )
        elif way == "undo":
            bulk.restore(actor=people.owner, images=images)
        else:
            # A writer that forgot the history is noticed at the next look.
            Customer.objects.filter(pk=customer.pk).update(owner=owner)
            ownership.record([customer.pk])
        assert_gapless(customer)


def test_the_history_is_written_for_everybody_at_once_and_only_where_something_changed(people):
    owned = [make_customer(f"客户{n}", owner=people.sales_east) for n in range(3)]
    nobody = make_customer("无主")
    ownership.record(None, origin="created", since_created=True)
    ownership.record(None)
    assert OwnerHistory.objects.count() == 3
    assert {row.valid_from for row in OwnerHistory.objects.all()} == {
        customer.created_at for customer in owned
    }
    assert not nobody.owner_history.exists()
