"""The daily work: tasks, follow-up records and alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from zhike.api.fields import Cursor, Limit, PathId
from zhike.api.idempotency import Answer, once
from zhike.api.paging import page
from zhike.api.problems import ANSWERS
from zhike.api.visible import visible_customer
from zhike.api.work_schemas import (
    AlertOut,
    AlertPage,
    AlertState,
    InteractionIn,
    InteractionOut,
    InteractionPage,
    TaskIn,
    TaskOut,
    TaskPage,
    TaskState,
)
from zhike.crm.alerts import services as alerts
from zhike.crm.alerts.models import Alert
from zhike.crm.customers.models import Contact
from zhike.crm.interactions import services as interactions
from zhike.crm.interactions.models import Interaction
from zhike.crm.tasks import queries, rules
from zhike.crm.tasks import services as tasks
from zhike.crm.tasks.models import Task
from zhike.platform import company_day
from zhike.platform.permissions import require
from zhike.platform.requests import Request

router = Router(tags=["work"])


@router.get("/tasks", response={200: TaskPage, **ANSWERS})
def list_tasks(
    request: Request,
    state: TaskState = "open",
    mine: bool = False,
    customer_id: int | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Any:
    """Tasks that you may see; ``mine`` leaves those that you are to do."""
    rows = Task.objects.visible_to(request.user)
    rows = rows.of(request.user) if mine else rows
    if customer_id is not None:
        rows = rows.filter(customer=visible_customer(request, customer_id))
    found = page(_in_state(rows, state), cursor, limit)
    queries.with_customers(request.user, found["items"])
    return found


def _in_state(rows: Any, state: str) -> Any:
    if state == "open":
        return rows.open()
    if state == "done":
        return rows.filter(done_at__isnull=False)
    return rows.filter(cancelled_at__isnull=False) if state == "dropped" else rows


@router.post("/tasks", response={201: TaskOut, **ANSWERS})
def create_task(request: Request, payload: TaskIn) -> Any:
    """Write a task down; with an ``Idempotency-Key`` a repeated request makes one."""
    fields = payload.dict()
    customer, assignee = fields.pop("customer_id"), fields.pop("assignee_id")
    fields["customer"] = visible_customer(request, customer) if customer else None
    if assignee:
        fields["assignee"] = get_object_or_404(rules.colleagues(request.user), pk=assignee)

    def create() -> Answer:
        task = tasks.create_task(actor=request.user, **fields)
        return 201, TaskOut.from_orm(_shown(request, task)).model_dump(mode="json")

    return once(request, create)


@router.get("/tasks/{task_id}", response={200: TaskOut, **ANSWERS})
def get_task(request: Request, task_id: PathId) -> Any:
    """One task."""
    return _shown(request, _task(request, task_id))


@router.post("/tasks/{task_id}/complete", response={200: TaskOut, **ANSWERS})
def complete_task(request: Request, task_id: PathId) -> Any:
    """The task is done; a repeating one makes its next occurrence. Doing it again changes nothing."""
    task = _task(request, task_id)
    following = tasks.complete_task(actor=request.user, task=task)
    task.next_id = following.pk if following else None
    return _shown(request, task)


@router.post("/tasks/{task_id}/reopen", response={200: TaskOut, **ANSWERS})
def reopen_task(request: Request, task_id: PathId) -> Any:
    """The task is not done after all."""
    task = _task(request, task_id)
    tasks.reopen_task(actor=request.user, task=task)
    return _shown(request, task)


def _task(request: Request, task_id: int) -> Any:
    return get_object_or_404(Task.objects.visible_to(request.user), pk=task_id)


def _shown(request: Request, task: Any) -> Any:
    queries.with_customers(request.user, [task])
    return task


@router.get("/interactions", response={200: InteractionPage, **ANSWERS})
def list_interactions(
    request: Request, customer_id: int | None = None, cursor: Cursor = "", limit: Limit = 50
) -> Any:
    """Follow-up records within your row scope, of one customer or of all."""
    rows = Interaction.objects.visible_to(request.user)
    if customer_id is not None:
        rows = rows.filter(customer=visible_customer(request, customer_id))
    return page(rows, cursor, limit)


@router.post("/interactions", response={201: InteractionOut, **ANSWERS})
def log_interaction(request: Request, payload: InteractionIn) -> Any:
    """Note a contact with a customer; with an ``Idempotency-Key`` a repeated request notes one."""
    fields = payload.dict()
    customer, contact = visible_customer(request, fields.pop("customer_id")), fields.pop("contact_id")
    if contact:
        known = Contact.objects.visible_to(request.user).filter(customer=customer)
        fields["contact"] = get_object_or_404(known, pk=contact)
    fields["at"] = _moment(fields["at"])

    def create() -> Answer:
        noted = interactions.log_interaction(actor=request.user, customer=customer, **fields)
        return 201, InteractionOut.from_orm(noted).model_dump(mode="json")

    return once(request, create)


@router.post("/interactions/{interaction_id}/settle", response={200: InteractionOut, **ANSWERS})
def settle_interaction(request: Request, interaction_id: PathId) -> Any:
    """A complaint is settled, or a promised step done; doing it again changes nothing."""
    rows = Interaction.objects.visible_to(request.user).select_related("customer")
    found = get_object_or_404(rows, pk=interaction_id)
    interactions.settle(actor=request.user, interaction=found)
    found.refresh_from_db()
    return found


@router.get("/alerts", response={200: AlertPage, **ANSWERS})
def list_alerts(
    request: Request,
    state: AlertState = "open",
    customer_id: int | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Any:
    """What happened to your key customers."""
    require(request.user, "customers.view")
    rows = Alert.objects.visible_to(request.user)
    rows = rows if state == "all" else rows.filter(state=state)
    if customer_id is not None:
        rows = rows.filter(customer=visible_customer(request, customer_id))
    return page(rows, cursor, limit)


@router.post("/alerts/{alert_id}/acknowledge", response={200: AlertOut, **ANSWERS})
def acknowledge_alert(request: Request, alert_id: PathId) -> Any:
    """You take care of it; who was first stays noted."""
    found = get_object_or_404(Alert.objects.visible_to(request.user), pk=alert_id)
    alerts.acknowledge(actor=request.user, ids=[found.pk])
    found.refresh_from_db()
    return found


def _moment(at: datetime | None) -> datetime | None:
    """A time without a zone is one of the company's clock."""
    return at.replace(tzinfo=company_day.zone()) if at is not None and timezone.is_naive(at) else at
