"""Verbs on bulk acts: prepare one, confirm it, go on after a stop, take it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.bulk.acts import ACTS
from zhike.crm.bulk.acts.base import Act
from zhike.crm.bulk.models import BulkAct, BulkState
from zhike.crm.customers.models import Customer
from zhike.crm.portfolio import filters, own_filters
from zhike.crm.portfolio import queries as portfolio
from zhike.crm.portfolio.saved_views import MAX_QUERY
from zhike.crm.treatments import services as treatments
from zhike.platform import audit, jobs
from zhike.platform.errors import DomainError, NotAllowed

#: A draft that nobody confirmed goes after so long.
DRAFT_LIFE = timedelta(days=2)


def chosen(act: BulkAct, user: Any) -> QuerySet[Customer]:
    """The customers that the act's address finds now, within the user's scope."""
    return found(QueryDict(act.query), user)


def found(query: QueryDict, user: Any) -> QuerySet[Customer]:
    if not all(map(_is_known, query)):
        return Customer.objects.none()
    return portfolio.filtered(user, query)


#: What an address says besides who is chosen: of the list and of the steps of an act.
ASIDE = frozenset({"sort", "columns", "cursor", "act"})


def selection(query: QueryDict) -> str:
    """Of an address, what chooses customers. What it says besides is kept too when nobody knows it: a filter
    that is dropped would choose more than was looked at, one that is unknown chooses nobody (:func:`chosen`).
    """
    copy = QueryDict(mutable=True)
    for name, values in query.lists():
        if name not in ASIDE and any(values):
            copy.setlist(name, [value for value in values if value])
    return copy.urlencode()


def _is_known(name: str) -> bool:
    return name in filters.PARAMETERS or name.startswith(own_filters.PREFIX)


@transaction.atomic
def draft(*, actor: Any, kind: str, params: dict[str, Any], query: QueryDict) -> BulkAct:
    """An act to be looked at before it is confirmed; nothing is changed yet."""
    _permitted(actor, kind)
    text = selection(query)
    if len(text) > MAX_QUERY:
        raise DomainError(
            _("These are too many filters. Put the customers into a list first."), code="too_long"
        )
    old = BulkAct.objects.filter(state=BulkState.DRAFT, created_at__lt=timezone.now() - DRAFT_LIFE)
    old.filter(created_by=actor).delete()
    return BulkAct.objects.create(kind=kind, params=params, query=text, created_by=actor)


@transaction.atomic
def confirm(*, actor: Any, act: BulkAct, purpose: str = "", share: float | None = None) -> BulkAct:
    """Write down the customers as they are chosen now, and start.

    With a purpose the act is a treatment, of which ``share`` is held out.
    """
    current = _locked(actor, act, BulkState.DRAFT)
    kind = _permitted(actor, current.kind)
    if purpose.strip() and share is not None and kind.treats:
        current.treatment = treatments.open_treatment(
            actor=actor, purpose=purpose, act=f"bulk.{current.kind}", share=share, bulk_act=current.pk
        )
        current.hold_out = {"purpose": current.treatment.purpose, "share": share}
    current.total = _freeze(current, chosen(current, actor))
    if not current.total:
        raise DomainError(_("Nobody fits these filters any more."), code="nobody")
    frozen = Customer.objects.filter(pk__in=current.targets.order_by().values("customer_id"))
    kind.prepare(actor=actor, act=current, rows=frozen)
    audit.record(actor, "bulk.started", current, after=_facts(current))
    return _start(actor, current, "bulk.run", BulkState.RUNNING)


@transaction.atomic
def resume(*, actor: Any, act: BulkAct) -> BulkAct:
    """Go on after a stop, with the customers that were not reached."""
    current = _locked(actor, act, BulkState.STOPPED)
    _permitted(actor, current.kind)
    if "undo" in current.counts:
        return _start(actor, current, "bulk.undo", BulkState.UNDOING)
    return _start(actor, current, "bulk.run", BulkState.RUNNING)


@transaction.atomic
def undo(*, actor: Any, act: BulkAct) -> BulkAct:
    """Set back what the act changed, as far as nobody changed it since."""
    current = _locked(actor, act, BulkState.DONE, BulkState.STOPPED)
    _permitted(actor, current.kind)
    audit.record(actor, "bulk.undo_started", current)
    current.counts.setdefault("undo", {})
    return _start(actor, current, "bulk.undo", BulkState.UNDOING)


@transaction.atomic
def discard(*, actor: Any, act: BulkAct) -> None:
    """Forget a draft."""
    _locked(actor, act, BulkState.DRAFT).delete()


def _start(actor: Any, act: BulkAct, kind: str, state: BulkState) -> BulkAct:
    act.state, act.error = state, ""
    act.job = jobs.enqueue(kind, {"act": act.pk, "actor": actor.pk}, requested_by=actor)
    act.save()
    return act


def _permitted(actor: Any, kind: str) -> Act:
    if kind not in ACTS:
        raise DomainError(_("There is no such act."), field="kind", code="unknown_choice")
    if not ACTS[kind].open_to(actor):
        raise NotAllowed()
    return ACTS[kind]


def _locked(actor: Any, act: BulkAct, *states: str) -> BulkAct:
    visible = BulkAct.objects.visible_to(actor).select_for_update(of=("self",))
    current = visible.filter(pk=act.pk).first()
    if current is None:
        raise DomainError(_("There is no such act."), code="not_found")
    if current.state not in states:
        raise DomainError(_("This is not possible any more. Look at the page again."), code="wrong_state")
    return current


def _freeze(act: BulkAct, rows: QuerySet[Customer]) -> int:
    """The numbers of the customers, written down in one statement by the store itself."""
    try:
        sql, params = rows.order_by().values_list("id").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bulk_bulktarget (act_id, customer_id, result, undone) "
            f"SELECT DISTINCT CAST(%s AS BIGINT), chosen.id, '', '' FROM ({sql}) AS chosen",
            [act.pk, *params],
        )
    return act.targets.count()


def _facts(act: BulkAct) -> dict[str, Any]:
    return {"act": act.kind, "customers": act.total, "hold_out": act.hold_out, "params": act.params}
