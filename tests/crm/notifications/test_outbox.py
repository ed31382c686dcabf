"""The e-mails: one summary per person and day, whatever dies on the way to the mail server."""

from __future__ import annotations

import smtplib
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dying import Killed
from factories import make_people
from zhike.crm.notifications import jobs, kinds, letters, outbox, services
from zhike.crm.notifications.models import Mail, Notification
from zhike.platform.daily import DayRun
from zhike.platform.models import DailyRun, Job

KIND = "test.news"
TODAY = date(2026, 11, 22)


def tell(user, key="1", customer="上海远达", **more):
    services.notify(user=user, kind=KIND, key=key, params={"customer": customer, "tier": "silver"}, **more)


def digest(day=TODAY):
    return jobs.digest(DayRun(day, [day], DailyRun()))


@pytest.mark.django_db
def test_a_summary_holds_the_days_news_in_the_readers_language(reader, settings):
    settings.PUBLIC_ADDRESS = "https://crm.example.com"
    tell(reader, "1", url="/customers/1"), tell(reader, "2")
    digest()
    [letter] = django_mail.outbox
    assert letter.to == ["sales_east <east@example.com>"]
    assert "2 条新通知" in letter.subject
    assert "https://crm.example.com/customers/1" in letter.body
    assert letter.alternatives[0].mimetype == "text/html"
    assert "上海远达 fell to silver" in letter.alternatives[0].content


@pytest.mark.django_db
def test_a_second_summary_on_a_day_is_not_written(reader):
    tell(reader, "1")
    digest()
    tell(reader, "2")
    digest()
    assert len(django_mail.outbox) == 1
    digest(TODAY + timedelta(days=1))
    assert len(django_mail.outbox) == 2


@pytest.mark.django_db
def test_what_was_read_in_the_app_is_not_told_again_by_e_mail(reader):
    tell(reader)
    services.mark_read(user=reader)
    digest()
    assert django_mail.outbox == []


@pytest.mark.django_db
def test_people_without_an_address_and_people_who_left_get_no_e_mail(people, reader):
    tell(people.sales_west)
    tell(reader)
    type(reader).objects.filter(pk=reader.pk).update(is_active=False)
    digest()
    assert django_mail.outbox == []


@pytest.mark.django_db
def test_without_a_mail_server_everything_stays_in_the_app(reader, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    tell(reader)
    assert digest() == {"written": 0}
    assert not Mail.objects.exists()
    assert Notification.objects.visible_to(reader).count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_to_be_told_at_once_goes_out_in_one_e_mail(reader):
    services.choose(user=reader, kind=KIND, in_app=True, email="at_once")
    tell(reader, "1"), tell(reader, "2")
    jobs.look_for_mail()
    jobs.look_for_mail()
    assert len(django_mail.outbox) == 1
    assert Job.objects.filter(kind=jobs.SEND).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["A\r\nBcc: all@example.com", "B\nX: y", "C\u2028D", "\x1fE\x85F"])
def test_a_name_cannot_add_a_header(reader, name):
    type(reader).objects.filter(pk=reader.pk).update(display_name=f"east{name}"[:80])
    tell(reader, customer=name)
    digest()
    [letter] = django_mail.outbox
    headers = letter.message()
    assert headers["Bcc"] is None
    assert "\n" not in letter.subject + letter.to[0]
    assert letter.recipients() == letter.to


@pytest.mark.django_db
def test_markup_in_a_name_stays_text_in_the_html_part(reader):
    tell(reader, customer="<img src=x onerror=alert(1)>")
    digest()
    assert "<img" not in django_mail.outbox[0].alternatives[0].content


class Unreachable:
    """Stands in for the mail server."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def __call__(self, message) -> int:
        if self.error:
            raise self.error
        return 1


@pytest.mark.django_db
def test_a_mail_server_that_is_away_is_tried_again_after_a_pause(reader, monkeypatch):
    tell(reader)
    server = Unreachable(ConnectionRefusedError("no route"))
    monkeypatch.setattr(EmailMultiAlternatives, "send", lambda self: server(self))
    assert digest()["waiting"] == 1
    assert outbox.send_due()["sent"] == 0
    server.error = None
    assert outbox.send_due(timezone.now() + timedelta(minutes=2))["sent"] == 1


@pytest.mark.django_db
def test_an_address_that_is_refused_for_good_is_not_tried_again(reader, monkeypatch):
    tell(reader)
    refused = smtplib.SMTPRecipientsRefused({"east@example.com": (550, b"no such user")})
    monkeypatch.setattr(EmailMultiAlternatives, "send", lambda self: Unreachable(refused)(self))
    assert digest()["failed"] == 1
    assert outbox.send_due(timezone.now() + timedelta(days=1)) == {"sent": 0, "waiting": 0, "failed": 0}
    assert "no such user" in Mail.objects.get().error


FATES = st.lists(st.sampled_from(["works", "before", "at the door", "after"]), min_size=1, max_size=8)


class OnceWhateverDies(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(days=st.lists(FATES, min_size=1, max_size=3))
    def test_every_reader_gets_one_summary_a_day(self, days):
        """Killed between claim and send: exactly once. Killed after the send: a copy with the same id."""
        kinds.register(kinds.NotificationKind(KIND, "News", "%(customer)s"))
        person = make_people().sales_east
        person.email = "east@example.com"
        person.save()
        received: list[str] = []
        clock, copies, day = timezone.now(), 0, TODAY
        for fates in days:
            tell(person, f"{day}")
            for fate in [*fates, "works"]:
                copies += self._turn(fate, day, clock, received)
                clock += outbox.LEASE + timedelta(seconds=1)
            day += timedelta(days=1)
        assert len(set(received)) == len(days)
        assert len(received) <= len(days) + copies
        assert Counter(Mail.objects.values_list("state", flat=True)) == {"sent": len(days)}
        kinds.KINDS.pop(KIND)

    def _turn(self, fate, day, clock, received) -> int:
        """One run of the worker with its fate; returns 1 when it died with the letter delivered."""
        compose, before = letters.compose, len(received)

        def composed(row):
            if fate == "before":
                raise Killed
            message = compose(row)

            def send():
                if fate == "at the door":
                    raise Killed
                received.append(message.extra_headers["Message-ID"])
                if fate == "after":
                    raise Killed

            message.send = send
            return message

        letters.compose = composed
        try:
            with suppress(Killed):
                outbox.gather_digests(day, clock)
                outbox.send_due(clock)
        finally:
            letters.compose = compose
        return int(fate == "after" and len(received) > before)
