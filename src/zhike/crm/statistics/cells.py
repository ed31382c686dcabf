"""Groups of a statistic for which the customer list has no filter of its own: merged ones, empty ones.

``statistic=by=city&top=20&side=row&key="…"`` names the statistic and one of its groups; the list forms the
statistic again, for the person who looks.
"""

from __future__ import annotations

import json
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
from zhike.crm.statistics import offer, queries
from zhike.crm.statistics.axes import OTHERS
from zhike.crm.statistics.dimensions import Dimension, is_unknown
from zhike.platform.rows import as_rows

SIDES = {"row": "by", "column": "with"}


def groups(query: QueryDict, user: Any) -> Q:
    """Customers of every group that is named; what cannot be formed any more is nobody."""
    found = Q()
    for value in query.getlist("statistic"):
        found &= _group(value, user) if value else Q()
    return found


def _parsed(value: str) -> tuple[dict[str, str], str, Any] | None:
    given = dict(parse_qsl(value))
    side = given.pop("side", "")
    try:
        key = json.loads(given.pop("key", ""))
    except ValueError:
        return None
    is_key = key is None or isinstance(key, str | int | float)
    return (given, side, key) if side in SIDES and is_key else None


def _group(value: str, user: Any) -> Q:
    parsed, base = _parsed(value), snapshot_for(user)
    if parsed is None or base is None:
        return conditions.NOBODY
    given, side, key = parsed
    offered = offer.offer(user, base)
    if not offered.knows(given) or not given.get(SIDES[side]):
        return conditions.NOBODY
    choice = offered.choice(given)
    dimension = choice.by if side == "row" else choice.second
    if dimension is None:
        return conditions.NOBODY
    if dimension.rows and key != OTHERS:
        return dimension.rows(key)
    cube = queries.cube(base, choice)
    if dimension.rows:
        return _beyond(dimension.rows, cube.kept(side))
    return Q(pk__in=as_rows(queries.group_ids(cube, side, key)))


def _beyond(rows: Callable[[Any], Q], kept: list[Any]) -> Q:
    """Everybody but the groups that are shown; values of one column are one list."""
    return ~reduce(or_, (rows(key) for key in kept), conditions.NOBODY)


def words(value: str) -> str:
    parsed = _parsed(value)
    if parsed is None:
        return value
    given, side, key = parsed
    label = _label(given.get(SIDES[side], ""))
    if key == OTHERS:
        return f"{label}: {_('Others')}"
    return f"{label}: {_('Not filled in') if is_unknown(key) else key}"


def _label(code: str) -> str:
    from zhike.crm.statistics import own
    from zhike.crm.statistics.dimensions import FIXED, FORETOLD_DIMENSIONS

    known: Dimension | None = FIXED.get(code) or FORETOLD_DIMENSIONS.get(code)
    return str(known.label) if known else own.label_of(code)
