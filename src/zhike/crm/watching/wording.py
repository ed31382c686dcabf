"""Drift in words: measures, values with their units, cut-offs then and now."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from zhike.analytics.tiers.measures import measure
from zhike.crm.insight import labels
from zhike.crm.segments import wording as segment_words
from zhike.crm.watching.cutoffs import criterion as criterion_of
from zhike.crm.watching.drift import SCORE, Reading
from zhike.crm.watching.models import SegmentProposal
from zhike.platform.every_language import own_words
from zhike.platform.money import from_units
from zhike.platform.templatetags import zhike_format as say

WHOLE = ("days", "orders", "categories")


def name_of(code: str, model: Any) -> str:
    """The dimension's own name; the tier score has one too."""
    return _("Tier score") if code == SCORE else labels.dimension_name(code, model)


def value(amount: Any, unit: str) -> str:
    if amount is None:
        return "—"
    if unit in ("money", "cost"):
        return say.money_short(from_units(round(amount)))
    if unit == "share":
        return say.percent(amount)
    if unit == "days":
        return say.days(round(amount))
    return say.number(amount, 0 if float(amount).is_integer() else 1)


def criterion(one: Mapping[str, Any], model: Any) -> str:
    """“Amount: 80 points from ¥2.1k, would be ¥3.4k”."""
    return _("%(name)s: 80 points from %(old)s, would be %(new)s") % {
        "name": name_of(one["code"], model),
        "old": value(one["old"], one["unit"]),
        "new": value(one["new"], one["unit"]),
    }


def cutoffs(proposal: SegmentProposal) -> list[dict[str, Any]]:
    """Each proposed cut-off with the criterion as it is and as it would be, as JSON of definitions."""
    definition = proposal.version.definition
    return [
        {
            **one,
            "is": criterion_of(definition, one["pointer"]),
            "would_be": criterion_of(definition, one["pointer"], one["new"]),
        }
        for one in proposal.content["criteria"]
    ]


def cutoff(one: Mapping[str, Any]) -> str:
    """“orders ≥ 3 would become orders ≥ 5: 120 customers would leave”."""
    return _("“%(is)s” would become “%(would_be)s”: %(moved)s") % {
        "is": told(one, "is"),
        "would_be": told(one, "would_be"),
        "moved": moved(one["size"] - one["now"]),
    }


def told(one: Mapping[str, Any], name: str) -> str:
    """A criterion of a proposal as it is, or as it would be; older proposals keep no words."""
    words = one.get("words")
    return own_words(words[name]) if words else segment_words.said(one[name], get_language() or "en")


def moved(change: int) -> str:
    text = (
        ngettext("%(count)s customer would enter", "%(count)s customers would enter", change)
        if change > 0
        else ngettext("%(count)s customer would leave", "%(count)s customers would leave", -change)
    )
    return text % {"count": say.number(abs(change))}


def movers(count: int | None) -> list[str]:
    if count is None:
        return []
    text = ngettext(
        "fixing the rules anew would move %(count)s customer",
        "fixing the rules anew would move %(count)s customers",
        count,
    )
    return [text % {"count": say.number(count)}]


def bin_names(one: Reading) -> list[str]:
    """The bins in words: below the first edge, between two, from the last."""
    unit = "number" if one.code == SCORE else measure(one.bins.column).unit
    texts = [value(edge, unit) for edge in one.bins.edges]
    if unit in WHOLE:
        between = [_whole(a, b, closed=one.bins.closed) for a, b in pairwise(one.bins.edges)]
    else:
        between = [f"{a} – {b}" for a, b in pairwise(texts)]
    if not texts:
        return [_("all")]
    return [
        f"{'≤' if one.bins.closed else '<'} {texts[0]}",
        *between,
        f"{'>' if one.bins.closed else '≥'} {texts[-1]}",
    ]


def _whole(low: int, high: int, *, closed: bool) -> str:
    """The whole numbers of a bin: its edges belong to one side each."""
    first, last = (low + 1, high) if closed else (low, high - 1)
    return say.number(first) if first == last else f"{say.number(first)} – {say.number(last)}"
