"""The daily work: write each reminder once, then tell the owners.

First the rows are written: the key of an occasion in its year makes a second row impossible, however often
the work runs. Then the owners are told of rows that were not told yet, each owner in one transaction with the
note that it was done. A kill between any two statements therefore neither loses nor repeats anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import User
from zhike.crm.care import phrases, planner, timing
from zhike.crm.care.choices import Reason, State
from zhike.crm.care.models import CareRule, CareSettings, Reminder
from zhike.crm.care.planner import Found
from zhike.crm.customers.models import Customer
from zhike.crm.notifications import services as notifications
from zhike.crm.tasks import services as tasks

KIND = "care.due"
ONE = _("{occasion} of {person} on {on}")
SEVERAL = _("{occasion} on {on}: {count} customers to think of")
PLACEHOLDER = re.compile(r"{(\w+)}")
ORIGIN = "care"
CHUNK = 500
# More than this for one owner at once are told in one sentence.
SINGLY = 5


@dataclass
class Count:
    written: int = 0
    told: int = 0


def run(day: date, missed: Sequence[date] = ()) -> Count:
    """Everything that is due on ``day``, and on the days before it that nobody worked."""
    count = Count(written=write(day, min([*missed, day])))
    count.told = tell()
    return count


def write(day: date, since: date) -> int:
    """Write the reminders whose day has come; returns how many are new."""
    settings, total = CareSettings.current(), 0
    for rule in CareRule.objects.filter(active=True):
        for on in occasion_days(rule, day, since):
            found = planner.find(rule, on, on, rules=settings.rules)
            for start in range(0, len(found), CHUNK):
                total += _write_chunk(found[start : start + CHUNK], day, settings)
    return total


def occasion_days(rule: CareRule, day: date, since: date) -> list[date]:
    """Days whose occasions are to be reminded of by now: coming ones, and those that an outage hid."""
    first = min(since, day) - timedelta(days=timing.HOLIDAY)
    days = [first + timedelta(days=n) for n in range((day - first).days + timing.reach(rule) + 1)]
    return [on for on in days if _is_due(rule, on, day, since)]


def _is_due(rule: CareRule, on: date, day: date, since: date) -> bool:
    remind = timing.remind_on(rule, on)
    return remind <= day and (on >= day or remind >= since)


def _write_chunk(found: Sequence[Found], day: date, settings: CareSettings) -> int:
    with transaction.atomic():
        keys = {one.key: one for one in found}
        known = set(Reminder.objects.filter(key__in=keys).values_list("key", flat=True))
        rows = [_row(one, day, settings) for key, one in keys.items() if key not in known]
        Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _row(found: Found, day: date, settings: CareSettings) -> Reminder:
    row = row_of(found)
    if found.on < day - timedelta(days=settings.catch_up_days):
        row.state, row.reason = State.SKIPPED, Reason.MISSED
    elif found.is_minor:
        row.state, row.reason = State.SUPPRESSED, Reason.MINOR
    return row


def row_of(found: Found) -> Reminder:
    return Reminder(
        customer=found.customer,
        contact=found.contact,
        rule=found.rule,
        occasion=found.occasion,
        label=found.label[:80],
        key=found.key,
        on=found.on,
        remind_on=timing.remind_on(found.rule, found.on),
    )


def tell() -> int:
    """Tell each owner what came up; returns the number of reminders told."""
    waiting = Reminder.objects.filter(state=State.DUE, told_at__isnull=True)
    owners = waiting.order_by("customer__owner_id").values_list("customer__owner_id", flat=True).distinct()
    return sum(_tell_owner(owner) for owner in list(owners))


def _tell_owner(owner_id: int | None) -> int:
    total = 0
    while chunk := _next_chunk(owner_id):
        with transaction.atomic():
            alive = _addressable(chunk)
            _make_tasks(alive)
            owner = User.objects.filter(pk=owner_id, is_active=True).first()
            if owner is not None:
                _notify(owner, alive)
            Reminder.objects.filter(pk__in=[row.pk for row in chunk]).update(told_at=timezone.now())
        total += len(alive)
    return total


def _next_chunk(owner_id: int | None) -> list[Reminder]:
    waiting = Reminder.objects.filter(state=State.DUE, told_at__isnull=True, customer__owner_id=owner_id)
    return list(waiting.select_related("customer__owner", "contact", "rule").order_by("pk")[:CHUNK])


def _addressable(rows: Sequence[Reminder]) -> list[Reminder]:
    """Somebody may have died since the row was written."""
    living = Customer.objects.filter(planner.addressable(), deleted_at__isnull=True)
    ids = set(living.filter(pk__in={row.customer_id for row in rows}).values_list("pk", flat=True))
    return [row for row in rows if row.customer_id in ids and not planner.is_silent(row.contact)]


def _make_tasks(rows: Iterable[Reminder]) -> None:
    for row in rows:
        if row.rule is not None and row.rule.make_task and row.customer.owner is not None:
            with translation.override(row.customer.owner.language):
                tasks.create_task(
                    actor=None,
                    title=phrases.task_title(row),
                    assignee=row.customer.owner,
                    customer=row.customer,
                    due_on=row.on,
                    origin=ORIGIN,
                    origin_key=row.key,
                )


def _notify(owner: Any, rows: Sequence[Reminder]) -> None:
    """A few are told one by one; of many the owner hears once per occasion and day."""
    if len(rows) <= SINGLY:
        for row in rows:
            url = reverse("customers:detail", args=[row.customer_id])
            notifications.notify(user=owner, kind=KIND, key=row.key, params=params(row), url=url)
        return
    by_day = sorted(rows, key=lambda row: (row.occasion, row.on, row.pk))
    for (occasion, on), group in groupby(by_day, key=lambda row: (row.occasion, row.on)):
        several = list(group)
        values = {"occasion": occasion, "on": on.isoformat(), "count": len(several)}
        notifications.notify(
            user=owner,
            kind=KIND,
            key=f"{occasion}:{on}:{several[0].pk}",
            params=values,
            url=f"{reverse('care:upcoming')}?first={min(on, timezone.localdate())}&occasion={occasion}",
        )


def params(row: Reminder) -> dict[str, Any]:
    """What a notification keeps; the words are found when it is read."""
    person = f"{row.contact.name} ({row.customer.name})" if row.contact else row.customer.name
    return {"person": person, "occasion": row.occasion, "label": row.label, "on": row.on.isoformat()}


def describe(values: dict[str, Any]) -> dict[str, Any]:
    """What a notification says, in the reader's language."""
    words = {**values, "occasion": phrases.title(values.get("occasion", ""), values.get("label", ""))}
    text = str(SEVERAL if "count" in values else ONE)
    # One pass: what a placeholder puts in is never read as a placeholder again.
    return {"sentence": PLACEHOLDER.sub(lambda found: str(words.get(found[1], "")), text)}
