"""Nothing lost, nothing twice: notes become alerts, alerts are told, each step in one transaction.

The events process looks every two seconds; a kill anywhere leaves either the note or the alert, and an alert
that is not told yet is told by the next look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby, islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from zhike.crm.accounts.models import Team, User
from zhike.crm.alerts import words
from zhike.crm.alerts.choices import Situation, State
from zhike.crm.alerts.judging import STAGE, TIER, Policy, judge, silent
from zhike.crm.alerts.models import Alert, Signal
from zhike.crm.insight.signals import Change
from zhike.crm.notifications.services import Notice, notify_many
from zhike.platform.permissions import RowScope

CHUNK, CHUNKS_PER_LOOK = 300, 20
# More than this of one situation for one person at once are told in one sentence.
SINGLY = 3


def note(changes: Sequence[Change]) -> None:
    """Subscribed to the publication: write down moves that may matter, in its transaction."""
    Signal.objects.bulk_create(_signal(change) for change in changes if _may_matter(change))


def _may_matter(change: Change) -> bool:
    return change.track == TIER or (change.track == STAGE and change.before is not None)


def _signal(change: Change) -> Signal:
    data = {
        "before": change.before,
        "after": change.after,
        "day": change.day.isoformat(),
        "versions": [change.version_before, change.version_after],
    }
    return Signal(kind=change.track, customer_id=change.customer_id, data=data)


def look() -> int:
    """Deal with the notes that wait, then tell; returns the number of notes."""
    total = 0
    for _chunk in range(CHUNKS_PER_LOOK):
        done = _judge_chunk()
        total += done
        if done < CHUNK:
            break
    tell()
    return total


def _judge_chunk() -> int:
    if not Signal.objects.exists():
        return 0
    with transaction.atomic():
        signals = list(_unlocked(Signal.objects.order_by("pk"))[:CHUNK])
        _write(judge(signals, Policy.current()))
        Signal.objects.filter(pk__in=[signal.pk for signal in signals]).delete()
    return len(signals)


def _unlocked(rows: Any) -> Any:
    """Rows that no other process works on; SQLite lets in one writer at a time anyway."""
    features = connection.features
    return rows.select_for_update(skip_locked=True) if features.has_select_for_update_skip_locked else rows


def _write(alerts: Iterable[Alert]) -> int:
    wanted = {alert.key: alert for alert in alerts}
    known = set(Alert.objects.filter(key__in=wanted).values_list("key", flat=True))
    fresh = [alert for key, alert in wanted.items() if key not in known]
    Alert.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def look_for_silence(today: date) -> int:
    """The daily look: who heard nothing for too long. Who was contacted meanwhile needs no alert any more."""
    settle_contacted()
    found, total = iter(silent(Policy.current(), today)), 0
    while chunk := list(islice(found, CHUNK)):
        with transaction.atomic():
            total += _write(chunk)
    tell()
    return total


def settle_contacted() -> int:
    """Somebody talked to them since."""
    rows = Alert.objects.open().filter(kind=Situation.SILENT, customer__last_contact_at__gt=F("created_at"))
    ids = list(rows.values_list("pk", flat=True))
    return Alert.objects.filter(pk__in=ids).update(state=State.SETTLED)


def tell() -> int:
    """Tell the owners, and the managers where chosen, of alerts that were not told yet."""
    total = 0
    while Alert.objects.filter(told_at__isnull=True).exists():
        with transaction.atomic():
            waiting = Alert.objects.filter(told_at__isnull=True).order_by("pk")
            ids = [alert.pk for alert in _unlocked(waiting)[:CHUNK]]
            if not ids:
                break
            rows = Alert.objects.filter(pk__in=ids).select_related("customer__owner", "customer__team")
            _notify(list(rows.order_by("pk")))
            Alert.objects.filter(pk__in=ids).update(told_at=timezone.now())
        total += len(ids)
    return total


def _notify(alerts: Sequence[Alert]) -> None:
    policy, leaders = Policy.current(), _Leaders()
    told: list[tuple[str, int, Alert]] = []
    for alert in alerts:
        owner = alert.customer.owner
        people = {owner.pk} if owner is not None and owner.is_active else set()
        if alert.kind in policy.settings.managers or not people:
            people |= leaders.of(owner.team_id if owner is not None else alert.customer.team_id)
        told += [(alert.kind, person, alert) for person in people]
    order = sorted(told, key=lambda one: (one[0], one[1], one[2].pk))
    for (kind, person), group in groupby(order, key=lambda one: one[:2]):
        _tell_one(kind, person, [alert for _kind, _person, alert in group])


def _tell_one(kind: str, person: int, alerts: Sequence[Alert]) -> None:
    if len(alerts) <= SINGLY:
        urls = [reverse("customers:detail", args=[alert.customer_id]) for alert in alerts]
        pairs = zip(alerts, urls, strict=True)
        notices = [Notice(person, alert.key, alert.params, url, kind in URGENT) for alert, url in pairs]
        notify_many(words.code(kind), notices)
        return
    params = {"situation": kind, "count": len(alerts), "customer": alerts[0].params["customer"]}
    address = f"{reverse('alerts:list')}?kind={kind}"
    notify_many(words.code(kind), [Notice(person, f"{kind}:{alerts[0].pk}", params, address)])


URGENT = (Situation.COMPLAINT, Situation.TIER_FALL, Situation.STAGE_FALL)


class _Leaders:
    """Who leads a team: those of it whose row scope is the team, or of the next team above that has any."""

    def __init__(self) -> None:
        self.known: dict[int, set[int]] = {}

    def of(self, team_id: int | None) -> set[int]:
        if team_id is None:
            return set()
        if team_id not in self.known:
            self.known[team_id] = self._find(team_id)
        return self.known[team_id]

    def _find(self, team_id: int) -> set[int]:
        scopes = (RowScope.TEAM, RowScope.TEAM_TREE)
        people = User.objects.filter(is_active=True, team_id=team_id, role__scope__in=scopes)
        found = set(people.values_list("pk", flat=True))
        if found:
            return found
        return self.of(Team.objects.filter(pk=team_id).values_list("parent_id", flat=True).first())
