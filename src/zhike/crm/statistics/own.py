"""Dimensions that the company made: tags, own fields with choices or numbers, and its segments."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhike.analytics.segments.comparisons import TAG_MARK
from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.models import CustomField, Tag
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.portfolio import own_filters
from zhike.crm.segments import fields
from zhike.crm.segments import queries as segment_queries
from zhike.crm.segments.choices import SegmentState
from zhike.crm.statistics import numbers, sources, whom
from zhike.crm.statistics.bands import Bands
from zhike.crm.statistics.dimensions import (
    OWN,
    Dimension,
    Drill,
    Rows,
    as_is,
    banded,
    is_unknown,
    timed,
    unlisted,
)
from zhike.crm.statistics.measures import OWN as OWN_MEASURES
from zhike.crm.statistics.measures import Measure
from zhike.crm.statistics.months import Time
from zhike.platform.requests import number_of

SEGMENT = "segment"
TAG_LABEL, SEGMENT_LABEL = gettext_lazy("Tag"), pgettext_lazy("of customers", "Segment")
GROUPED = (FieldType.CHOICE, FieldType.BOOLEAN, FieldType.MULTIPLE, FieldType.NUMBER, FieldType.DATE)
#: Parts of the year by which a day is grouped, and the mark of their dimension.
SPANS = ((12, "", gettext_lazy("%(what)s (month)")), (1, "_year", gettext_lazy("%(what)s (year)")))
#: The base, and so a statistic of what it holds, leaves out who asked not to be profiled.
PROFILED = Q(no_profiling=False)


def dimensions(base: Snapshot, known: Collection[str], segments: Mapping[int, str]) -> dict[str, Dimension]:
    """What has data. Where customers asked not to be profiled, "not filled in" has no list of its own."""
    complete = not has_exempt(base)
    usable = [one for one in _fields() if f"people.{fields.own_column(one.pk)}" in known]
    found = [dimension for one in usable for dimension in _own_field(one, complete)]
    if "people.tags" in known:
        found.append(_marked("tag", TAG_LABEL, "x.tags", _tag if complete else unlisted, _tagged))
    if segments:
        found.append(_segments(segments))
    return {one.code: one for one in found}


def measures(known: Collection[str]) -> dict[str, Measure]:
    """Numbers summed, averaged and halved; of questions of yes or no the share of yes."""
    found: list[Measure] = []
    for one in _fields():
        column = fields.own_column(one.pk)
        if f"people.{column}" not in known:
            continue
        if one.field_type == FieldType.NUMBER:
            makers = (numbers.total, numbers.mean, numbers.median)
            found += [make(_bands(one), OWN_MEASURES, "people") for make in makers]
        elif one.field_type == FieldType.BOOLEAN:
            found.append(numbers.share_of_yes(f"own_{one.pk}", one.title, f"x.{column}", OWN_MEASURES))
    return {one.code: one for one in found}


def label_of(code: str) -> str:
    """The name of one of these dimensions, whether it has data or not."""
    if code == whom.MEMBERSHIP:
        return str(whom.LABEL)
    if code in ("tag", SEGMENT):
        return str(TAG_LABEL if code == "tag" else SEGMENT_LABEL)
    return next((one.title for one in _fields() if code.removesuffix("_year") == f"own_{one.pk}"), code)


def say(user: Any, code: str, key: Any) -> str:
    """A group of one of these dimensions in words; a segment that the person does not see has no name."""
    if code == whom.MEMBERSHIP:
        return whom.say(key)
    if isinstance(key, bool):
        return _("Yes") if key else _("No")
    if isinstance(key, int):
        return Time(code, "", 1 if code.endswith("_year") else 12).words(key)
    if code == SEGMENT:
        return segments(user).get(number_of(str(key)) or 0, str(key))
    return str(key)


def number_bands(code: str) -> Bands | None:
    """The bands of an own number field, by the code of its dimension."""
    one = next((one for one in _fields() if code == f"own_{one.pk}"), None)
    return _bands(one) if one is not None and one.field_type == FieldType.NUMBER else None


def _bands(one: CustomField) -> Bands:
    column = f"x.{fields.own_column(one.pk)}"
    return Bands(f"own_{one.pk}", one.title, "number", column=column, path=f"custom__{one.key}")


def segments(user: Any) -> dict[int, str]:
    """Published segments that the person may see."""
    visible = segment_queries.visible_segments(user).filter(state=SegmentState.PUBLISHED)
    return dict(visible.values_list("pk", "name"))


#: The base knows nothing of them; the snapshot may have heard later that they asked for it.
_LEFT_OUT = (
    "SELECT 1 AS found FROM customers c ANTI JOIN extra.people x ON x.customer_id = c.customer_id "
    "WHERE {scope} AND c.frequency > 0 LIMIT 1"
)


def has_exempt(base: Snapshot) -> bool:
    """Whether somebody whom the person sees asked not to be profiled."""
    return bool(sources.wide(base).rows(_LEFT_OUT))


def _fields() -> list[CustomField]:
    """As many as the customer list has filters for."""
    living = own_filters.living()[: own_filters.MAX_LISTED]
    return [one for one in living if one.field_type in GROUPED and "__" not in one.key]


def _own_field(one: CustomField, complete: bool) -> list[Dimension]:
    if one.field_type == FieldType.NUMBER:
        return [banded(_bands(one), OWN, ("own",))]
    if one.field_type == FieldType.DATE:
        return _own_days(one, complete)
    code, column = f"own_{one.pk}", f"x.{fields.own_column(one.pk)}"
    drill, rows = _drill(one) if complete else unlisted, _rows(one)
    if one.field_type == FieldType.MULTIPLE:
        return [_marked(code, one.title, column, drill, rows)]
    return [_chosen(one, code, column, drill, rows)]


def _own_days(one: CustomField, complete: bool) -> list[Dimension]:
    """By month and by year."""
    column, name = f"x.{fields.own_column(one.pk)}", f"{own_filters.PREFIX}{one.key}"
    names = (f"{name}.from", f"{name}.to") if complete else None
    return [
        timed(
            Time(f"own_{one.pk}{mark}", str(words) % {"what": one.title}, parts, column, names), OWN, ("own",)
        )
        for parts, mark, words in SPANS
    ]


def _chosen(one: CustomField, code: str, column: str, drill: Drill, rows: Rows) -> Dimension:
    order = None if one.field_type == FieldType.BOOLEAN else list(one.choices)
    return Dimension(
        code,
        one.title,
        OWN,
        column,
        drill,
        _yes_or_no if order is None else as_is,
        None if order is None else lambda _base: order,
        joins=("own",),
        rows=rows,
    )


def _rows(one: CustomField) -> Rows:
    """Only what is not filled in, or was a choice once, has no filter of the list's own."""
    path = f"custom__{one.key}"

    def rows(key: Any) -> Q:
        if key is None:
            return PROFILED & Q(**{f"{path}__isnull": True})
        if one.field_type != FieldType.MULTIPLE:
            return PROFILED & Q(**{path: key})
        # One store keeps other alphabets as they are, one as escapes.
        texts = (json.dumps(key), json.dumps(key, ensure_ascii=False))
        return PROFILED & (Q(**{f"{path}__icontains": texts[0]}) | Q(**{f"{path}__icontains": texts[1]}))

    return rows


def _drill(one: CustomField) -> Drill:
    name = f"{own_filters.PREFIX}{one.key}"
    known = {True, False} if one.field_type == FieldType.BOOLEAN else set(one.choices)

    def filters(key: Any) -> dict[str, Any] | None:
        if is_unknown(key):
            return {name: None}
        if key not in known:
            return None
        return {name: str(key).lower() if isinstance(key, bool) else key}

    return filters


def _yes_or_no(_base: Snapshot, _keys: list[Any]) -> dict[Any, str]:
    return {True: _("Yes"), False: _("No")}


def _tag(key: Any) -> dict[str, Any] | None:
    return None if is_unknown(key) else {"tag": key}


def _tagged(key: Any) -> Q:
    if is_unknown(key):
        return PROFILED & Q(tags__isnull=True)
    with_tag = Tag.objects.filter(name=key).values("customers__pk")
    return PROFILED & Q(pk__in=with_tag)


def _marked(code: str, label: Any, column: str, drill: Drill, rows: Rows) -> Dimension:
    """Several values in one text: a customer counts in each; who has none counts as not filled in."""
    values = f"string_split(trim({column}, chr({ord(TAG_MARK)})), chr({ord(TAG_MARK)}))"
    sql = f"COALESCE({values}, [NULL])"
    return Dimension(
        code, label, OWN, sql, drill, as_is, joins=("own",), several=True, spread=True, rows=rows
    )


def _segments(names: Mapping[int, str]) -> Dimension:
    """Only members are counted: a customer of no segment is in none of the groups."""
    return Dimension(
        SEGMENT,
        SEGMENT_LABEL,
        OWN,
        "CAST(s.ref AS VARCHAR)",
        lambda key: {"segment": key},
        lambda _base, keys: {key: names.get(int(key), key) for key in keys},
        joins=("segments",),
        several=True,
    )
