"""The customers of a bulk act as filters of the customer list: ``bulk=12&result=changed``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.crm.bulk.acts import ACTS
from zhike.crm.bulk.models import BulkAct, BulkTarget, Result, Undone
from zhike.crm.customers.conditions import NOBODY
from zhike.crm.portfolio.filters import Filter, register
from zhike.crm.portfolio.memberships import numbers

RESULTS = (*Result.values, *Undone.values)


def _of_act(query: QueryDict, user: Any) -> Q:
    found = numbers([value for value in query.getlist("bulk") if value])
    results = [value for value in query.getlist("result") if value]
    if not found or not set(results) <= set(RESULTS):
        return NOBODY
    acts = list(BulkAct.objects.visible_to(user).filter(pk__in=found).values_list("pk", flat=True))
    if not acts:
        return NOBODY
    targets = BulkTarget.objects.filter(act_id__in=acts).order_by()
    if results:
        targets = targets.filter(Q(result__in=results) | Q(undone__in=results))
    return Q(pk__in=targets.values("customer_id"))


def _with_act(query: QueryDict, user: Any) -> Q:
    """Results belong to an act; without one they choose nobody."""
    return Q() if any(query.getlist("bulk")) else NOBODY


def _acts(user: Any) -> Sequence[tuple[str, str]]:
    newest = BulkAct.objects.visible_to(user).exclude(state="draft")[:50]
    return [(str(act.pk), f"{ACTS[act.kind].label} #{act.pk}") for act in newest if act.kind in ACTS]


def _results() -> Sequence[tuple[str, str]]:
    return [(value, str(label)) for value, label in (*Result.choices, *Undone.choices)]


register(
    Filter("bulk", _("Bulk act"), kind="hidden", by_query=_of_act, pairs_for=_acts),
    Filter(
        "result",
        pgettext_lazy("customers of an act", "Outcome"),
        kind="hidden",
        by_query=_with_act,
        pairs=_results,
    ),
)
