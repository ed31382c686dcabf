"""Which situations alert, whom, and that each does once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from crm.alerts.conftest import TODAY, ago, publish
from factories import make_customer, make_order
from zhike.crm.alerts import detection, judging, triggers, words
from zhike.crm.alerts.models import Alert, AlertSettings, Signal
from zhike.crm.customers.models import Customer
from zhike.crm.interactions.models import Interaction
from zhike.crm.interactions.services import log_interaction
from zhike.crm.notifications.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(people):
    return make_customer("上海远达", owner=people.sales_east)


def kinds() -> list[str]:
    detection.look()
    return sorted(Alert.objects.values_list("kind", flat=True))


def test_a_key_customer_that_falls_a_tier_alerts_its_owner_once(people, customer):
    publish({customer: (4, "repeat")}, ago(3))
    assert kinds() == ["new_key"]
    publish({customer: (3, "repeat")}, TODAY)
    publish({customer: (3, "repeat")}, TODAY)
    assert kinds() == ["new_key", "tier_fall"]
    assert kinds() == ["new_key", "tier_fall"]
    told = Notification.objects.get(kind="alert.tier_fall")
    assert told.user == people.sales_east
    assert "上海远达" in told.text
    assert not Signal.objects.exists()


def test_a_fall_among_ordinary_customers_is_no_alert(customer):
    publish({customer: (2, "repeat")}, ago(3))
    publish({customer: (1, "repeat")}, TODAY)
    assert kinds() == []


def test_a_key_customer_that_sinks_alerts(customer):
    publish({customer: (4, "high_value")}, ago(3), past={customer.pk: []})
    publish({customer: (4, "at_risk")}, ago(1))
    publish({customer: (4, "lost")}, TODAY)
    assert kinds() == ["stage_fall", "stage_fall"]


def test_a_rise_is_no_fall(customer):
    publish({customer: (4, "lost")}, ago(3), past={customer.pk: []})
    publish({customer: (4, "repeat")}, TODAY)
    assert kinds() == []


def test_a_past_that_was_reconstructed_alerts_nobody(customer):
    from zhike.crm.insight import days

    steps = [(days.number(ago(60)), 4, 80.0, "high_value"), (days.number(ago(30)), 3, 60.0, "repeat")]
    publish({customer: (1, "lost")}, TODAY, past={customer.pk: steps})
    assert kinds() == []


def test_class_a_counts_as_key_when_the_company_says_so(customer):
    publish({customer: (2, "repeat")}, ago(3), abc_class="A")
    publish({customer: (1, "repeat")}, TODAY, abc_class="A")
    assert kinds() == ["tier_fall"]
    AlertSettings.objects.create(key_class_a=False)
    other = make_customer("其他")
    publish({other: (2, "repeat")}, ago(3), abc_class="A")
    publish({other: (1, "repeat")}, TODAY, abc_class="A")
    assert kinds() == ["tier_fall"]


def test_a_new_definition_of_tiers_is_no_fall(customer, monkeypatch):
    publish({customer: (4, "repeat")}, ago(3), past={customer.pk: []})
    monkeypatch.setattr(judging, "_same_tiers", lambda _before, _after: False)
    publish({customer: (3, "repeat")}, TODAY, number=2)
    assert kinds() == []


def test_a_complaint_alerts_whoever_the_customer_is(people, customer):
    log_interaction(actor=people.sales_east, customer=customer, kind="complaint", summary="货不对版")
    log_interaction(actor=people.sales_east, customer=customer, kind="call", summary="没事")
    assert kinds() == ["complaint"]
    assert "货不对版" in Notification.objects.get().text


def test_a_complaint_of_years_ago_that_is_imported_is_history(customer):
    Interaction.objects.bulk_create(
        [
            Interaction(
                customer=customer, kind="complaint", at=timezone.now() - timedelta(days=400), summary="旧"
            )
        ]
    )
    assert Signal.objects.count() == 1
    assert kinds() == []
    assert not Signal.objects.exists()


@pytest.mark.parametrize(
    ("returned", "expected"), [("999", []), ("1000", ["large_return"]), ("25000", ["large_return"])]
)
def test_a_large_return_is_large_for_this_customer(customer, returned, expected):
    publish({customer: (1, "repeat")}, ago(3))
    make_order(customer, TODAY, 0, returned=returned)
    assert kinds() == expected


def test_of_a_customer_without_purchases_only_the_amount_counts(customer):
    make_order(customer, TODAY, 0, returned=19_999)
    assert kinds() == []
    make_order(customer, TODAY, 0, returned=20_000)
    assert kinds() == ["large_return"]


def test_a_return_that_grows_alerts_once(customer):
    publish({customer: (1, "repeat")}, ago(3))
    order = make_order(customer, TODAY, 0, returned=10)
    assert kinds() == []
    type(order).objects.filter(pk=order.pk).update(returned=Decimal(5000))
    assert kinds() == ["large_return"]
    type(order).objects.filter(pk=order.pk).update(returned=Decimal(9000))
    assert kinds() == ["large_return"]


def test_a_key_customer_who_hears_nothing_alerts_once_per_last_contact(customer):
    publish({customer: (4, "repeat")}, ago(3), past={customer.pk: []})
    Customer.objects.filter(pk=customer.pk).update(last_contact_at=timezone.now() - timedelta(days=40))
    detection.look_for_silence(TODAY)
    detection.look_for_silence(TODAY + timedelta(days=1))
    assert kinds() == ["silent"]
    assert Notification.objects.count() == 1
    # Contacted, the alert settles itself; silent again, there is a new one.
    Customer.objects.filter(pk=customer.pk).update(last_contact_at=timezone.now() + timedelta(minutes=1))
    detection.look_for_silence(TODAY + timedelta(days=2))
    assert Alert.objects.get().state == "settled"
    detection.look_for_silence(TODAY + timedelta(days=60))
    assert kinds() == ["silent", "silent"]


def test_the_days_of_silence_follow_the_tier(customer, people):
    other = make_customer("黄金客户", owner=people.sales_east)
    publish({customer: (4, "repeat"), other: (3, "repeat")}, ago(3), past={customer.pk: [], other.pk: []})
    Customer.objects.update(last_contact_at=timezone.now() - timedelta(days=40))
    detection.look_for_silence(TODAY)
    assert [alert.customer for alert in Alert.objects.all()] == [customer]
    AlertSettings.objects.create(silent_days={"3": 20})
    detection.look_for_silence(TODAY)
    assert Alert.objects.count() == 2


def test_a_silent_customer_of_class_a_below_the_key_tiers_alerts_once(customer):
    ordinary = make_customer("普通客户")
    Customer.objects.update(last_contact_at=timezone.now() - timedelta(days=70))
    publish({customer: (2, "repeat")}, ago(3), past={customer.pk: []}, abc_class="A")
    publish({ordinary: (2, "repeat")}, ago(3), past={ordinary.pk: []}, abc_class="B")
    detection.look_for_silence(TODAY)
    detection.look_for_silence(TODAY + timedelta(days=1))
    (alert,) = Alert.objects.all()
    assert alert.customer == customer
    with override("en"):
        assert words.sentence(alert.params) == "上海远达 (class A) has not been contacted for 70 days"
    # The same silence is the same situation when the customer rises to a key tier.
    publish({customer: (4, "repeat")}, TODAY, abc_class="A")
    detection.look_for_silence(TODAY + timedelta(days=2))
    assert Alert.objects.filter(kind="silent").count() == 1


def test_the_days_of_class_a_are_chosen_and_the_class_may_be_no_key(customer):
    Customer.objects.update(last_contact_at=timezone.now() - timedelta(days=40))
    publish({customer: (1, "repeat")}, ago(3), past={customer.pk: []}, abc_class="A")
    detection.look_for_silence(TODAY)
    assert not Alert.objects.exists()
    chosen = AlertSettings.objects.create(silent_days={"A": 30}, key_class_a=False)
    detection.look_for_silence(TODAY)
    assert not Alert.objects.exists()
    chosen.key_class_a = True
    chosen.save()
    detection.look_for_silence(TODAY)
    assert Alert.objects.get().params["abc"] == "A"


def test_the_manager_is_told_where_chosen_and_when_nobody_owns(people, customer):
    log_interaction(actor=people.sales_east, customer=customer, kind="complaint", summary="一")
    detection.look()
    assert set(Notification.objects.values_list("user__username", flat=True)) == {"sales_east"}
    AlertSettings.objects.create(managers=["complaint"])
    log_interaction(actor=people.sales_east, customer=customer, kind="complaint", summary="二")
    detection.look()
    assert Notification.objects.filter(user=people.manager_east).count() == 1
    nobodys = make_customer("无主", team=people.west)
    log_interaction(actor=people.owner, customer=nobodys, kind="complaint", summary="三")
    detection.look()
    assert Notification.objects.filter(user=people.manager_west).count() == 1


def test_many_at_once_are_told_in_one_sentence(people):
    customers = [make_customer(f"客户{n}", owner=people.sales_east) for n in range(9)]
    publish(dict.fromkeys(customers, (4, "repeat")), ago(3), past={c.pk: [] for c in customers})
    publish(dict.fromkeys(customers, (3, "repeat")), TODAY)
    detection.look()
    assert Alert.objects.count() == 9
    (told,) = Notification.objects.all()
    assert told.params["count"] == 9
    assert "9" in told.text


def test_what_is_switched_off_alerts_nobody(people, customer):
    AlertSettings.objects.create(active=["tier_fall"])
    log_interaction(actor=people.sales_east, customer=customer, kind="complaint", summary="一")
    assert kinds() == []


def test_the_triggers_are_put_back_when_a_rebuilt_table_has_lost_them(customer, people):
    with connection.cursor() as cursor:
        for name, table, *_rest in triggers.TRIGGERS:
            on = "" if connection.vendor == "sqlite" else f" ON {table}"
            cursor.execute(f"DROP TRIGGER {name}{on}")
    triggers.install()
    triggers.install()
    log_interaction(actor=people.sales_east, customer=customer, kind="complaint", summary="一")
    make_order(customer, TODAY, 0, returned=30_000)
    assert kinds() == ["complaint", "large_return"]
