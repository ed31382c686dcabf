"""One event after the other, or all at once: the same scores, tiers and histories."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from factories import make_customer, make_order
from zhike.crm.insight import days, rescoring
from zhike.crm.insight.models import CustomerScore, StageHistory, TierHistory, TierOverride

from .conftest import TODAY, run_days_ago

pytestmark = pytest.mark.django_db
SPAN = 45

EVENTS = st.lists(
    st.tuples(
        st.integers(0, SPAN),
        st.sampled_from(["order", "order", "big", "return", "late", "edit", "delete"]),
        st.integers(1, 900),
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture
def calibrated(company, full_run, clock):
    clock.today = TODAY - timedelta(days=SPAN)
    run_days_ago(full_run, SPAN)


# No shrinking: every example takes a second, and the events are few.
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(events=EVENTS)
def test_one_by_one_equals_all_at_once(calibrated, clock, events):
    with transaction.atomic():
        one, all_at_once = make_customer("逐笔"), make_customer("一次")
        for offset in sorted({offset for offset, *_rest in events} | {0, SPAN}):
            clock.today = TODAY - timedelta(days=SPAN - offset)
            for place, (when, kind, amount) in enumerate(events):
                if when == offset:
                    for customer in (one, all_at_once):
                        happen(customer, kind, amount, clock.today, place)
                    rescoring.rescore([one.pk])
            # The night's evaluation of everybody.
            rescoring.rescore([one.pk, all_at_once.pk])
        assert understanding(one) == understanding(all_at_once)
        transaction.set_rollback(True)


def happen(customer, kind: str, amount: int, today: date, place: int) -> None:
    last = customer.orders.order_by("-pk").first()
    if kind == "edit" and last:
        last.revenue = amount
        last.save()
    elif kind == "delete" and last:
        last.delete()
    else:
        days_ago = amount % 60 if kind == "late" else 0
        values = {
            "return": {"revenue": 0, "returned": amount * 10},
            "big": {"revenue": amount * 1000},
        }.get(kind, {"revenue": amount})
        number = f"P{customer.pk}-{place}"
        make_order(customer, today - timedelta(days=days_ago), **values, number=number)


def understanding(customer):
    hidden = {
        "customer_id",
        "seq",
        "revision",
        "evaluated_at",
        "as_of",
        "opening_tier",
        "opening_pending_since",
    }
    names = [f.attname for f in CustomerScore._meta.concrete_fields if f.attname not in hidden]
    return (
        CustomerScore.objects.filter(customer=customer).values_list(*names).first(),
        list(history(TierHistory, customer, "tier", "tier_score")),
        list(history(StageHistory, customer, "lifecycle")),
    )


def history(model, customer, *names):
    rows = model.objects.filter(customer=customer).order_by("valid_from")
    return rows.values_list(*names, "valid_from", "valid_to")


DECISIONS = st.lists(
    st.tuples(
        st.integers(0, SPAN),
        st.sampled_from(["order", "big", "return", "delete", "decide", "decide", "end"]),
        st.integers(1, 900),
    ),
    min_size=2,
    max_size=8,
)


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(steps=DECISIONS)
def test_one_by_one_equals_all_at_once_with_overrides(calibrated, clock, steps):
    with transaction.atomic():
        one, all_at_once = make_customer("逐笔"), make_customer("一次")
        for offset in sorted({offset for offset, *_rest in steps} | {0, SPAN}):
            clock.today = TODAY - timedelta(days=SPAN - offset)
            for place, (when, kind, amount) in enumerate(steps):
                if when == offset:
                    for customer in (one, all_at_once):
                        act(customer, kind, amount, clock.today, place)
                    rescoring.rescore([one.pk])
            rescoring.rescore([one.pk, all_at_once.pk])
        assert understanding(one) == understanding(all_at_once)
        transaction.set_rollback(True)


def act(customer, kind: str, amount: int, today, place: int) -> None:
    holds = TierOverride.objects.filter(customer=customer, ended_at=None)
    if kind == "decide":
        holds.update(ended_at=days.timezone.now(), ended_on=today)
        rank = 1 + amount % 4
        code = ("bronze", "silver", "gold", "diamond")[rank - 1]
        until = today + timedelta(days=amount % 40)
        TierOverride.objects.create(
            customer=customer, tier=rank, code=code, reason="试", expires_on=until, since=today
        )
    elif kind == "end":
        holds.update(ended_at=days.timezone.now(), ended_on=today)
    else:
        happen(customer, kind, amount, today, place)


# PostgreSQL's log is complete only below the oldest running transaction: none may stay open here.
@pytest.mark.django_db(transaction=True)
def test_the_full_run_finds_nothing_left_to_do_after_the_events(company, full_run):
    """Incremental = full: after events alone, a full run publishes no row."""
    run_days_ago(full_run, 1)
    for place, customer in enumerate(company):
        happen(customer, ("order", "big", "return", "edit")[place % 4], 50 + place, TODAY, place)
        rescoring.rescore([customer.pk])
    job = full_run()
    assert job.result["published"] == 0
