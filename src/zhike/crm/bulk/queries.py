"""Looking at an act: what it would change before it is confirmed, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from zhike.crm.bulk import services
from zhike.crm.bulk.acts import ACTS
from zhike.crm.bulk.models import BulkAct, Result, Undone
from zhike.crm.customers.models import Customer
from zhike.platform.figures import Figure

SAMPLE = 20


@dataclass(frozen=True)
class Line:
    """One customer of the sample, with what stands there now and what will."""

    customer: Customer
    before: str
    after: str


@dataclass(frozen=True)
class Preview:
    """``changing`` is exact, except where ``about`` says that it is the most there can be."""

    total: int
    changing: int
    same: int
    denied: int
    excluded: int
    about: bool
    lines: list[Line]

    @property
    def figures(self) -> list[Figure]:
        most = _("At most; who is so already shows when it runs.") if self.about else ""
        return [
            Figure(_("Chosen"), self.total, icon="users"),
            Figure(_("Will change"), self.changing, icon="edit", hint=most),
            Figure(Result.SAME.label, self.same, icon="equal"),
            Figure(Result.EXCLUDED.label, self.excluded, icon="user-off"),
            Figure(Result.DENIED.label, self.denied, icon="lock"),
        ]


def preview(act: BulkAct, user: Any) -> Preview:
    """What would happen if it were confirmed now."""
    kind = ACTS[act.kind]
    rows = services.chosen(act, user)
    total = rows.count()
    permitted = kind.permitted(user).filter(pk__in=rows.order_by().values("pk"))
    same, excluded = kind.same(act.params), kind.excluded(act.params)
    allowed = permitted.count()
    left_out = _count(permitted, excluded & ~same)
    already = _count(permitted, same)
    changing = permitted.exclude(pk__in=_numbers(permitted, same | excluded))
    return Preview(
        total=total,
        changing=allowed - left_out - already,
        same=already,
        denied=total - allowed,
        excluded=left_out,
        about=bool(act.params.get("custom")),
        lines=_sample(act, changing, permitted),
    )


def _count(rows: QuerySet[Customer], condition: Q) -> int:
    return rows.filter(condition).order_by().count()


def _numbers(rows: QuerySet[Customer], condition: Q) -> QuerySet[Any]:
    return rows.filter(condition).order_by().values("pk")


def _sample(act: BulkAct, changing: QuerySet[Customer], permitted: QuerySet[Customer]) -> list[Line]:
    first = list(changing.order_by("pk").select_related("owner", "team").prefetch_related("tags")[:SAMPLE])
    words = ACTS[act.kind].sample(first, act.params, permitted)
    return [Line(one, before, after) for one, (before, after) in zip(first, words, strict=True)]


def result_figures(act: BulkAct) -> list[Figure]:
    """What became of the customers; each number opens the list of them."""
    found = [
        _figure(act, Result.CHANGED, icon="edit"),
        _figure(act, Result.SAME, icon="equal"),
        _figure(act, Result.HELD_OUT, icon="user-minus"),
        _figure(act, Result.EXCLUDED, icon="user-off"),
        _figure(act, Result.DENIED, icon="lock"),
        _figure(act, Undone.RESTORED, icon="arrow-back-up"),
        _figure(act, Undone.KEPT, icon="user-edit"),
    ]
    return [one for one in found if one.value or one.label == Result.CHANGED.label]


def _figure(act: BulkAct, result: Result | Undone, *, icon: str) -> Figure:
    counts = act.counts.get("undo", {}) if isinstance(result, Undone) else act.counts
    return Figure(result.label, counts.get(result, 0), url=_list(act, result), icon=icon)


def _list(act: BulkAct, result: str) -> str:
    return f"{reverse('customers:list')}?{urlencode({'bulk': str(act.pk), 'result': result})}"


def waiting(act: BulkAct) -> int:
    """Customers whom a stopped act has not reached."""
    return act.total - sum(act.counts.get(result, 0) for result in Result.values)
