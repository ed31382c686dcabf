"""People are told of a situation once, in the ways they chose, in their own language."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from zhike.crm.notifications import kinds, services
from zhike.crm.notifications.models import Notification
from zhike.crm.notifications.services import Notice
from zhike.platform.errors import DomainError

KIND = "test.news"
pytestmark = pytest.mark.django_db


def tell(user, key="1", **more):
    params = {"customer": "上海远达", "tier": "silver"}
    return services.notify(user=user, kind=KIND, key=key, params=params, **more)


def test_the_same_situation_is_told_once(reader):
    assert tell(reader) is True
    assert tell(reader) is False
    assert tell(reader, key="2") is True
    assert Notification.objects.visible_to(reader).count() == 2


def test_many_are_told_once_each(people, reader):
    notices = [Notice(user.pk, "k", {"customer": "A"}) for user in (reader, people.sales_west, reader)]
    assert services.notify_many(KIND, notices) == 2
    assert services.notify_many(KIND, notices) == 0


def test_nobody_sees_what_another_was_told(people, reader):
    tell(reader)
    assert not Notification.objects.visible_to(people.owner).exists()


def test_a_colleague_who_left_is_told_nothing(reader):
    reader.is_active = False
    assert tell(reader) is False


def test_what_a_person_does_not_want_in_the_app_is_not_shown(reader):
    services.choose(user=reader, kind=KIND, in_app=False, email="none")
    assert tell(reader) is True
    assert not Notification.objects.visible_to(reader).exists()
    assert tell(reader) is False


def test_the_choice_decides_about_the_e_mail(reader):
    services.choose(user=reader, kind=KIND, in_app=True, email="at_once")
    tell(reader)
    assert Notification.objects.get().email == "at_once"


@pytest.mark.parametrize(("kind", "email"), [("test.unknown", "none"), (KIND, "pigeon")])
def test_a_choice_that_is_not_offered_is_refused(reader, kind, email):
    with pytest.raises(DomainError):
        services.choose(user=reader, kind=kind, in_app=True, email=email)


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_notification_leads_only_to_our_own_pages(reader, url):
    with pytest.raises(ValueError, match="page of ours"):
        tell(reader, url=url)


def test_words_are_filled_in_one_pass(news):
    # What a name contains is never read as a placeholder again.
    assert (
        news.words({"customer": "%(tier)s {tier} 100%", "tier": "gold"})
        == "%(tier)s {tier} 100% fell to gold"
    )
    assert news.words({"customer": "A"}) == "A fell to "


def test_words_are_made_in_the_readers_language():
    def describe(params):
        with_language = translation.get_language()
        return {"tier": {"en": "silver", "zh-hans": "白银"}[with_language]}

    kind = kinds.NotificationKind("t", "T", "%(tier)s", describe=describe)
    with translation.override("zh-hans"):
        assert kind.words({}) == "白银"
    with translation.override("en"):
        assert kind.words({}) == "silver"


def test_old_notifications_are_forgotten_and_new_ones_stay(reader):
    tell(reader, "old"), tell(reader, "new"), tell(reader, "unread")
    long_ago = timezone.now() - timedelta(days=200)
    Notification.objects.filter(key="old").update(read_at=long_ago, created_at=long_ago)
    Notification.objects.filter(key="unread").update(created_at=long_ago)
    services.prune()
    assert set(Notification.objects.values_list("key", flat=True)) == {"new", "unread"}
