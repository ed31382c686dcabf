"""The ten-second form: outcomes to tap, next steps, settling and putting off from anywhere."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from factories import make_customer
from zhike.crm.customers.models import Contact
from zhike.crm.interactions import queries, services
from zhike.crm.interactions.models import Interaction, OutcomeTemplate
from zhike.platform.errors import DomainError, NotAllowed

pytestmark = pytest.mark.django_db


def address(customer) -> str:
    return reverse("interactions:create") + f"?customer={customer.pk}"


def promised(customer, on: date) -> Interaction:
    return Interaction.objects.create(
        customer=customer, at=timezone.now(), summary="谈过", next_step="发报价", next_step_on=on
    )


def test_an_outcome_alone_is_enough(people, as_user):
    customer = make_customer(owner=people.sales_east)
    answer = as_user("sales_east").post(address(customer), {"kind": "call", "outcome": "Not reached"})
    assert answer.status_code == 302
    found = Interaction.objects.get()
    assert (found.outcome, found.summary, found.author) == ("Not reached", "", people.sales_east)


def test_neither_outcome_nor_words_is_refused_and_the_rest_is_kept(people, as_user):
    customer = make_customer(owner=people.sales_east)
    answer = as_user("sales_east").post(address(customer), {"kind": "visit", "next_step": "再来"})
    assert answer.status_code == 422
    assert "再来" in answer.content.decode()
    assert not Interaction.objects.exists()


def test_in_place_the_form_ends_with_an_event(people, as_user):
    customer = make_customer(owner=people.sales_east)
    answer = as_user("sales_east").post(
        address(customer), {"kind": "call", "summary": "好"}, headers={"HX-Request": "true"}
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert "followed-up" in answer.headers["HX-Trigger"]


def test_the_main_contact_is_chosen_already(people, as_user):
    customer = make_customer(owner=people.sales_east)
    Contact.objects.create(customer=customer, name="小李")
    main = Contact.objects.create(customer=customer, name="王总", is_primary=True)
    body = as_user("sales_east").get(address(customer)).content.decode()
    assert f'<option value="{main.pk}" selected>' in body


def test_a_due_step_is_ticked_and_settled_by_the_contact(people, as_user):
    customer = make_customer(owner=people.sales_east)
    due, later = (promised(customer, timezone.localdate() + timedelta(days=n)) for n in (-2, 5))
    body = as_user("sales_east").get(address(customer)).content.decode()
    assert f'value="{due.pk}" checked' in body
    assert f'value="{later.pk}" checked' not in body
    as_user("sales_east").post(address(customer), {"kind": "call", "summary": "好", "settles": [due.pk]})
    due.refresh_from_db()
    later.refresh_from_db()
    assert due.settled_at is not None
    assert later.settled_at is None


def test_another_customer_s_step_is_not_settled(people, as_user):
    mine, other = make_customer(owner=people.sales_east), make_customer(owner=people.sales_west)
    step = promised(other, timezone.localdate())
    answer = as_user("sales_east").post(
        address(mine), {"kind": "call", "summary": "好", "settles": [step.pk]}
    )
    assert answer.status_code == 422
    step.refresh_from_db()
    assert step.settled_at is None


def test_the_form_returns_only_to_this_site(people, as_user):
    customer, client = make_customer(owner=people.sales_east), as_user("sales_east")
    data = {"kind": "call", "summary": "好"}
    assert client.post(address(customer), {**data, "next": "/today/"}).headers["Location"] == "/today/"
    away = client.post(address(customer), {**data, "next": "https://evil.example/"})
    assert away.headers["Location"] == reverse("customers:detail", args=[customer.pk])


def test_quick_days_are_working_days():
    # Wednesday before the National Day of 2026, which is free from Thursday 1 to Wednesday 7 October.
    days = [chip.on for chip in queries.quick_days(date(2026, 9, 30))]
    assert days == [date(2026, 10, 8), date(2026, 10, 8), date(2026, 10, 8), date(2026, 10, 30)]


def test_a_step_is_put_off_to_a_day_from_today_on(people):
    step = promised(make_customer(owner=people.sales_east), timezone.localdate())
    until = timezone.localdate() + timedelta(days=3)
    services.postpone(actor=people.sales_east, interaction=step, on=until)
    step.refresh_from_db()
    assert step.next_step_on == until
    with pytest.raises(DomainError):
        services.postpone(actor=people.sales_east, interaction=step, on=until - timedelta(days=9))
    services.settle(actor=people.sales_east, interaction=step)
    with pytest.raises(DomainError):
        services.postpone(actor=people.sales_east, interaction=step, on=until)


def test_suggested_outcomes_give_way_to_the_company_s_own_kind_by_kind(people):
    before = [one.outcome for one in queries.outcomes(date(2026, 11, 23)) if one.kind == "visit"]
    services.save_template(
        actor=people.manager_east,
        template=OutcomeTemplate(kind="call", outcome="约了拜访", next_step="上门", next_step_days=2),
    )
    found = queries.outcomes(date(2026, 11, 23))
    own = next(one for one in found if one.outcome == "约了拜访")
    assert (own.next_step, own.on) == ("上门", date(2026, 11, 25))
    assert len([one for one in found if one.kind == "call"]) == 6, "the suggestions are kept beside it"
    assert [one.outcome for one in found if one.kind == "visit"] == before


def test_outcomes_are_managed_in_the_interface_by_who_may(people, as_user):
    client = as_user("manager_east")
    client.post(reverse("interactions:templates"), {"kind": "email"})
    assert OutcomeTemplate.objects.filter(kind="email").count() == 3
    first = OutcomeTemplate.objects.filter(kind="email").first()
    data = {"kind": "email", "outcome": "报价已读"}
    assert client.post(reverse("interactions:edit_template", args=[first.pk]), data).status_code == 302
    assert client.post(reverse("interactions:create_template"), data).status_code == 422, "no outcome twice"
    client.post(reverse("interactions:delete_template", args=[first.pk]))
    assert not OutcomeTemplate.objects.filter(outcome="报价已读").exists()
    assert as_user("sales_east").get(reverse("interactions:templates")).status_code == 403
    with pytest.raises(NotAllowed):
        services.adopt_suggestions(actor=people.sales_east, kind="call")
