"""Groups of a statistic for which the customer list has no filter of its own: merged ones, empty ones.

``statistic=by=city&top=20&side=row&key="…"`` names the statistic and one of its groups; the list forms the
statistic again, for the person who looks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from zhike.crm.customers import conditions
from zhike.crm.insight.snapshot_queries import snapshot_for
from zhike.crm.statistics import bought, offer, own, queries
from zhike.crm.statistics.axes import EVERYBODY, OTHERS
from zhike.crm.statistics.bands import spans
from zhike.crm.statistics.choice import COMPARISONS
from zhike.crm.statistics.dimensions import FIXED, FORETOLD_DIMENSIONS, Dimension, is_unknown
from zhike.platform.requests import json_of
from zhike.platform.rows import as_rows

SIDES = {"row": "by", "column": "with"}


def groups(query: QueryDict, user: Any) -> Q:
    """Customers of every group that is named; what cannot be formed any more is nobody."""
    found = Q()
    for value in query.getlist("statistic"):
        found &= _group(value, user) if value else Q()
    return found


def _parsed(value: str) -> tuple[dict[str, str], str, Any] | None:
    """What was asked, the side, and the key of the group."""
    given = dict(parse_qsl(value))
    side = given.pop("side", "")
    try:
        key = json_of(given.pop("key", ""))
    except ValueError:
        return None
    is_key = key is None or isinstance(key, str | int | float)
    return (given, side, key) if side in SIDES and is_key else None


def _group(value: str, user: Any) -> Q:
    parsed, base = _parsed(value), snapshot_for(user)
    if parsed is None or base is None:
        return conditions.NOBODY
    given, side, key = parsed
    then = given.pop("then", "") == "1"
    offered = offer.offer(user, base)
    if not offered.knows(given) or not given.get(SIDES[side]):
        return conditions.NOBODY
    choice = offered.choice(given)
    dimension = choice.by if side == "row" else choice.second
    if dimension is None:
        return conditions.NOBODY
    if then and not choice.earlier:
        return conditions.NOBODY
    if key == EVERYBODY:
        return own.PROFILED
    by_rows = dimension.rows is not None and not then
    if dimension.rows and by_rows and key != OTHERS:
        return dimension.rows(key)
    cube = queries.cube(base, choice)
    # Of own fields those who asked not to be profiled are in none of the groups, the merged one included.
    if dimension.rows and by_rows and "own" not in dimension.joins:
        return _beyond(dimension.rows, cube.kept(side))
    return Q(pk__in=as_rows(queries.group_ids(cube, side, key, then=then)))


def _beyond(rows: Callable[[Any], Q], kept: list[Any]) -> Q:
    """Everybody but the groups that are shown; values of one column are one list."""
    return ~reduce(or_, (rows(key) for key in kept), conditions.NOBODY)


def words(user: Any, value: str) -> str:
    """“Region: Others”; of an earlier period with its name."""
    parsed = _parsed(value)
    if parsed is None:
        return value
    given, side, key = parsed
    code = given.get(SIDES[side], "")
    dimension = FIXED.get(code) or FORETOLD_DIMENSIONS.get(code) or bought.dimensions().get(code)
    label = dimension.label if dimension else own.label_of(code)
    then = COMPARISONS.get(given.get("compare", ""), "") if given.get("then") else ""
    return f"{label}: {_key_words(user, code, dimension, key)}{f' ({then})' if then else ''}"


def _key_words(user: Any, code: str, dimension: Dimension | None, key: Any) -> str:
    if key in (OTHERS, EVERYBODY):
        return _("Others") if key == OTHERS else _("Everybody")
    if is_unknown(key):
        return _("Not filled in")
    if dimension is None:
        return own.say(user, code, key)
    if dimension.bands:
        known = spans(dimension.bands.cuts) if dimension.bands.cuts else []
        return dimension.bands.words(*known[key]) if key in range(len(known)) else str(key)
    return str(dimension.said(key))
