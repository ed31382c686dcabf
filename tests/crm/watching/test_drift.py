"""The alarm of a base that has moved away, raised once, with advice."""

from __future__ import annotations

import pytest
from django.db.models import F
from django.urls import reverse

from zhike.crm.insight import services as insight
from zhike.crm.insight.models import Version
from zhike.crm.notifications.models import Notification
from zhike.crm.orders.models import Order
from zhike.crm.studio.models import Draft
from zhike.crm.watching import drift, notices
from zhike.crm.watching.models import Proposal

pytestmark = pytest.mark.django_db


def test_drift_alarms_once_with_advice_and_what_it_would_move(client, company, measure, monkeypatch):
    monkeypatch.setattr(drift, "ENOUGH", 10)
    measure()
    assert not Notification.objects.filter(kind=notices.TIERS).exists()
    version = Version.objects.get(is_current=True)
    assert all(one.stability.index < 0.25 for one in drift.readings(version))
    # Two in three customers now buy for forty times as much, and the tiers stay as they were fixed.
    grown = [one.pk for one in company.customers if one.pk % 3]
    Order.objects.filter(customer__in=grown).update(revenue=F("revenue") * 40)
    insight.run_now(progress=lambda _text: None)
    measure()
    measure()
    found = {one.code: one for one in drift.readings(version)}
    assert found["amount"].stability.standing == "drifted"
    told = Notification.objects.filter(kind=notices.TIERS)
    assert {one.user for one in told} == {company.people.owner, company.people.analyst}
    assert told.count() == 2
    content = Proposal.objects.get().content
    assert "amount" in content["drifted"]
    assert content["moved"] == content["up"] + content["down"] > 0
    client.force_login(company.people.owner)
    page = client.get(reverse("watching:drift"))
    amount = next(one for one in page.context["advice"]["criteria"] if one["drifted"])
    assert amount["old"] != amount["new"]
    assert b'name="then" value="simulate"' in page.content
    answer = client.post(reverse("studio:create"), {"model": version.model_id, "then": "simulate"})
    draft = Draft.objects.get()
    assert answer.url == reverse("studio:simulate", args=[draft.pk])
    assert draft.simulation
