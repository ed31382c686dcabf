"""The filters of the customer list that open what a statistic counted: bands of numbers, and its groups."""

from __future__ import annotations

import math
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import conditions
from zhike.crm.insight import queries, snapshots
from zhike.crm.portfolio.filters import Filter, register
from zhike.crm.statistics import cells, own
from zhike.crm.statistics.bands import BANDS, FORETOLD, Bands, Bound
from zhike.platform.money import from_units
from zhike.platform.rows import as_rows


def register_filters() -> None:
    register(
        Filter("band", _("Band"), by_query=_bands, kind="hidden", say=words, insight=True),
        Filter(
            "statistic",
            _("Group of a statistic"),
            by_query=cells.groups,
            kind="hidden",
            say_to=cells.words,
            insight=True,
        ),
    )


def parsed(value: str) -> tuple[Bands, Bound, Bound] | None:
    """``name:low:high``, either bound empty; anything else is no band."""
    name, *bounds = value.split(":")
    band = BANDS.get(name) or FORETOLD.get(name) or own.number_bands(name)
    if band is None or len(bounds) != 2:
        return None
    try:
        low, high = (_bound(text) for text in bounds)
    except ValueError:
        return None
    return band, low, high


def _bound(text: str) -> Bound:
    if not text:
        return None
    found = int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() else float(text)
    if not math.isfinite(found) or abs(found) > 10**18:
        raise ValueError(text)
    return found


def words(value: str) -> str:
    found = parsed(value)
    if found is None:
        return value
    band, low, high = found
    if low is None and high is None:
        return f"{band.label}: {_('unknown')}"
    return f"{band.label}: {band.words(low, high)}"


def _bands(query: QueryDict, _user: Any) -> Q:
    """Customers of every band that is named."""
    found = Q()
    for value in query.getlist("band"):
        known = parsed(value) if value else None
        found &= _band(*known) if known else conditions.NOBODY
    return found


def _band(band: Bands, low: Bound, high: Bound) -> Q:
    path = band.path
    if not path:
        return _as_published(band, low, high)
    whom = own.PROFILED if band.kind == "number" else Q()
    if low is None and high is None:
        return whom & Q(**{f"{path}__isnull": True})
    found = whom & Q(**{f"{path}__isnull": False})
    if low is not None:
        found &= Q(**{f"{path}__gte": _stored(band, low)})
    if high is not None:
        found &= Q(**{f"{path}__lt": _stored(band, high)})
    return found


def _stored(band: Bands, bound: int | float) -> Any:
    return from_units(round(bound)) if band.kind == "money" else bound


def _as_published(band: Bands, low: Bound, high: Bound) -> Q:
    """The band's name is one of a list of the program, the bounds travel as values."""
    if not snapshots.is_usable():
        return conditions.NOBODY
    if low is None and high is None:
        condition, values = f"{band.sql} IS NULL", {}
    else:
        asked = (("low", ">=", low), ("high", "<", high))
        bounds = [(name, sign, bound) for name, sign, bound in asked if bound is not None]
        condition = " AND ".join(f"{band.sql} {sign} ${name}" for name, sign, _bound in bounds)
        values = {name: bound for name, _sign, bound in bounds}
    text = f"SELECT LIST(c.customer_id) FROM customers c WHERE c.frequency > 0 AND {condition}"
    return Q(pk__in=as_rows(queries.snapshot().query(text, values or None)[0][0] or []))
