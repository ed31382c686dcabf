"""The list, the settings, the card on the customer page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.urls import reverse

from crm.alerts.conftest import TODAY, ago, publish
from factories import make_customer
from zhike.crm.alerts import cards, detection, services, words
from zhike.crm.alerts.judging import Policy
from zhike.crm.alerts.models import Alert, AlertSettings
from zhike.crm.interactions.services import log_interaction
from zhike.platform.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(people):
    customer = make_customer("上海远达", owner=people.sales_east)
    publish({customer: (4, "repeat")}, ago(3), past={customer.pk: []})
    publish({customer: (3, "repeat")}, TODAY)
    detection.look()
    return Alert.objects.get()


def test_the_list_says_what_happened(client, people, alert):
    client.force_login(people.sales_east)
    page = client.get(reverse("alerts:list"))
    assert [one["alert"] for one in page.context["alerts"]] == [alert]
    assert "上海远达" in page.content.decode()
    for query in (
        {"kind": "complaint"},
        {"state": "acknowledged"},
        {"kind": "nonsense", "state": "acknowledged"},
    ):
        assert client.get(reverse("alerts:list"), query).context["alerts"] == []


def test_another_team_neither_sees_nor_acknowledges(client, people, alert):
    client.force_login(people.sales_west)
    assert client.get(reverse("alerts:list")).context["alerts"] == []
    client.post(reverse("alerts:acknowledge"), {"ids": [alert.pk]})
    alert.refresh_from_db()
    assert alert.state == "open"


def test_who_acknowledges_first_stays_noted(client, people, alert):
    client.force_login(people.sales_east)
    client.post(reverse("alerts:acknowledge"), {"ids": [alert.pk]})
    services.acknowledge(actor=people.manager_east, ids=[alert.pk])
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == ("acknowledged", people.sales_east)
    assert client.get(reverse("alerts:list")).context["alerts"] == []
    assert len(client.get(reverse("alerts:list"), {"state": "all"}).context["alerts"]) == 1


def test_the_card_stands_on_the_customer_page_while_it_is_open(people, alert):
    request = SimpleNamespace(user=people.sales_east)
    assert len(cards.context(request, alert.customer)["alerts"]) == 1
    services.acknowledge(actor=people.sales_east, ids=[alert.pk])
    assert cards.context(request, alert.customer) is None


def test_without_the_right_to_analyses_only_complaints_show(people, alert):
    role = people.sales_east.role
    role.capabilities = [one for one in role.capabilities if one != "insight.view"]
    role.save()
    people.sales_east.refresh_from_db()
    assert not Alert.objects.visible_to(people.sales_east).exists()
    log_interaction(actor=people.sales_east, customer=alert.customer, kind="complaint", summary="不满")
    detection.look()
    assert Alert.objects.visible_to(people.sales_east).count() == 1


def test_the_settings_say_what_is_key(client, people):
    client.force_login(people.owner)
    page = client.get(reverse("alerts:settings"))
    assert page.context["form"].initial["key_tiers"] == [3, 4]
    data = {
        "key_tiers": ["4"],
        "active": ["tier_fall", "silent"],
        "managers": ["tier_fall"],
        "silent_4": "21",
        "silent_3": "",
        "return_share": "2",
        "return_least": "100",
        "return_amount": "5000",
    }
    assert client.post(reverse("alerts:settings"), data).status_code == 302
    policy = Policy.current()
    assert (policy.key_tiers, dict(policy.silent_days)) == ({4}, {4: 21})
    assert not policy.settings.key_class_a
    assert client.post(reverse("alerts:settings"), data | {"return_share": "-1"}).status_code == 422
    client.force_login(people.sales_east)
    assert client.get(reverse("alerts:settings")).status_code == 403
    with pytest.raises(NotAllowed):
        services.save_settings(actor=people.sales_east, active=[])
    assert AlertSettings.objects.count() == 1


def test_a_sentence_takes_nothing_from_a_name(people):
    text = words.sentence({"situation": "complaint", "customer": "{summary}", "summary": "甲"})
    assert "{summary}" in text
