"""What customers may be grouped by: attributes, tiers, owners, time, bands of numbers, own fields, segments.

Names are an allow-list: of an address nothing else reaches a query.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zhike.crm.customers.choices import BusinessModel, CustomerType, Gender, Kind, Size
from zhike.crm.insight import grouping, labels
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.prediction.choices import RhythmStatus
from zhike.crm.statistics.bands import BANDS, CONTACT, FORETOLD, Bands
from zhike.crm.statistics.drill import Filters
from zhike.crm.statistics.months import TIMES, Time
from zhike.data import industries, regions

#: Only the names of tiers need the snapshot.
Names = Callable[[Any, list[Any]], dict[Any, str]]
Drill = Callable[[Any], Filters | None]
Rows = Callable[[Any], Q]
CATEGORY, TIME, BAND, PROVINCE = "category", "time", "band", "province"

WHO, VALUE, CARE, BOUGHT, WHEN, PREDICTED, OWN = "who", "value", "care", "bought", "when", "predicted", "own"
GROUPS: dict[str, Promise] = {
    WHO: gettext_lazy("Who they are"),
    VALUE: gettext_lazy("Scores and tiers"),
    CARE: gettext_lazy("Who looks after them"),
    WHEN: gettext_lazy("When they came"),
    BOUGHT: gettext_lazy("What they buy"),
    PREDICTED: gettext_lazy("Predictions"),
    OWN: gettext_lazy("Own fields, tags and segments"),
}


@dataclass(frozen=True)
class Dimension:
    """``sql`` gives the key of a customer; ``drill`` the list's filters for a key, None where it has none.

    ``order`` names keys in their natural order, where size is not the better one. ``joins`` are tables beside
    the customers; ``several``: a customer may be in more than one group, so that groups do not
    add up; ``spread``: ``sql`` is a list, each value of which is a group. ``rows`` are the customers of a key
    in the store, where that needs no list of their numbers.
    """

    code: str
    label: Promise | str
    group: str
    sql: str
    drill: Drill
    names: Names
    order: Callable[[Snapshot], Sequence[Any]] | None = None
    kind: str = CATEGORY
    joins: tuple[str, ...] = ()
    several: bool = False
    spread: bool = False
    bands: Bands | None = None
    time: Time | None = None
    rows: Rows | None = None

    @property
    def private(self) -> bool:
        """Only for those who may see orders."""
        return self.bands is not None and self.bands.private

    def said(self, key: Any) -> str:
        """A group in words where no snapshot is at hand."""
        if self.code == "tier":
            return str(labels.tier_name(key))
        return str(self.names(None, [key]).get(key) or key)


def language() -> str:
    return get_language() or "zh"


def among(name: str, known: Collection[Any]) -> Drill:
    """The filter ``name`` for values that it knows, and for "not filled in"."""
    return lambda key: {name: key} if is_unknown(key) or key in known else None


def column_is(name: str) -> Rows:
    """Customers by a column of theirs; what is not filled in is empty, or nobody."""

    def rows(key: Any) -> Q:
        if not is_unknown(key):
            return Q(**{name: key})
        return Q(**{f"{name}__isnull": True}) if name.endswith("_id") else Q(**{name: ""})

    return rows


def plain(name: str) -> Drill:
    return lambda key: {name: key}


def as_is(_base: Snapshot, keys: list[Any]) -> dict[Any, str]:
    return {key: str(key) for key in keys}


def is_unknown(key: Any) -> bool:
    return key is None or key == ""


def _industry(key: Any) -> Filters | None:
    """A section stands for its divisions too in the list, so that alone it cannot be asked for."""
    found = industries.industry(key or "")
    return {"industry": key} if not key or (found and found.section) else None


def _section(key: Any) -> Filters | None:
    return {"industry": key}


#: Who has no province because the country is another one.
ABROAD = "abroad"
_HOME = ", ".join(f"'{word}'" for word in sorted(regions.CHINA))
_REGION = (
    f"CASE WHEN COALESCE(c.region, '') = '' AND lower(COALESCE(c.country, '')) NOT IN ({_HOME}) "
    f"THEN '{ABROAD}' ELSE c.region END"
)


def _region(key: Any) -> Filters | None:
    """Who has no province may live abroad: the list's filter cannot tell."""
    return {"province": key} if key in _PROVINCES else None


def _in_region(key: Any) -> Q:
    if not is_unknown(key) and key != ABROAD:
        return Q(province=key)
    home = reduce(or_, (Q(country__iexact=word) for word in regions.CHINA))
    return Q(province="") & (~home if key == ABROAD else home)


def _region_names(_base: Snapshot, keys: list[Any]) -> dict[Any, str]:
    return {key: regions.label(key, language()) for key in keys if key} | {ABROAD: _("Abroad")}


def _city(key: Any) -> Filters | None:
    return {"city": key} if not key or regions.city(key) else None


_PROVINCES = [unit.code for unit in regions.provinces()]
_SECTIONS = ", ".join(f"('{unit.code}', '{unit.section or unit.code}')" for unit in industries.industries())
#: The section of every industry, as a table beside the customers.
SECTIONS = f"(VALUES {_SECTIONS}) g(code, section)"

#: The list's filters for the attributes, where a key stands for exactly its customers.
_DRILLS: dict[str, Drill] = {
    "industry": _industry,
    "size": among("size", Size.values),
    "type": among("customer_type", CustomerType.values),
    "model": among("business_model", BusinessModel.values),
    "kind": among("kind", Kind.values),
    "gender": among("gender", Gender.values),
}
#: Attributes that stand with the customer.
_COLUMNS = {
    **{code: grouping.DIMENSIONS[code].column for code in ("industry", "size", "type", "model", "kind")},
    **{code: grouping.DIMENSIONS[code].column for code in ("gender", "country", "source", "owner", "team")},
}
_GROUP_OF = {"tier": VALUE, "stage": VALUE, "owner": CARE, "team": CARE}


def _attribute(one: grouping.Dimension) -> Dimension:
    if one.code == "region":
        return Dimension(
            one.code, one.label, WHO, _REGION, _region, _region_names, kind=PROVINCE, rows=_in_region
        )
    return Dimension(
        one.code,
        one.label,
        _GROUP_OF.get(one.code, WHO),
        f"c.{one.column}",
        _DRILLS.get(one.code) or plain(one.filter),
        one.names,
        one.order,
        rows=column_is(_COLUMNS[one.code]) if one.code in _COLUMNS else None,
    )


_WHO = (
    Dimension(
        "city",
        gettext_lazy("City"),
        WHO,
        "c.city",
        _city,
        lambda _base, keys: {key: regions.label(key, language()) for key in keys if key},
        rows=column_is("city"),
    ),
    Dimension(
        "sector",
        gettext_lazy("Industry section"),
        WHO,
        "g.section",
        _section,
        lambda _base, keys: {key: industries.label(key, language()) for key in keys if key},
        joins=("sections",),
    ),
)


def _fifth(name: str, label: Promise) -> Dimension:
    return Dimension(
        name,
        label,
        VALUE,
        f"NULLIF(c.{name}_score, 0)",
        lambda key: {name: key} if key else None,
        as_is,
        lambda _base: (5, 4, 3, 2, 1),
    )


_VALUE = (
    Dimension(
        "rfm",
        gettext_lazy("RFM segment"),
        VALUE,
        "c.rfm_segment",
        plain("rfm_segment"),
        lambda _base, keys: {key: labels.rfm_name(key) for key in keys if key},
        lambda _base: labels.RFM_SEGMENTS,
    ),
    Dimension(
        "abc",
        gettext_lazy("ABC class"),
        VALUE,
        "c.abc_class",
        plain("abc"),
        lambda _base, keys: {key: labels.abc_name(key) for key in keys if key},
        lambda _base: ("A", "B", "C"),
    ),
    _fifth("r", gettext_lazy("R score")),
    _fifth("f", gettext_lazy("F score")),
    _fifth("m", gettext_lazy("M score")),
)


def timed(one: Time, group: str, joins: tuple[str, ...] = ()) -> Dimension:
    def names(_base: Snapshot, keys: list[Any]) -> dict[Any, str]:
        return {key: one.words(key) for key in keys}

    return Dimension(
        one.code, one.label, group, one.sql, one.filters, names, kind=TIME, joins=joins, time=one
    )


def unlisted(_key: Any) -> Filters | None:
    """The customer list has no filter of its own."""
    return None


def banded(one: Bands, group: str, joins: tuple[str, ...] = ()) -> Dimension:
    """Keys are the places of the bands; what they mean is known once the cut-points are."""
    return Dimension(one.name, one.label, group, one.sql, unlisted, as_is, kind=BAND, joins=joins, bands=one)


FIXED: dict[str, Dimension] = {
    one.code: one
    for one in (
        *(_attribute(one) for one in grouping.DIMENSIONS.values()),
        *_WHO,
        *_VALUE,
        *(timed(one, WHEN) for one in TIMES),
        *(banded(one, BOUGHT) for one in BANDS.values()),
    )
}
#: Needs the base that holds predictions, tags, own fields and segments beside the snapshot.
FORETOLD_DIMENSIONS: dict[str, Dimension] = {
    **{one.name: banded(one, PREDICTED, ("people",)) for one in FORETOLD.values()},
    "rhythm_status": Dimension(
        "rhythm_status",
        gettext_lazy("Purchase rhythm"),
        PREDICTED,
        "x.rhythm_status",
        unlisted,
        lambda _base, keys: {key: str(RhythmStatus(key).label) for key in keys if key in RhythmStatus.values},
        lambda _base: list(RhythmStatus.values),
        joins=("people",),
    ),
    CONTACT.name: banded(CONTACT, CARE, ("own",)),
}
#: One click each.
READY = ("region", "industry", "size", "type", "gender", "model", "source", "tier", "stage", "owner")


def name_of(key: Any, names: dict[Any, str]) -> str:
    return _("Not filled in") if is_unknown(key) else str(names.get(key) or key)
