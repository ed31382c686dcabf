"""Where the weights of a draft come from: a hand, judgements in pairs, the data, or both."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhike.analytics.voice.ahp import MOST_CRITERIA
from zhike.crm.studio import pictures, services
from zhike.crm.studio.choices import Method
from zhike.crm.studio.models import Draft
from zhike.crm.studio.views import page
from zhike.crm.studio.views.drafts import then
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import requires
from zhike.platform.requests import Request, json_of

MOST_EXPERTS = 12
USUAL_SHARE = 50
#: No judgement comes near it.
MOST = 1_000


@requires("insight.view")
@require_http_methods(["GET", "HEAD", "POST"])
def weights(request: Request, pk: int) -> HttpResponse:
    found = page.draft_of(request, pk)
    if request.method != "POST":
        return _page(request, found, _stored(found))
    given = _given(request, found)
    problem = _saved(request, found, given)
    if not problem:
        return then(request, found, "studio:weights")
    return _page(request, found, given, problems=[problem], status=422)


def _stored(draft: Draft) -> dict[str, Any]:
    kept = draft.weights or {}
    shares = {one["code"]: one["typed"] for one in page.weighed(draft.definition)}
    share, method = kept.get("share"), kept.get("method", Method.HAND)
    return {
        "method": method,
        "experts": kept.get("experts", []),
        "product": method == Method.BLEND and share is None,
        "share": USUAL_SHARE if share is None else round(100 * share),
        "by_hand": shares,
    }


def _given(request: Request, draft: Draft) -> dict[str, Any]:
    """What the form says, as far as it can be read; the verb checks the rest."""
    codes = [one["code"] for one in draft.definition["tiers"]["dimensions"]]
    share = _number(request.POST.get("share", ""))
    return {
        "method": request.POST.get("method", ""),
        "experts": _experts(request.POST.get("experts", ""), codes),
        "product": bool(request.POST.get("product")),
        "share": USUAL_SHARE if share is None else min(max(share, 0), 100),
        "by_hand": {code: _number(request.POST.get(f"weight-{code}", "")) or 0 for code in codes},
    }


def _experts(text: str, codes: list[str]) -> list[dict[str, Any]]:
    """Judgements as the page sends them; anything else is no judgement."""
    try:
        rows = json_of(text or "[]")
    except ValueError:
        return []
    if not isinstance(rows, list):
        return []
    found = []
    for row in rows[:MOST_EXPERTS]:
        if isinstance(row, dict) and _is_matrix(row.get("matrix"), len(codes)):
            words = {name: str(row.get(name) or "").strip() for name in ("name", "overruled")}
            found.append(
                {
                    "name": words["name"][:60],
                    "overruled": words["overruled"][:300],
                    "criteria": codes,
                    "matrix": row["matrix"],
                }
            )
    return found


def _is_matrix(value: Any, size: int) -> bool:
    if not isinstance(value, list) or len(value) != size:
        return False
    cells = [cell for row in value for cell in (row if isinstance(row, list) else [None])]
    numbers = all(isinstance(cell, int | float) and 0 < cell < MOST for cell in cells)
    return numbers and len(cells) == size * size


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 <= found <= 1e6 else None


def _page(
    request: Request,
    draft: Draft,
    shown: dict[str, Any],
    *,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    dimensions = page.weighed(draft.definition)
    for one in dimensions:
        one["typed"] = shown["by_hand"][one["code"]]
    entropy = _entropy(draft, dimensions)
    can_judge = 2 <= len(dimensions) <= MOST_CRITERIA
    context = {
        "method": shown["method"],
        "methods": _methods(can_judge=can_judge, has_data=bool(entropy)),
        "dimensions": dimensions,
        "can_judge": can_judge,
        "entropy": entropy,
        "nothing_told": bool(entropy) and not any(one["information"] for one in entropy),
        "product": shown["product"],
        "share": round(shown["share"]),
        "board": _board(request, draft, dimensions, entropy, shown["experts"]),
        "problems": problems or [],
    }
    return page.draft_page(request, draft, "weights", context, status=status)


def _entropy(draft: Draft, dimensions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What each dimension tells about the customers; nothing while nothing is analyzed."""
    try:
        found = pictures.information(draft)
    except DomainError:
        return []
    names = {one["code"]: one["name"] for one in dimensions}
    return [{"name": names[one["code"]], **one} for one in found]


def _methods(*, can_judge: bool, has_data: bool) -> list[dict[str, Any]]:
    texts = {
        Method.HAND: (_("Somebody sets them."), False),
        Method.AHP: (_("People compare the dimensions in pairs (AHP)."), not can_judge),
        Method.ENTROPY: (_("What tells customers apart weighs more."), not has_data),
        Method.BLEND: (_("Judgements and data, in a share of your choice."), not (can_judge and has_data)),
    }
    return [
        {"value": method.value, "label": method.label, "text": text, "disabled": disabled}
        for method, (text, disabled) in texts.items()
    ]


def _board(
    request: Request,
    draft: Draft,
    dimensions: list[dict[str, Any]],
    entropy: list[dict[str, Any]],
    experts: list[dict[str, Any]],
) -> dict[str, Any]:
    """Everything the page's script needs, its sentences included."""
    codes = [one["code"] for one in dimensions]
    return {
        "codes": codes,
        "names": [one["name"] for one in dimensions],
        "measured": {one["code"]: one["weight"] for one in entropy} or None,
        "experts": [_shown_expert(one, codes) for one in experts],
        "me": str(request.user),
        "words": _words(),
    }


def _shown_expert(expert: dict[str, Any], codes: list[str]) -> dict[str, Any]:
    """Judgements about dimensions that are still there; the others begin as equal."""
    known = {code: place for place, code in enumerate(expert["criteria"])}
    matrix = [
        [expert["matrix"][known[a]][known[b]] if a in known and b in known else 1 for b in codes]
        for a in codes
    ]
    return {"name": expert["name"], "overruled": expert.get("overruled", ""), "matrix": matrix}


def _words() -> dict[str, Any]:
    return {
        "strengths": [
            _("equally"),
            _("between equally and slightly"),
            _("slightly"),
            _("between slightly and clearly"),
            _("clearly"),
            _("between clearly and strongly"),
            _("strongly"),
            _("between strongly and beyond comparison"),
            _("beyond comparison"),
        ],
        "equal": _("{a} and {b} are equally important."),
        "more": _("{a} is more important than {b}: {strength}."),
        "pair": _("{a} against {b}"),
        "consistent": _("They agree well enough (below 0.10)."),
        "inconsistent": _("They contradict each other (0.10 and above)."),
        "worst": _("The worst: {a} against {b} is judged {given}. With {better} the ratio would be {ratio}."),
        "repair": _("Set it to {better}"),
        "expert": _("Person {number}"),
        "nameless": _("Nameless"),
    }


def _saved(request: Request, draft: Draft, given: dict[str, Any]) -> str:
    """Why it cannot be saved; "" when it is. Judgements that contradict each other are kept all the same."""
    try:
        if given["method"] == Method.HAND:
            services.weigh_by_hand(request.user, draft, given["by_hand"])
            return ""
        if given["method"] in (Method.AHP, Method.BLEND):
            _judged(request, draft, given["experts"])
            draft.refresh_from_db()
        in_a_share = given["method"] == Method.BLEND and not given["product"]
        share = given["share"] / 100 if in_a_share else None
        services.compute_weights(request.user, draft, given["method"], share=share)
    except NotAllowed:
        raise
    except DomainError as error:
        return str(error)
    return ""


@transaction.atomic
def _judged(request: Request, draft: Draft, experts: list[dict[str, Any]]) -> None:
    """Keep exactly these people's judgements."""
    names = [one["name"] for one in experts]
    if len(set(names)) < len(names):
        raise DomainError(_("Two people have the same name."), field="name", code="twice")
    for gone in {one["name"] for one in draft.weights.get("experts", [])} - set(names):
        services.remove_judgements(request.user, draft, gone)
    for one in experts:
        services.set_judgements(request.user, draft, one["name"], one["matrix"], overruled=one["overruled"])
