"""The filter by tier: an address names tiers by their codes, or by the ranks that pages show."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from zhike.crm.customers import conditions
from zhike.crm.insight import labels, ranks


def condition(given: list[str]) -> Q:
    """One that is no tier leaves nobody: a list never shows more than was asked for."""
    found = ranks.now()
    codes = [found.meant(value) for value in given]
    known = {tier.code for tier in found.order} | set(found.codes)
    return found.having(codes) if set(codes) <= known else conditions.NOBODY


def codes(given: Iterable[str]) -> list[str]:
    return [ranks.now().meant(value) for value in given]


def said(value: str) -> str:
    """The name of what an address names, also of a tier that there was once."""
    found = ranks.now()
    code = found.meant(value)
    known = dict(labels.tier_pairs())
    if code in known:
        return known[code]
    tier = found.tier(code)
    name = labels.say(tier.name) if tier else value
    return _("“%(name)s”, which no longer exists") % {"name": name}
