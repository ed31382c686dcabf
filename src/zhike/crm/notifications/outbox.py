"""The outbox: which e-mail is written for whom, and handing each to the mail server once.

An e-mail is a row with a key (one summary per person and day). Its way:

    waiting ──claim──▶ claimed ──▶ handed ──▶ sent
       ▲                  │           │
       └── not reachable ─┴── lease ──┘ over

A worker claims by compare-and-set with a lease; what a dead worker held is taken over when the lease is
over. Killed while *claimed*: nothing had left, it is sent now, once. Killed while *handed*: the mail server
may have taken it, and SMTP offers no way to ask. Then it is handed over again with the same Message-ID, by
which mail stores recognize a copy: at least once at this border, exactly once everywhere else.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from zhike.crm.notifications import letters
from zhike.crm.notifications.choices import Email
from zhike.crm.notifications.models import Mail, Notification

log = logging.getLogger("zhike.mail")

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=2)
# What waited longer than this for a mail server is no news any more.
STALE = timedelta(days=3)
OPEN = (Mail.State.WAITING, Mail.State.CLAIMED, Mail.State.HANDED)


def is_configured() -> bool:
    """Whether this installation has a mail server."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def work_is_waiting(now: datetime | None = None) -> bool:
    """Something is to be written or handed over now (asked every few seconds, by index)."""
    now = now or timezone.now()
    if not is_configured():
        return False
    return (
        Mail.objects.filter(state__in=OPEN, due_at__lte=now).exists() or _pending(Email.AT_ONCE, now).exists()
    )


def gather_at_once(now: datetime | None = None) -> int:
    """One e-mail per person for what is to be told at once and is in no e-mail yet."""
    now = now or timezone.now()
    return sum(
        _write(user_id, f"now:{user_id}:{first}", Email.AT_ONCE, now)
        for user_id, first in _people(Email.AT_ONCE, now)
    )


def gather_digests(day: date, now: datetime | None = None) -> int:
    """The day's summary for everybody who has unread news for it; a second call on a day writes none."""
    now = now or timezone.now()
    read = _pending(Email.DIGEST, now).filter(read_at__isnull=False)
    read.update(email=Email.NONE)
    return sum(
        _write(user_id, f"digest:{user_id}:{day:%Y-%m-%d}", Email.DIGEST, now)
        for user_id, _first in _people(Email.DIGEST, now)
    )


def _pending(purpose: str, now: datetime) -> Any:
    active = Q(user__is_active=True) & ~Q(user__email="")
    return Notification.objects.filter(active, email=purpose, mail__isnull=True, created_at__gt=now - STALE)


def _people(purpose: str, now: datetime) -> list[tuple[int, int]]:
    """Who has something pending, with the first of it."""
    first: dict[int, int] = {}
    for user_id, pk in _pending(purpose, now).order_by("pk").values_list("user_id", "pk"):
        first.setdefault(user_id, pk)
    return list(first.items())


def _write(user_id: int, key: str, purpose: str, now: datetime) -> int:
    """The row and its notifications in one transaction; 0 when somebody wrote it before."""
    try:
        with transaction.atomic():
            mine = _pending(purpose, now).filter(user_id=user_id)
            user = letters.reader(user_id)
            mail = Mail.objects.create(
                user=user,
                key=key,
                purpose=purpose,
                address=user.email,
                language=user.language,
                message_id=letters.message_id(),
                due_at=now,
            )
            ids = list(mine.values_list("pk", flat=True))
            taken = Notification.objects.filter(pk__in=ids, mail__isnull=True).update(mail=mail)
            if not taken:
                raise IntegrityError("somebody else wrote it")
    except IntegrityError:
        return 0
    return 1


def send_due(now: datetime | None = None) -> dict[str, int]:
    """Hand over every e-mail that is due; returns how many were sent and how many wait or failed."""
    counts = {"sent": 0, "waiting": 0, "failed": 0}
    for mail in _claimed(now):
        outcome = _send(mail)
        counts[outcome] += 1
    return counts


def _claimed(now: datetime | None) -> Iterator[Mail]:
    """Claim one after the other, each in a statement of its own."""
    tried: set[int] = set()
    while True:
        moment = now or timezone.now()
        due = Mail.objects.filter(state__in=OPEN, due_at__lte=moment).exclude(pk__in=tried)
        mail = due.order_by("due_at", "pk").first()
        if mail is None:
            return
        tried.add(mail.pk)
        if mail.state == Mail.State.HANDED:
            log.warning("e-mail %s: its worker died at the mail server's door; it is handed over again", mail)
        lease = uuid.uuid4().hex
        free = Mail.objects.filter(pk=mail.pk, state=mail.state, lease=mail.lease, due_at=mail.due_at)
        fields = {"lease": lease, "due_at": moment + LEASE, "attempts": F("attempts") + 1}
        if free.update(state=Mail.State.CLAIMED, **fields):
            mail.refresh_from_db()
            yield mail


def _send(mail: Mail) -> str:
    if not mail.user.is_active or not mail.user.email:
        return _settle(mail, Mail.State.FAILED, error="nobody to send it to")
    message = letters.compose(mail)
    if not _move(mail, Mail.State.CLAIMED, state=Mail.State.HANDED):
        return "waiting"
    try:
        message.send()
    except (SMTPRecipientsRefused, SMTPResponseException, OSError) as error:
        return _note_failure(mail, error)
    return _settle(mail, Mail.State.SENT, sent_at=timezone.now(), error="")


def _note_failure(mail: Mail, error: Exception) -> str:
    """A refusal for good is final; what may pass is tried again after a growing pause."""
    text = f"{type(error).__name__}: {error}"[:500]
    log.warning("e-mail %s not sent: %s", mail, text)
    if _is_final(error) or mail.attempts >= MAX_ATTEMPTS:
        return _settle(mail, Mail.State.FAILED, error=text)
    pause = min(FIRST_PAUSE * 2 ** (mail.attempts - 1), LONGEST_PAUSE)
    _move(mail, Mail.State.HANDED, state=Mail.State.WAITING, due_at=timezone.now() + pause, error=text)
    return "waiting"


def _is_final(error: Exception) -> bool:
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    # A wrong password is the administrator's to mend, not the letter's fault.
    return isinstance(error, SMTPResponseException) and error.smtp_code in (550, 551, 552, 553, 554)


def _settle(mail: Mail, state: str, **fields: Any) -> str:
    _move(mail, mail.state, state=state, **fields)
    return "sent" if state == Mail.State.SENT else "failed"


def _move(mail: Mail, expected: str, **fields: Any) -> bool:
    """Only the holder of the lease moves it on."""
    moved = Mail.objects.filter(pk=mail.pk, lease=mail.lease, state=expected).update(**fields)
    if moved:
        mail.state = fields["state"]
    return bool(moved)
