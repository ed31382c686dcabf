"""What the pages of a draft share: who may do what, the steps, the errors of a definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.analytics.words import Words
from zhike.crm.insight import labels
from zhike.crm.studio.choices import DraftState
from zhike.crm.studio.models import Draft
from zhike.crm.studio.simulation import will_be_primary as is_primary
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request

__all__ = ["draft_of", "draft_page", "is_primary", "may_change", "weighed"]

#: The pages of a draft in their order.
STEPS: tuple[tuple[str, Promise], ...] = (
    ("draft", _("Dimensions")),
    ("weights", _("Weights")),
    ("cuts", _("Tiers")),
    ("simulate", pgettext_lazy("of a draft", "Simulation and approval")),
)
SHADES = 8


@dataclass(frozen=True)
class Step:
    label: Promise
    url: str
    active: bool


def draft_of(request: Request, pk: int) -> Draft:
    """A draft that the person sees; others do not exist."""
    rows = Draft.objects.visible_to(request.user).select_related("model", "author", "approver")
    return get_object_or_404(rows, pk=pk)


def may_change(user: Any, draft: Draft) -> bool:
    return draft.state == DraftState.EDITING and allowed(user, "tiers.edit")


def draft_page(
    request: Request, draft: Draft, step: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    steps = [Step(label, reverse(f"studio:{name}", args=[draft.pk]), name == step) for name, label in STEPS]
    rest = {"draft": draft, "steps": steps, "may_change": may_change(request.user, draft)}
    return render(request, f"studio/{step}.html", {**rest, **context}, status=status)


def weighed(definition: dict[str, Any]) -> list[dict[str, Any]]:
    """Each dimension with its name, its share of the weights and its color."""
    rows = definition["tiers"]["dimensions"]
    total = sum(one["weight"] for one in rows) or 1
    return [
        {
            "code": one["code"],
            "name": dimension_name(one),
            "share": one["weight"] / total,
            "typed": round(100 * one["weight"] / total, 2),
            "shade": place % SHADES,
        }
        for place, one in enumerate(rows)
    ]


def dimension_name(dimension: dict[str, Any]) -> str:
    return labels.say(Words.from_dict(dimension["name"])) or labels.feature_name(dimension["feature"])
