"""Verbs on tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from zhike.crm.customers.models import Customer
from zhike.crm.tasks import moments, notices, repeats, rules
from zhike.crm.tasks.models import Task
from zhike.platform import audit, company_day
from zhike.platform.errors import Conflict
from zhike.platform.rows import insert

CHUNK = 500


@transaction.atomic
def create_task(
    *,
    actor: Any,
    title: str,
    assignee: Any = None,
    customer: Customer | None = None,
    due_on: date | None = None,
    due_time: time | None = None,
    repeat: str = "",
    note: str = "",
    origin: str = "",
    origin_key: str = "",
) -> Task:
    """A new task (for oneself when nobody is named); the same origin and key give the task made before."""
    made = Task.objects.filter(origin=origin, origin_key=origin_key).first() if origin_key else None
    if made is not None:
        return made
    assignee = assignee or actor
    rules.may_create(actor, customer, assignee)
    fields = rules.checked(title=title, note=note, due_on=due_on, due_time=due_time, repeat=repeat)
    task = Task(
        customer=customer,
        assignee=assignee,
        creator=actor,
        origin=origin[:40],
        origin_key=origin_key[:160],
        repeat_from=due_on if fields["repeat"] else None,
        **moments.reminder(due_on, due_time),
        **fields,
    )
    try:
        with transaction.atomic():
            task.save(force_insert=True)
    except IntegrityError:
        return Task.objects.get(origin=origin, origin_key=origin_key)
    audit.record(actor, "task.created", task, after=_facts(task))
    notices.tell_assignee(task, actor)
    return task


@transaction.atomic
def change_task(*, actor: Any, task: Task, version: int | None = None, **given: Any) -> Task:
    """Change what the form shows; ``version`` is the one that the person saw."""
    rules.may_change(actor, task)
    rules.may_give(actor, task, given["customer"], given["assignee"])
    fields = rules.checked(**{name: given[name] for name in rules.FIELDS})
    before, former = _facts(task), task.assignee_id
    due = (given["due_on"], given["due_time"])
    if due != (task.due_on, task.due_time):
        fields |= moments.reminder(*due)
    if fields["repeat"] != task.repeat or due[0] != task.due_on:
        fields["repeat_from"] = due[0] if fields["repeat"] else None
    fields |= {"customer": given["customer"], "assignee": given["assignee"]}
    _write(task, version=version, **fields)
    audit.record(actor, "task.changed", task, before=before, after=_facts(task))
    if task.assignee_id != former:
        notices.tell_assignee(task, actor)
    return task


@transaction.atomic
def complete_task(*, actor: Any, task: Task, at: datetime | None = None) -> Task | None:
    """The task is done. Returns the next occurrence of a repeating one; doing it twice makes no second."""
    rules.may_change(actor, task)
    still_open = Task.objects.open().filter(pk=task.pk)
    done = still_open.update(done_at=at or timezone.now(), done_by=actor, version=F("version") + 1)
    if not done:
        task.refresh_from_db()
        return Task.objects.filter(follows=task).first()
    task.refresh_from_db()
    audit.record(actor, "task.done", task)
    return _next_occurrence(task)


def _next_occurrence(task: Task) -> Task | None:
    if not task.repeat or task.due_on is None:
        return None
    existing = Task.objects.filter(follows=task).first()
    if existing is not None:
        return existing
    after = max(task.due_on, company_day.today())
    day = repeats.next_day(task.repeat, task.repeat_from or task.due_on, after)
    if day is None:
        return None
    return Task.objects.create(
        title=task.title,
        note=task.note,
        customer_id=task.customer_id,
        assignee_id=task.assignee_id,
        creator_id=task.creator_id,
        due_on=day,
        due_time=task.due_time,
        repeat=task.repeat,
        repeat_from=task.repeat_from,
        follows=task,
        origin=task.origin,
        **moments.reminder(day, task.due_time),
    )


@transaction.atomic
def reopen_task(*, actor: Any, task: Task) -> None:
    """The task is not done after all; the next occurrence that it made goes, if nobody touched it."""
    rules.may_change(actor, task)
    if task.is_open:
        return
    Task.objects.open().filter(follows=task, version=1).delete()
    _write(task, done_at=None, done_by=None, cancelled_at=None)
    audit.record(actor, "task.reopened", task)


@transaction.atomic
def postpone_task(*, actor: Any, task: Task, due_on: date) -> None:
    """Move this occurrence; a series keeps its rhythm."""
    rules.may_change(actor, task)
    rules.must_be_open(task)
    rules.check_day(due_on)
    before = {"due_on": task.due_on}
    _write(task, due_on=due_on, **moments.reminder(due_on, task.due_time))
    audit.record(actor, "task.postponed", task, before=before, after={"due_on": due_on})


@transaction.atomic
def cancel_task(*, actor: Any, task: Task) -> None:
    """The task, and with it its series, is dropped."""
    rules.may_change(actor, task)
    if task.is_open:
        _write(task, cancelled_at=timezone.now())
        audit.record(actor, "task.cancelled", task)


def create_tasks(
    *,
    actor: Any,
    customers: Sequence[Customer],
    title: str,
    due_on: date | None,
    assignee: Any | Literal["owner"] = "owner",
    origin: str,
    origin_key_prefix: str,
    note: str = "",
) -> int:
    """One task per customer, in a few statements; customers that have theirs from an earlier call are left.

    With ``assignee="owner"`` each owner gets the tasks of his or her customers (the actor those of nobody).
    Customers that the actor may not see are left out. Returns how many tasks are new.
    """
    fields = rules.checked(title=title, note=note, due_on=due_on, due_time=None, repeat="")
    made = 0
    for start in range(0, len(customers), CHUNK):
        part = customers[start : start + CHUNK]
        made += _create_part(actor, part, assignee, origin, origin_key_prefix, fields)
    return made


@transaction.atomic
def _create_part(
    actor: Any, part: Sequence[Customer], assignee: Any, origin: str, prefix: str, fields: dict[str, Any]
) -> int:
    keys = {customer.pk: f"{prefix}{customer.pk}" for customer in rules.permitted(actor, part)}
    known = Task.objects.filter(origin=origin, origin_key__in=keys.values())
    existing = set(known.values_list("origin_key", flat=True))
    fallback = getattr(actor, "pk", None)
    reminder = moments.reminder(fields["due_on"], None)
    rows = [
        {
            "customer_id": customer.pk,
            "assignee_id": (customer.owner_id or fallback) if assignee == "owner" else assignee.pk,
            "creator_id": fallback,
            "origin": origin,
            "origin_key": keys[customer.pk],
            **reminder,
            **fields,
        }
        for customer in part
        if customer.pk in keys and keys[customer.pk] not in existing
    ]
    insert(Task, rows)
    if rows:
        audit.record(actor, "tasks.created", note=f"{fields['title']} ({len(rows)})")
        notices.tell_assignees([Task(**row) for row in rows], actor, key=f"{origin}:{prefix}")
    return len(rows)


def _write(task: Task, *, version: int | None = None, **fields: Any) -> None:
    """Write by compare-and-set on the version, so that of two people one learns of the other."""
    expected = task.version if version is None else version
    mine = Task.objects.filter(pk=task.pk, version=expected)
    if not mine.update(version=expected + 1, updated_at=timezone.now(), **fields):
        raise Conflict()
    task.refresh_from_db()


def _facts(task: Task) -> dict[str, Any]:
    return {
        "title": task.title,
        "assignee": str(task.assignee or ""),
        "customer_id": task.customer_id,
        "due_on": task.due_on,
        "due_time": task.due_time,
        "repeat": task.repeat,
    }
