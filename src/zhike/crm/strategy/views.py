"""One page: what customers of each tier are given, what it costs, and the form of one tier at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhike.crm.insight import labels
from zhike.crm.insight.snapshot_queries import snapshot_for
from zhike.crm.strategy import queries, services
from zhike.crm.strategy.aspects import ASPECTS, Aspect
from zhike.crm.strategy.forms import TierForm
from zhike.crm.strategy.queries import Strategy
from zhike.platform.errors import DomainError
from zhike.platform.permissions import allowed, require, requires
from zhike.platform.requests import Request, number_of


@dataclass(frozen=True)
class Shown:
    """A tier on the page; ``customers`` is None while nothing is published."""

    strategy: Strategy
    name: str
    customers: int | None
    beside: list[tuple[Aspect, str]]
    form: TierForm | None = None

    @property
    def total(self) -> Decimal | None:
        cost = self.strategy.yearly_cost
        return None if cost is None or self.customers is None else cost * self.customers


@requires("insight.view")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Request) -> HttpResponse:
    """``?edit=RANK`` opens the form of one tier, which is sent to the same address."""
    known, names = queries.everything(), labels.tier_names()
    rank = _rank(request.GET.get("edit", ""), names)
    if rank is not None:
        require(request.user, "tiers.edit")
    data = request.POST if request.method == "POST" else None
    if rank is None:
        return _page(request, known, names) if data is None else redirect("strategy:page")
    form = TierForm(known.get(rank, Strategy(rank)), data)
    if data is not None and form.is_valid() and _save(request, form):
        messages.success(request, _("Saved."))
        return redirect(f"{reverse('strategy:page')}#tier-{rank}")
    return _page(request, known, names, form, status=200 if data is None else 422)


def _rank(text: str, names: Mapping[int, str]) -> int | None:
    if not text:
        return None
    rank = number_of(text, 2)
    if not rank or rank not in names:
        raise Http404
    return rank


def _save(request: Request, form: TierForm) -> bool:
    try:
        services.save_strategy(actor=request.user, wanted=form.wanted)
    except DomainError as error:
        form.strategy.add_error(error.field if error.field in form.strategy.fields else None, str(error))
        return False
    return True


def _page(
    request: Request,
    known: Mapping[int, Strategy],
    names: Mapping[int, str],
    form: TierForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    base = snapshot_for(request.user)
    counts, codes = queries.counts(base), labels.tier_codes()
    words = [(aspect, aspect.words()) for aspect in ASPECTS.values()]
    tiers = [
        Shown(
            known.get(rank, Strategy(rank)),
            names[rank],
            counts.get(codes[rank], 0) if base else None,
            [(aspect, said[rank]) for aspect, said in words if said.get(rank)],
            form if form and form.tier == rank else None,
        )
        for rank in sorted((rank for rank in names if rank), reverse=True)
    ]
    context: dict[str, Any] = {
        "tiers": tiers,
        "total": _total(tiers),
        "customers": sum(counts.values()),
        "as_of": base.as_of.isoformat() if base else "",
        "may_edit": allowed(request.user, "tiers.edit"),
        "nothing_yet": not known and form is None,
        "first": tiers[0].strategy.tier if tiers else 0,
    }
    return render(request, "strategy/page.html", context, status=status)


def _total(tiers: list[Shown]) -> Decimal | None:
    """Unknown as soon as a cost is missing that somebody would get."""
    costs = [one.total if one.customers != 0 else Decimal(0) for one in tiers]
    return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))
