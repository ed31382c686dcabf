"""Verbs on notifications: tell people something once, note that they have read it, keep their choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from zhike.crm.notifications import preferences
from zhike.crm.notifications.choices import Email
from zhike.crm.notifications.kinds import KINDS
from zhike.crm.notifications.models import Mail, Notification, Preference
from zhike.platform.errors import DomainError

CHUNK = 500
KEEP_READ, KEEP_UNREAD, KEEP_MAIL = timedelta(days=180), timedelta(days=400), timedelta(days=90)


@dataclass(frozen=True)
class Notice:
    """One thing to tell one person, for telling many at once."""

    user_id: int
    key: str
    params: Mapping[str, Any]
    url: str = ""
    urgent: bool = False


def notify(
    *, user: Any, kind: str, key: str, params: Mapping[str, Any], url: str = "", urgent: bool = False
) -> bool:
    """Tell a person something in the ways that the person chose; False when it was told before.

    ``key`` names the situation: the same (user, kind, key) is told once, however often this is called.
    """
    if user is None or not user.is_active:
        return False
    row = _row(kind, Notice(user.pk, key, params, url, urgent), preferences.chosen([user.pk], kind))
    if Notification.objects.filter(user_id=user.pk, kind=kind, key=row.key).exists():
        return False
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def notify_many(kind: str, notices: Sequence[Notice]) -> int:
    """Tell many people, each once, in a few statements. Returns how many had not been told before."""
    told = 0
    for start in range(0, len(notices), CHUNK):
        told += _tell(kind, notices[start : start + CHUNK])
    return told


@transaction.atomic
def _tell(kind: str, notices: Sequence[Notice]) -> int:
    users, keys = {notice.user_id for notice in notices}, {notice.key for notice in notices}
    choices = preferences.chosen(users, kind)
    known = set(
        Notification.objects.filter(kind=kind, user_id__in=users, key__in=keys).values_list("user_id", "key")
    )
    rows = {(notice.user_id, notice.key[:200]): _row(kind, notice, choices) for notice in notices}
    fresh = [row for pair, row in rows.items() if pair not in known]
    Notification.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _row(kind: str, notice: Notice, choices: Mapping[int, tuple[bool, str]]) -> Notification:
    KINDS[kind]
    if notice.url and not url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None):
        raise ValueError(f"a notification leads to a page of ours, not to {notice.url!r}")
    in_app, email = choices[notice.user_id]
    return Notification(
        user_id=notice.user_id,
        kind=kind,
        key=notice.key[:200],
        params=dict(notice.params),
        url=notice.url[:500],
        urgent=notice.urgent,
        in_app=in_app,
        email=email,
    )


def mark_read(*, user: Any, ids: Iterable[int] | None = None) -> int:
    """The person has seen these (all of them when none are named)."""
    rows = Notification.objects.visible_to(user).unread()
    if ids is not None:
        rows = rows.filter(pk__in=list(ids)[:CHUNK])
    return rows.update(read_at=timezone.now())


def mark_unread(*, user: Any, ids: Iterable[int]) -> int:
    return Notification.objects.visible_to(user).filter(pk__in=list(ids)[:CHUNK]).update(read_at=None)


@transaction.atomic
def choose(*, user: Any, kind: str, in_app: bool, email: str) -> None:
    """Keep how the person wants to hear of this kind from now on."""
    if kind not in KINDS:
        raise DomainError(_("Choose one of the values offered."), field="kind", code="unknown_choice")
    if email not in Email.values:
        raise DomainError(_("Choose one of the values offered."), field="email", code="unknown_choice")
    Preference.objects.update_or_create(
        user_id=user.pk, kind=kind, defaults={"in_app": in_app, "email": email}
    )


def prune(now: datetime | None = None) -> int:
    """Forget what was read long ago, and e-mails older than three months."""
    now = now or timezone.now()
    read = Notification.objects.filter(read_at__lt=now - KEEP_READ, created_at__lt=now - KEEP_READ)
    gone = read.delete()[0] + Notification.objects.filter(created_at__lt=now - KEEP_UNREAD).delete()[0]
    return gone + Mail.objects.filter(created_at__lt=now - KEEP_MAIL).delete()[0]
