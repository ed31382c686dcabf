"""Dimensions that the company made: tags, own fields with choices, and its segments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.analytics.segments.comparisons import TAG_MARK
from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.models import CustomField
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.portfolio import own_filters
from zhike.crm.segments import fields
from zhike.crm.segments import queries as segment_queries
from zhike.crm.segments.choices import SegmentState
from zhike.crm.statistics.dimensions import OWN, Dimension, Drill, as_is, is_unknown

SEGMENT = "segment"
GROUPED = (FieldType.CHOICE, FieldType.BOOLEAN, FieldType.MULTIPLE)


def dimensions(base: Snapshot, known: Collection[str], segments: Mapping[int, str]) -> dict[str, Dimension]:
    """What has data. Where customers asked not to be profiled, "not filled in" has no list of its own."""
    complete = not _exempt(base)
    found = [_own_field(one, complete) for one in _fields() if f"people.{fields.own_column(one.pk)}" in known]
    if "people.tags" in known:
        found.append(_marked("tag", gettext_lazy("Tag"), "o.tags", _tag))
    if segments:
        found.append(_segments(segments))
    return {one.code: one for one in found}


def segments(user: Any) -> dict[int, str]:
    """Published segments that the person may see."""
    visible = segment_queries.visible_segments(user).filter(state=SegmentState.PUBLISHED)
    return dict(visible.values_list("pk", "name"))


def _exempt(base: Snapshot) -> bool:
    return bool(base.rows("SELECT 1 AS found FROM customers c WHERE {scope} AND NOT c.profiled LIMIT 1"))


def _fields() -> list[CustomField]:
    """As many as the customer list has filters for."""
    living = own_filters.living()[: own_filters.MAX_LISTED]
    return [one for one in living if one.field_type in GROUPED]


def _own_field(one: CustomField, complete: bool) -> Dimension:
    code, column = f"own_{one.pk}", f"o.{fields.own_column(one.pk)}"
    drill = _drill(one, complete)
    if one.field_type == FieldType.MULTIPLE:
        return _marked(code, one.title, column, drill)
    if one.field_type == FieldType.BOOLEAN:
        return Dimension(code, one.title, OWN, column, drill, _yes_or_no, joins=("own",))
    order = list(one.choices)
    return Dimension(code, one.title, OWN, column, drill, as_is, lambda _base: order, joins=("own",))


def _drill(one: CustomField, complete: bool) -> Drill:
    name = f"{own_filters.PREFIX}{one.key}"
    known = {True, False} if one.field_type == FieldType.BOOLEAN else set(one.choices)

    def filters(key: Any) -> dict[str, Any] | None:
        if is_unknown(key):
            return {name: None} if complete else None
        if key not in known:
            return None
        return {name: str(key).lower() if isinstance(key, bool) else key}

    return filters


def _yes_or_no(_base: Snapshot, _keys: list[Any]) -> dict[Any, str]:
    return {True: _("Yes"), False: _("No")}


def _tag(key: Any) -> dict[str, Any] | None:
    return None if is_unknown(key) else {"tag": key}


def _marked(code: str, label: Any, column: str, drill: Drill) -> Dimension:
    """Several values in one text: a customer counts in each; who has none counts as not filled in."""
    values = f"string_split(trim({column}, chr({ord(TAG_MARK)})), chr({ord(TAG_MARK)}))"
    sql = f"COALESCE({values}, [NULL])"
    return Dimension(code, label, OWN, sql, drill, as_is, joins=("own",), several=True, spread=True)


def _segments(names: Mapping[int, str]) -> Dimension:
    """Only members are counted: a customer of no segment is in none of the groups."""
    return Dimension(
        SEGMENT,
        gettext_lazy("Segment"),
        OWN,
        "s.segment",
        lambda key: {"segment": key},
        lambda _base, keys: {key: names.get(int(key), key) for key in keys},
        joins=("segments",),
        several=True,
    )
