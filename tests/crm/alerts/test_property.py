"""Random days with random crashes: each situation alerts exactly once, and none is lost."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.alerts.conftest import ago, publish
from dying import Killed, dying_after
from factories import make_customer, make_order
from zhike.crm.alerts import detection
from zhike.crm.alerts.choices import SINKING, STAGE_HEIGHT
from zhike.crm.alerts.models import Alert, AlertSettings, Signal
from zhike.crm.customers.models import Customer
from zhike.crm.interactions.services import log_interaction
from zhike.crm.notifications.models import Notification
from zhike.platform import company_day
from zhike.platform.models import Installation

pytestmark = pytest.mark.django_db
STAGES = sorted(STAGE_HEIGHT)
DAYS = 10
who = st.integers(0, 2)
steps = st.one_of(
    st.tuples(
        st.just("publish"),
        st.lists(st.tuples(st.integers(1, 4), st.sampled_from(STAGES)), min_size=3, max_size=3),
    ),
    st.tuples(st.just("complain"), who),
    st.tuples(st.just("return"), who, st.sampled_from([10, 999, 1000, 30_000])),
    st.tuples(st.just("rolled back"), who),
    st.tuples(st.just("next day")),
    st.tuples(st.just("look")),
    st.tuples(st.just("contacted"), who, st.integers(0, 90)),
    st.tuples(st.just("silence"), st.integers(0, 12)),
    st.tuples(st.just("die"), st.integers(0, 12)),
)


class Model:
    """What ought to be alerted, by a plain reading of the rules."""

    def __init__(self) -> None:
        self.now: dict[int, tuple[int, str]] = {}
        self.opening: dict[int, tuple[int, str]] = {}
        self.expected: set[str] = set()

    def next_day(self) -> None:
        self.opening = dict(self.now)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=st.lists(steps, min_size=3, max_size=25))
def test_each_situation_alerts_exactly_once(people, plan):
    Installation.current()
    AlertSettings.objects.all().delete()
    AlertSettings.objects.create(key_class_a=True)
    for model in (Signal, Alert, Notification):
        model.objects.all().delete()
    # Those of earlier plans are silent for ever.
    Customer.objects.update(deleted_at=timezone.now())
    customers = [make_customer(f"客户{n}", owner=people.sales_east) for n in range(3)]
    ours, day, model = {c.pk for c in customers}, ago(DAYS), Model()
    # Everybody is of class A, so that stages matter at every tier.
    started = dict.fromkeys(customers, (2, "repeat"))
    publish(started, day, past={pk: [] for pk in ours}, abc_class="A", frequency=10)
    model.now = dict.fromkeys(range(3), (2, "repeat"))
    for kind, *rest in plan:
        if kind == "next day" and day < ago(0):
            day += timedelta(days=1)
            model.next_day()
        elif kind == "publish" and day > ago(DAYS):
            values = rest[0]
            publish(dict(zip(customers, values, strict=True)), day, abc_class="A", frequency=10)
            for number, (tier, stage) in enumerate(values):
                expect(model, number, customers[number].pk, tier, stage, day)
        elif kind == "complain":
            noted = log_interaction(actor=None, customer=customers[rest[0]], kind="complaint", summary="不满")
            model.expected.add(f"complaint:{noted.customer_id}:{noted.pk}")
        elif kind == "return":
            order = make_order(customers[rest[0]], day, 0, returned=rest[1])
            if rest[1] >= 1000:
                model.expected.add(f"large_return:{order.customer_id}:{order.pk}")
        elif kind == "rolled back":
            with suppress(Killed), transaction.atomic():
                log_interaction(actor=None, customer=customers[rest[0]], kind="complaint", summary="未提交")
                raise Killed
        elif kind == "look":
            detection.look()
        elif kind == "die":
            with suppress(Killed), dying_after(rest[0]):
                detection.look()
        elif kind == "contacted":
            heard = timezone.now() - timedelta(days=rest[1])
            Customer.objects.filter(pk=customers[rest[0]].pk).update(last_contact_at=heard)
        elif kind == "silence":
            # A look that dies is made again, as the daily work does.
            with suppress(Killed), dying_after(rest[0]):
                detection.look_for_silence(company_day.today())
            detection.look_for_silence(company_day.today())
            for number, customer in enumerate(customers):
                expect_silence(model, number, customer.pk)
    detection.look()
    detection.look()
    alerts = Alert.objects.filter(customer__in=ours)
    assert sorted(alerts.values_list("key", flat=True)) == sorted(model.expected)
    told = sum(note.params.get("count", 1) for note in Notification.objects.filter(user=people.sales_east))
    assert told == len(model.expected)
    assert not Signal.objects.exists()


def expect_silence(model: Model, number: int, pk: int) -> None:
    """30 and 45 days in the two highest tiers; everybody else here is of class A: 60 days."""
    last = Customer.objects.get(pk=pk).last_contact_at
    if last is not None:
        on = last.astimezone(company_day.zone()).date()
        if (company_day.today() - on).days > {4: 30, 3: 45}.get(model.now[number][0], 60):
            model.expected.add(f"silent:{pk}:{on}")


def expect(model: Model, number: int, pk: int, tier: int, stage: str, day: date) -> None:
    """Compared with the close of the day before; what equals what was published last is no news."""
    (was_tier, was_stage), (held_tier, held_stage) = model.opening[number], model.now[number]
    model.now[number] = (tier, stage)
    if tier != held_tier and tier < was_tier:
        model.expected.add(f"tier_fall:{pk}:{day}")
    if tier != held_tier and tier >= 3 > was_tier:
        model.expected.add(f"new_key:{pk}:{day}")
    if stage != held_stage and stage in SINKING and STAGE_HEIGHT[stage] < STAGE_HEIGHT[was_stage]:
        model.expected.add(f"stage_fall:{pk}:{day}")
