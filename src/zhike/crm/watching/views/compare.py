"""Two groups side by side on every variable, the largest difference first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from zhike.crm.insight import links
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.insight.views.page import with_snapshot
from zhike.crm.watching import comparing
from zhike.crm.watching import groups as choosing
from zhike.crm.watching.codes import OUTSIDE
from zhike.crm.watching.comparing import Comparison, Difference, Side
from zhike.crm.watching.groups import Group
from zhike.crm.watching.views import frame
from zhike.platform.money import from_units
from zhike.platform.permissions import requires
from zhike.platform.templatetags import zhike_format as say

REST = "rest"
#: So many differences are told in words.
TOLD = 3
TONES = {"none": "secondary", "small": "azure", "medium": "orange", "large": "red"}


@requires("insight.view")
@require_GET
@with_snapshot
def compare(request: HttpRequest, base: Snapshot) -> HttpResponse:
    offered = choosing.offered(request.user, base)
    first = choosing.one(request.GET, "a", offered) or (offered[0] if offered else None)
    rest = request.GET.get("b") == REST
    second = None if rest else _other(request, offered, first)
    found = comparing.compare(base, first, second) if first and (second or rest) else None
    known = found if found and min(found.parts) else None
    if known and first and frame.wants_file(request):
        return frame.file(request, "comparison", _file(known, first, second))
    names = (first.name if first else "", second.name if second else _("everybody else"))
    sides = (_whom(first, first, base), _whom(second, first, base)) if first else ({}, {})
    context = frame.context(
        request,
        base,
        "compare",
        groups=offered,
        first=first,
        second=second,
        rest=rest,
        names=names,
        found=found,
        known=known,
        rows=[_row(one, sides) for one in known.differences] if known else [],
        rest_url=links.customers(**sides[1]),
        conclusion=_conclusion(known, names) if known else "",
        caveats=_caveats(known) if known else [],
    )
    return render(request, "watching/compare.html", context)


def _other(request: HttpRequest, offered: list[Group], first: Group | None) -> Group | None:
    """The second group of the address, or the one after the first."""
    others = [group for group in offered if group != first]
    return choosing.one(request.GET, "b", others) or (others[0] if others else None)


def _row(one: Difference, sides: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    texts = (
        [_value(side.median if side else None, one.unit) for side in (one.first, one.second)]
        if one.is_number
        else [say.percent(share) for share in one.shares]
    )
    return {
        "one": one,
        "name": one.name,
        "value": one.value,
        "texts": texts,
        "means": [_mean(side, one.unit) for side in (one.first, one.second)] if one.is_number else [],
        "urls": [_url(one, whom) for whom in sides],
        "word": _word(one.word),
        "tone": TONES[one.word],
        "standardised": _finite(one.standardised),
    }


def _finite(value: float | None) -> str:
    return "" if value is None or abs(value) == float("inf") else say.number(value, 2)


def _whom(group: Group | None, first: Group, base: Snapshot) -> dict[str, Any]:
    """A group as the list calls it; everybody else has bought something and is not in the first one."""
    if group is not None:
        return group.filters
    return {"member": f"{OUTSIDE}{first.key}", "first_order_to": base.as_of}


def _url(one: Difference, whom: dict[str, Any]) -> str:
    """The customers behind a share, or those of the whole group behind a number."""
    if one.is_number or not one.filter or one.filter in whom:
        return links.customers(**whom)
    return links.customers(**whom, **{one.filter: one.key})


def _mean(side: Side | None, unit: str) -> str:
    return _value(side.mean if side else None, unit)


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "—"
    if unit in ("money", "cost"):
        return say.money(from_units(round(value)), 0)
    if unit == "share":
        return say.percent(value)
    if unit == "days":
        return say.days(round(value))
    return say.number(value, 0 if abs(value) >= 100 or float(value).is_integer() else 1)


def _word(word: str) -> str:
    return {
        "none": _("hardly any"),
        "small": _("small"),
        "medium": _("medium"),
        "large": _("large"),
    }[word]


def _conclusion(found: Comparison, names: tuple[str, str]) -> str:
    """In words: how many variables differ at all, and the strongest of them."""
    telling = [one for one in found.differences if one.word != "none"]
    if not telling:
        return _("%(first)s and %(second)s hardly differ on any variable.") % {
            "first": names[0],
            "second": names[1],
        }
    text = ngettext(
        "%(first)s and %(second)s differ on %(count)d variable: %(told)s.",
        "%(first)s and %(second)s differ on %(count)d variables, most on: %(told)s.",
        len(telling),
    )
    return text % {
        "first": names[0],
        "second": names[1],
        "count": len(telling),
        "told": _("; ").join(_told(one) for one in telling[:TOLD]),
    }


def _told(one: Difference) -> str:
    if one.is_number and one.first and one.second:
        return _("%(name)s (median %(first)s against %(second)s)") % {
            "name": one.name,
            "first": _value(one.first.median, one.unit),
            "second": _value(one.second.median, one.unit),
        }
    return _("%(name)s “%(value)s” (%(first)s against %(second)s)") % {
        "name": one.name,
        "value": one.value,
        "first": say.percent(one.shares[0]),
        "second": say.percent(one.shares[1]),
    }


def _caveats(found: Comparison) -> list[str]:
    told = [
        _(
            "The groups were formed by some of these variables, so a difference in those is no discovery; "
            "and a difference says nothing about what causes what."
        )
    ]
    if found.both:
        told.append(
            ngettext(
                "%(count)s customer is in both groups and counts on both sides.",
                "%(count)s customers are in both groups and count on both sides.",
                found.both,
            )
            % {"count": say.number(found.both)}
        )
    if found.few:
        told.append(_("One of the groups is small: chance alone makes large differences."))
    if found.parts != found.sizes:
        told.append(_("Of large groups a fixed part is looked at, at most 100,000 customers each."))
    return told


def _file(found: Comparison, first: Group, second: Group | None) -> list[list[Any]]:
    names = (first.name, second.name if second else _("everybody else"))
    typical, mean = _("median or share"), _("mean")
    heads = [
        *(_("Variable"), _("Value")),
        *(f"{name}: {typical}" for name in names),
        *(f"{name}: {mean}" for name in names),
        *(_("Cliff's delta or Cramér's V"), _("Cohen's d"), _("from"), _("to"), _("Size")),
    ]
    return [heads, *(_line(one) for one in found.differences)]


def _line(one: Difference) -> list[Any]:
    sides = (one.first, one.second)
    middle = [_plain(side.median, one.unit) for side in sides if side] or list(one.shares)
    means = [_plain(side.mean, one.unit) for side in sides if side] or [None, None]
    d = (one.d.size, one.d.low, one.d.high) if one.d else (one.standardised, None, None)
    finite = [value if value is None or abs(value) < float("inf") else None for value in d]
    return [one.name, one.value, *middle, *means, one.size, *finite, _word(one.word)]


def _plain(value: float | None, unit: str) -> Any:
    return value / 10_000 if value is not None and unit in ("money", "cost") else value
