"""What the builder and the pages say about a definition: how many, who, step by step, why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from zhike.crm.customers import words as customer_words
from zhike.crm.customers.models import Customer
from zhike.crm.customers.search import search_ids
from zhike.crm.insight import labels
from zhike.crm.insight.models import CustomerScore
from zhike.crm.segments import queries, standing, wording
from zhike.platform import shades
from zhike.platform.permissions import RowScope, allowed, row_scope
from zhike.platform.templatetags import zhike_format as say

SUGGESTIONS = 8


def preview(user: Any, definition: Any, language: str, *, exact: bool = False) -> dict[str, Any]:
    """The live answer of the builder. Raises ``SettingsError`` with every problem."""
    found = queries.preview(user, definition, exact=exact)
    counted = {
        "problems": [],
        "count": found.count,
        "count_text": f"≈ {say.number(found.count)}" if found.sampled else say.number(found.count),
        "share_text": _share(found),
        "sampled": found.sampled,
    }
    if exact:
        return counted
    return {
        **counted,
        "said": wording.sentence(definition, language),
        "sample": people(_in_order(user, found.sample_ids)),
        "funnel": _funnel(user, definition, found.everybody),
        "nested": {at: say.number(count) for at, count in queries.nested(user, definition).items()},
    }


def _share(found: Any) -> str:
    share = found.count / found.everybody if found.everybody else 0
    told = _("%(share)s of %(everybody)s customers") % {
        "share": say.percent(share),
        "everybody": say.number(found.everybody),
    }
    if not found.sampled:
        return told
    between = _("estimated, 95 %% between %(low)s and %(high)s") % {
        "low": say.number(found.low),
        "high": say.number(found.high),
    }
    return f"{told} · {between}"


def _in_order(user: Any, ids: Iterable[int]) -> list[Customer]:
    wanted = list(ids)
    found = Customer.objects.visible_to(user).in_bulk(wanted)
    return [found[pk] for pk in wanted if pk in found]


def people(customers: Iterable[Customer]) -> list[dict[str, Any]]:
    """Customers with tier and place, as the sample and the first members show them."""
    rows = list(customers)
    scores = {one.customer_id: one for one in CustomerScore.objects.filter(customer__in=rows)}
    named = labels.names_given()
    return [_person(one, scores.get(one.pk), named) for one in rows]


def _person(
    customer: Customer, score: CustomerScore | None, named: Callable[[int, int | None], str]
) -> dict[str, Any]:
    place = customer_words.place_name(customer.province, customer.city)
    value = say.money(score.net_revenue, 0) if score else ""
    return {
        "id": customer.pk,
        "name": customer.name,
        "url": reverse("customers:detail", args=[customer.pk]),
        "rank": score.tier if score else 0,
        "shade": shades.shade(score.tier if score else 0),
        "tier": named(score.tier, score.version_id) if score and score.tier else "",
        "stage": score.lifecycle if score else "",
        "stage_name": labels.stage_name(score.lifecycle) if score else "",
        "place": place,
        "net_revenue": score.net_revenue if score else None,
        "last_order": score.last_order if score else None,
        "about": " · ".join(filter(None, (place, value))),
    }


def _funnel(user: Any, definition: Any, everybody: int) -> list[dict[str, Any]]:
    """Step by step where all conditions must hold; of alternatives each alone."""
    root = definition["root"]
    if root.get("op") != "or":
        return [_step(step, everybody) for step in queries.funnel(user, definition)]
    steps = queries.funnel(user, {**definition, "root": {**root, "op": "and"}})
    return [_alone(step, everybody) for step in steps]


def _alone(step: queries.Step, everybody: int) -> dict[str, Any]:
    shown = _step(step, everybody)
    return {**shown, "left_text": "", "left_share": 0, "title": f"{step.words}: {shown['alone_text']}"}


def _step(step: queries.Step, everybody: int) -> dict[str, Any]:
    """A bar of the funnel: the condition alone, and together with those before it."""
    alone, left = say.number(step.alone), say.number(step.left)
    return {
        "pointer": step.pointer,
        "words": step.words,
        "alone_text": alone,
        "left_text": left,
        "alone_share": step.alone / everybody if everybody else 0,
        "left_share": step.left / everybody if everybody else 0,
        "title": _("%(words)s: alone %(alone)s, together %(left)s")
        % {"words": step.words, "alone": alone, "left": left},
    }


def why(user: Any, definition: Any, customer: Customer, *, of_all: bool = False) -> dict[str, Any]:
    """Each condition's truth for a customer, and the verdict in words. Raises ``SettingsError``.

    The place in a segment of the first few is that among the customers whom the person sees, as the builder
    counts them, or ``of_all``, as the members are found.
    """
    truths = queries.why(user, definition, customer.pk)
    holds = _holds(definition["root"], "/root", {one.pointer: one.holds for one in truths})
    verdict = _("%(name)s meets the conditions.") if holds else _("%(name)s does not meet the conditions.")
    return {
        "holds": holds,
        "verdict": verdict % {"name": customer.name},
        "limited": _limited(user, definition, customer, of_all) if holds else "",
        "truths": _judged(truths, set(_refused(definition["root"], "/root"))),
    }


def _limited(user: Any, definition: Any, customer: Customer, of_all: bool) -> str:
    """What a limit makes of a customer who meets the conditions; "" without one."""
    limit = definition.get("limit")
    if not limit:
        return ""
    found = standing.place(user, definition, customer.pk, of_all=of_all)
    if found is None:
        return _("Only the first by the order are in; the rank is decided when the segment is evaluated.")
    # How many meet the conditions among customers of others is not told.
    known = not of_all or row_scope(user) == RowScope.ALL
    return wording.place(found, limit, among=known)


def _judged(truths: list[queries.Truth], refused: set[str]) -> list[dict[str, Any]]:
    """Each condition as it stands: one that must not hold is told, and judged, turned round."""
    return [
        {
            "pointer": one.pointer,
            "words": _("not: %(words)s") % {"words": one.words} if one.pointer in refused else one.words,
            "holds": one.holds != (one.pointer in refused),
            "own": one.own,
        }
        for one in truths
    ]


def _refused(node: Any, at: str, turned: bool = False) -> Iterator[str]:
    """Places of the conditions that stand under a "none of"."""
    if "op" not in node:
        if turned:
            yield at
    elif node["op"] == "not":
        yield from _refused(node["child"], f"{at}/child", not turned)
    else:
        for n, child in enumerate(node["children"]):
            yield from _refused(child, f"{at}/children/{n}", turned)


def _holds(node: Any, at: str, truths: Mapping[str, bool]) -> bool:
    """The tree over the truths of its conditions."""
    if "op" not in node:
        return truths[at]
    if node["op"] == "not":
        return not _holds(node["child"], f"{at}/child", truths)
    judged = [_holds(child, f"{at}/children/{n}", truths) for n, child in enumerate(node["children"])]
    return all(judged) if node["op"] == "and" else any(judged)


def search(user: Any, text: str) -> list[dict[str, Any]]:
    """Customers by name, number or phone, as far as the person may see and search them."""
    visible = Customer.objects.visible_to(user)
    asked = text.strip()[:80]
    ids = (
        search_ids(asked, visible, user, limit=SUGGESTIONS)
        if asked and allowed(user, "customers.view")
        else []
    )
    found = visible.in_bulk(ids)
    return [_found(found[pk]) for pk in ids if pk in found]


def _found(customer: Customer) -> dict[str, Any]:
    place = customer_words.place_name(customer.province, customer.city)
    about = " · ".join(filter(None, (customer.code or "", place)))
    return {"id": customer.pk, "name": customer.name, "about": about}
