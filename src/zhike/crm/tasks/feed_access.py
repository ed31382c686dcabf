"""The secret addresses of calendar feeds: making, ending, and who reads by one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from zhike.crm.tasks.models import CalendarFeed
from zhike.platform import audit

WINDOW, READS_PER_WINDOW = timedelta(hours=1), 30


@transaction.atomic
def make(*, actor: Any) -> str:
    """A new secret for the actor's own feed; an older one ends. The secret is shown this once."""
    secret, digest = CalendarFeed.new_secret()
    fields = {
        "digest": digest,
        "session_epoch": actor.session_epoch,
        "created_at": timezone.now(),
        "last_read_at": None,
        "window_began_at": None,
        "reads_in_window": 0,
    }
    CalendarFeed.objects.update_or_create(user=actor, defaults=fields)
    audit.record(actor, "feed.created", actor)
    return secret


@transaction.atomic
def end(*, actor: Any) -> None:
    if CalendarFeed.objects.filter(user=actor).delete()[0]:
        audit.record(actor, "feed.ended", actor)


def feed_of(user: Any) -> CalendarFeed | None:
    """The user's feed, if it still works: a new password, role or team ends it as it ends sessions."""
    return CalendarFeed.objects.filter(user=user, session_epoch=user.session_epoch).first()


def by_secret(secret: str) -> CalendarFeed | None:
    """The feed of an active colleague whose secret this is."""
    if not 20 <= len(secret) <= 100:
        return None
    rows = CalendarFeed.objects.select_related("user__role", "user__team")
    feed = rows.filter(digest=CalendarFeed.digest_of(secret), user__is_active=True).first()
    return feed if feed is not None and feed.session_epoch == feed.user.session_epoch else None


def admit(feed: CalendarFeed, now: datetime | None = None) -> bool:
    """Count this reading; False when the feed was read too often within the hour."""
    now = now or timezone.now()
    row = CalendarFeed.objects.filter(pk=feed.pk)
    if feed.window_began_at is None or feed.window_began_at <= now - WINDOW:
        row.update(window_began_at=now, reads_in_window=1, last_read_at=now)
        return True
    return bool(
        row.filter(reads_in_window__lt=READS_PER_WINDOW).update(
            reads_in_window=F("reads_in_window") + 1, last_read_at=now
        )
    )
