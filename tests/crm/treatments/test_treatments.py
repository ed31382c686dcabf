"""Treatments: arms drawn once and kept, written down with day and purpose, shown where the customer is."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import make_customer
from zhike.analytics.effect import is_held_out, seed_of
from zhike.crm.customers.models import Customer
from zhike.crm.portfolio.queries import filtered
from zhike.crm.treatments import queries, services
from zhike.crm.treatments.models import Treatment, TreatmentMember
from zhike.platform.errors import DomainError
from zhike.platform.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def forty(people):
    return [make_customer(f"客户{n}", owner=people.sales_east) for n in range(40)]


def assign(people, rows, purpose="中秋礼品", share=0.3):
    ids = [one.pk for one in rows]
    return services.assign(
        actor=people.owner, purpose=purpose, act="bulk.list", customers_ids=ids, share=share
    )


def arms(treatment):
    return dict(treatment.members.values_list("customer_id", "held_out"))


def test_every_customer_has_the_arm_of_the_hash(people, forty):
    treatment = assign(people, forty)
    seed = seed_of("中秋礼品")
    assert arms(treatment) == {one.pk: is_held_out(seed, one.pk, 0.3) for one in forty}
    assert (treatment.treated, treatment.held_out) == (
        sum(not arm for arm in arms(treatment).values()),
        sum(arms(treatment).values()),
    )
    assert 0 < treatment.held_out < 40
    assert AuditEvent.objects.filter(event="treatment.opened", target_id=treatment.pk).exists()


def test_a_customer_keeps_its_arm_in_a_second_treatment_for_the_same_purpose(people, forty):
    first = assign(people, forty, share=0.3)
    second = assign(people, forty, purpose=" 中秋礼品 ", share=0.05)
    assert arms(first) == arms(second)


def test_another_purpose_draws_anew(people, forty):
    assert arms(assign(people, forty, share=0.5)) != arms(
        assign(people, forty, purpose="春节礼品", share=0.5)
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(st.sets(st.integers(0, 19)), min_size=1, max_size=5),
    shares=st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.5]), min_size=5, max_size=5),
)
def test_whatever_the_order_the_first_arm_of_a_purpose_stays(people, calls, shares):
    Treatment.objects.all().delete()
    Customer.objects.all().delete()
    rows = [make_customer(f"客户{n}") for n in range(20)]
    known: dict[int, bool] = {}
    for chosen, share in zip(calls, shares, strict=False):
        ids = [rows[number].pk for number in chosen]
        made = services.assign(actor=people.owner, purpose="试", act="x", customers_ids=ids, share=share)
        for pk, arm in arms(made).items():
            assert known.setdefault(pk, arm) == arm


def test_a_second_call_for_the_same_customers_changes_nothing(people, forty):
    treatment = assign(people, forty[:20])
    services.add_members(treatment=treatment, customers=[one.pk for one in forty])
    services.add_members(treatment=treatment, customers=[one.pk for one in forty])
    treatment.refresh_from_db()
    assert treatment.members.count() == treatment.treated + treatment.held_out == 40


def test_customers_that_one_does_not_see_get_no_arm(people, forty):
    west = make_customer("西", owner=people.sales_west)
    made = services.assign(
        actor=people.sales_east, purpose="回访", act="x", customers_ids=[west.pk, forty[0].pk], share=0.1
    )
    assert set(arms(made)) == {forty[0].pk}


@pytest.mark.parametrize(
    ("purpose", "share"), [("", 0.1), ("  ", 0.1), ("x" * 121, 0.1), ("回访", 0.6), ("回访", -0.1)]
)
def test_a_treatment_needs_a_purpose_and_a_sensible_share(people, purpose, share):
    with pytest.raises(DomainError):
        services.open_treatment(actor=people.owner, purpose=purpose, act="x", share=share)


def test_the_list_shows_either_arm(people, forty):
    treatment = assign(people, forty)
    expected = {True: set(), False: set()}
    for pk, arm in arms(treatment).items():
        expected[arm].add(pk)

    def found(query):
        return set(filtered(people.owner, QueryDict(query)).values_list("pk", flat=True))

    assert found(f"treatment={treatment.pk}&arm=held_out") == expected[True]
    assert found(f"treatment={treatment.pk}&arm=treated") == expected[False]
    assert found(f"treatment={treatment.pk}") == expected[True] | expected[False]
    assert found("arm=held_out") == expected[True]
    assert found("treatment=99999") == set()


def signed_in(user) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["zhike_language"] = "en"
    return client


def test_the_customer_page_remembers_arm_day_and_purpose(people, forty):
    treatment = assign(people, forty)
    held_out = next(pk for pk, arm in arms(treatment).items() if arm)
    page = signed_in(people.sales_east).get(f"/customers/{held_out}/cards/side").content.decode()
    day = TreatmentMember.objects.filter(customer=held_out).values_list("assigned_at", flat=True)[0]
    assert "中秋礼品" in page
    assert "Held out" in page
    assert f"{day:%Y-%m-}" in page


def test_the_page_of_treatments_counts_what_one_sees(people, forty):
    make_customer("西", owner=people.sales_west)
    treatment = assign(people, [*forty, Customer.objects.get(name="西")])
    everybody, some = (queries.with_arms(user, [treatment])[0] for user in (people.owner, people.sales_east))
    assert everybody.treated + everybody.held_out == 41
    assert some.treated + some.held_out == 40
    assert some.partial
    assert "中秋礼品" in signed_in(people.sales_east).get("/treatments/").content.decode()


def test_treatments_of_foreign_customers_do_not_show(people):
    west = make_customer("西", owner=people.sales_west)
    assign(people, [west])
    assert "中秋礼品" not in signed_in(people.sales_east).get("/treatments/").content.decode()
    assert not Treatment.objects.visible_to(people.sales_east).exists()


def test_sizes_that_do_not_fit_the_share_are_marked(people, forty):
    treatment = assign(people, forty)
    Treatment.objects.filter(pk=treatment.pk).update(treated=900, held_out=20, share="0.1")
    assert "do not fit the share" in signed_in(people.owner).get("/treatments/").content.decode()
