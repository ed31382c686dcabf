"""Handing over all customers of a colleague, and taking it back."""

from __future__ import annotations

import random

import pytest
from django.urls import reverse

from factories import make_customer
from owner_history import assert_gapless
from zhike.crm.accounts.models import User
from zhike.crm.customers import handover, ownership, services
from zhike.crm.customers.models import Customer, Handover, OwnerHistory
from zhike.crm.customers.ownership_models import Spread
from zhike.platform import jobs
from zhike.platform.errors import DomainError
from zhike.platform.models import AuditEvent, Job


@pytest.fixture
def book(people):
    """Thirty customers of sales_east, and two of others."""
    services_made = [
        services.create_customer(actor=people.owner, name=f"客户{n}", owner=people.sales_east)
        for n in range(30)
    ]
    others = [
        make_customer("别人的", owner=people.sales_east2),
        make_customer("西部的", owner=people.sales_west),
    ]
    return services_made, others


def hand_over(people, **fields) -> Handover:
    """Started, and done at once: the queue of tests is synchronous."""
    wanted = {
        "actor": people.owner,
        "source": people.sales_east,
        "targets": [people.sales_east2, people.sales_west],
    }
    made = handover.start(**{**wanted, **fields})
    jobs.run(made.job_id)
    made.refresh_from_db()
    return made


def owners() -> dict[int, int | None]:
    return dict(Customer.objects.values_list("pk", "owner_id"))


def test_all_customers_go_evenly_to_those_who_take_over(people, book):
    customers, others = book
    before = {other.pk: other.owner_id for other in others}
    made = hand_over(people, reason="离职")
    assert made.state == "done"
    assert made.counts["customers"] == 30
    assert made.counts["by_user"] == {str(people.sales_east2.pk): 15, str(people.sales_west.pk): 15}
    assert not Customer.objects.filter(owner=people.sales_east).exists()
    assert {pk: owner for pk, owner in owners().items() if pk in before} == before
    for customer in Customer.objects.select_related("owner"):
        assert customer.team_id == customer.owner.team_id
    for customer in customers:
        assert_gapless(customer)
    assert set(OwnerHistory.objects.filter(handover=made).values_list("reason", "origin")) == {
        ("离职", "handover")
    }
    assert AuditEvent.objects.filter(event="customers.handed_over").count() == 1


def test_within_the_team_where_somebody_of_it_takes_over(people, book):
    Customer.objects.filter(pk__in=[c.pk for c in book[0][:10]]).update(team=people.west)
    made = hand_over(people, spread=Spread.TEAM)
    assert made.counts["by_user"] == {str(people.sales_east2.pk): 20, str(people.sales_west.pk): 10}


def test_the_preview_counts_what_then_happens_and_writes_nothing(people, book):
    before = owners()
    targets = [people.sales_east2, people.sales_west]
    seen = handover.preview(actor=people.owner, source=people.sales_east, targets=targets)
    assert owners() == before
    made = hand_over(people)
    assert {str(user.pk): count for user, count in seen.shares} == made.counts["by_user"]


def test_a_manager_hands_over_what_lies_in_the_teams_rows(people, book):
    Customer.objects.filter(pk__in=[c.pk for c in book[0][:4]]).update(team=people.west)
    made = hand_over(people, actor=people.manager_east, targets=[people.sales_east2])
    assert made.counts["customers"] == 26
    with pytest.raises(DomainError) as refused:
        hand_over(people, actor=people.sales_west, targets=[people.sales_east2])
    assert refused.value.code == "nothing"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"targets": []}, "required"),
        ({"targets": ["sales_east"]}, "same"),
        ({"targets": ["gone"]}, "inactive"),
        ({"spread": "x"}, "unknown_choice"),
    ],
)
def test_a_handover_that_makes_no_sense_is_refused(people, book, fields, code):
    people.gone = User.objects.create_user("gone", None, display_name="gone", is_active=False)
    if "targets" in fields:
        fields = {"targets": [getattr(people, name) for name in fields["targets"]]}
    with pytest.raises(DomainError) as refused:
        hand_over(people, **fields)
    assert refused.value.code == code


def test_undo_restores_exactly_whom_nobody_changed_since(people, book):
    before = dict(Customer.objects.values_list("pk", "owner_id"))
    teams = dict(Customer.objects.values_list("pk", "team_id"))
    made = hand_over(people)
    chosen = random.Random(7).sample(book[0], 6)
    for customer in chosen[:3]:
        services.assign_customer(actor=people.owner, customer=customer, owner=people.manager_west)
    # Written past the history: noticed all the same.
    Customer.objects.filter(pk__in=[c.pk for c in chosen[3:]]).update(owner=people.manager_east)
    handover.start_undo(actor=people.owner, handover=made)
    made.refresh_from_db()
    jobs.run(made.job_id)
    made.refresh_from_db()
    assert made.state == "undone"
    assert (made.counts["restored"], made.counts["kept"]) == (24, 6)
    moved = {customer.pk for customer in chosen}
    for pk, owner, team in Customer.objects.values_list("pk", "owner_id", "team_id"):
        if pk not in moved:
            assert (owner, team) == (before[pk], teams[pk])
    for customer in book[0]:
        assert_gapless(customer)


@pytest.mark.parametrize("step", range(1, 5))
def test_a_handover_that_dies_goes_on_where_it_was(people, book, monkeypatch, step):
    monkeypatch.setattr(handover, "CHUNK", 7)
    done = []
    real = handover._give

    def dies(chosen):
        real(chosen)
        done.append(len(chosen))
        if len(done) == step:
            raise KeyboardInterrupt

    monkeypatch.setattr(handover, "_give", dies)
    with pytest.raises(KeyboardInterrupt):
        hand_over(people)
    made = Handover.objects.get()
    assert Customer.objects.filter(owner=people.sales_east).count() == 30 - 7 * (step - 1)
    monkeypatch.setattr(handover, "_give", real)
    Job.objects.filter(pk=made.job_id).update(state="queued")
    jobs.run(made.job_id)
    made.refresh_from_db()
    assert made.counts["by_user"] == {str(people.sales_east2.pk): 15, str(people.sales_west.pk): 15}
    for customer in book[0]:
        assert customer.owner_history.count() == 2


def test_twenty_thousand_customers_take_few_statements(people, django_assert_max_num_queries):
    rows = [Customer(name=f"客户{n}", owner=people.sales_east, team=people.east) for n in range(20_000)]
    Customer.objects.bulk_create(rows, batch_size=2_000)
    ownership.record(None, origin="created")
    with django_assert_max_num_queries(400):
        made = hand_over(people)
    assert made.counts["by_user"] == {str(people.sales_east2.pk): 10_000, str(people.sales_west.pk): 10_000}
    assert OwnerHistory.objects.filter(valid_to=None).count() == 20_000
    handover.start_undo(actor=people.owner, handover=made)
    made.refresh_from_db()
    with django_assert_max_num_queries(400):
        jobs.run(made.job_id)
    assert Customer.objects.filter(owner=people.sales_east, team=people.east).count() == 20_000


def test_the_page_shows_counts_first_then_hands_over(people, book, as_user):
    client = as_user("owner")
    fields = {
        "source": people.sales_east.pk,
        "targets": [people.sales_east2.pk, people.sales_west.pk],
        "spread": "evenly",
    }
    looked = client.post("/customers/handovers", {**fields, "look": "1"})
    assert "30 customers go to others" in looked.content.decode()
    assert Customer.objects.filter(owner=people.sales_east).count() == 30
    started = client.post("/customers/handovers", {**fields, "start": "1"})
    made = Handover.objects.get()
    jobs.run(made.job_id)
    page = client.get(started.url).content.decode()
    assert "30" in page
    assert "Undo" in page
    assert as_user("sales_west").get(started.url).status_code == 404


def test_disabling_a_colleague_offers_the_handover(people, book, as_user):
    user = people.sales_east
    fields = {
        "username": user.username,
        "display_name": "x",
        "email": "",
        "team": people.east.pk,
        "role": user.role_id,
        "language": "en",
    }
    answer = as_user("owner").post(reverse("accounts:edit_user", args=[user.pk]), fields)
    assert answer.status_code == 302
    assert answer.url == f"/customers/handovers?source={user.pk}"
