"""The bell, the list and the choices."""

from __future__ import annotations

import json

import pytest
from django.core import mail as django_mail
from django.urls import reverse

from zhike.crm.notifications import services
from zhike.crm.notifications.models import Notification, Preference

KIND = "test.news"
pytestmark = pytest.mark.django_db


def tell(user, key="1", customer="上海远达", **more):
    services.notify(user=user, kind=KIND, key=key, params={"customer": customer, "tier": "silver"}, **more)


@pytest.fixture
def visitor(client, reader):
    client.force_login(reader)
    return client


def test_every_page_has_the_bell_with_the_count(visitor, reader):
    tell(reader), tell(reader, "2")
    text = visitor.get(reverse("notifications:preferences")).content.decode()
    assert 'class="zk-bell-count"' in text
    assert ">2</span>" in text


def test_the_count_appears_without_reloading_and_urgent_news_as_a_toast(visitor, reader):
    tell(reader, "1")
    first = visitor.get(reverse("notifications:bell"))
    assert ">1</span>" in first.content.decode()
    assert "HX-Trigger" not in first
    tell(reader, "2", customer="急", urgent=True)
    seen = Notification.objects.get(key="1").pk
    second = visitor.get(reverse("notifications:bell"), {"seen": seen})
    assert json.loads(second["HX-Trigger"])["toast"]["value"][0]["text"] == "急 fell to silver"
    newest = Notification.objects.get(key="2").pk
    assert f"seen={newest}" in second.content.decode()
    assert "HX-Trigger" not in visitor.get(reverse("notifications:bell"), {"seen": newest})


def test_a_page_whose_session_has_ended_stops_asking(client):
    response = client.get(reverse("notifications:bell"))
    assert response.status_code == 286
    assert response.content == b""


def test_the_count_is_one_query(visitor, reader, django_assert_num_queries):
    from zhike.crm.notifications.queries import unread

    for number in range(120):
        tell(reader, str(number))
    with django_assert_num_queries(1):
        assert unread(reader).text == "99+"


def test_following_a_notification_marks_it_read(visitor, reader):
    tell(reader, url="/customers/")
    row = Notification.objects.get()
    assert visitor.get(reverse("notifications:open", args=[row.pk]))["Location"] == "/customers/"
    assert not Notification.objects.visible_to(reader).unread().exists()


def test_another_persons_notification_does_not_exist_for_me(visitor, people):
    tell(people.sales_west)
    row = Notification.objects.get()
    assert visitor.get(reverse("notifications:open", args=[row.pk])).status_code == 404
    visitor.post(reverse("notifications:mark"), {"ids": row.pk})
    row.refresh_from_db()
    assert row.read_at is None


def test_some_or_all_are_marked_as_read_and_back(visitor, reader):
    for key in "abc":
        tell(reader, key)
    ids = list(Notification.objects.values_list("pk", flat=True))
    visitor.post(reverse("notifications:mark"), {"ids": ids[:1]})
    assert Notification.objects.unread().count() == 2
    visitor.post(reverse("notifications:mark"), {"all": "1"})
    assert Notification.objects.unread().count() == 0
    visitor.post(reverse("notifications:mark"), {"ids": ids[:1], "as": "unread"})
    assert Notification.objects.unread().count() == 1


def test_the_list_is_filtered(visitor, reader):
    tell(reader, "a", customer="甲"), tell(reader, "b", customer="乙")
    services.mark_read(user=reader, ids=[Notification.objects.get(key="a").pk])
    text = visitor.get(reverse("notifications:list"), {"state": "unread"}).content.decode()
    rows = text.split("zk-notices")[1]
    assert "乙" in rows
    assert "甲" not in rows
    assert visitor.get(reverse("notifications:list"), {"kind": "x", "cursor": "%%"}).status_code == 200


def test_choices_are_kept(visitor, reader):
    visitor.post(reverse("notifications:preferences"), {f"{KIND}-email": "at_once"})
    kept = Preference.objects.get(user=reader, kind=KIND)
    assert (kept.in_app, kept.email) == (False, "at_once")


def test_a_choice_that_is_not_offered_is_answered_politely(visitor):
    response = visitor.post(reverse("notifications:preferences"), {f"{KIND}-email": "pigeon"})
    assert response.status_code == 422


def test_an_administrator_sends_a_test_e_mail_and_others_may_not(client, people, reader):
    client.force_login(reader)
    assert client.post(reverse("notifications:test_email")).status_code == 403
    people.owner.email = "owner@example.com"
    people.owner.save()
    client.force_login(people.owner)
    client.post(reverse("notifications:test_email"))
    assert [letter.to for letter in django_mail.outbox] == [["owner <owner@example.com>"]]


def test_the_page_says_when_there_is_no_mail_server(visitor, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    visitor.cookies.load({"zhike_language": "en"})
    assert b"No mail server is set up" in visitor.get(reverse("notifications:preferences")).content
