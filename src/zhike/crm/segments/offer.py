"""What the builder offers: the catalogue and its words as plain data, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from zhike.analytics.engine.session import identifier
from zhike.analytics.features import CATALOGUE as FEATURES
from zhike.analytics.segments import Catalogue, Field, standard_catalogue
from zhike.analytics.segments.behaviour import FUNCTIONS
from zhike.analytics.segments.catalogue import CHOICE, LEVEL
from zhike.analytics.segments.comparisons import OPERATORS
from zhike.analytics.segments.standard import ATTRIBUTES
from zhike.analytics.words import Words
from zhike.crm.customers import lists
from zhike.crm.insight import labels
from zhike.crm.segments import base, fields, purchases, queries
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.fields import Choices
from zhike.platform.permissions import allowed

WHO, BUYING, SCORES, PREDICTED, OWN = "who", "buying", "scores", "predicted", "own"
GROUPS: Mapping[str, str | Promise] = {
    WHO: gettext_lazy("Who they are"),
    BUYING: gettext_lazy("What they buy"),
    SCORES: gettext_lazy("Scores and tiers"),
    PREDICTED: gettext_lazy("Predictions"),
    OWN: gettext_lazy("Own fields"),
}
_STANDARD = frozenset(standard_catalogue().fields)
_ATTRIBUTES = frozenset(name for name, _words in ATTRIBUTES)
_KNOWN = ("owner", "team", "tags", "created", "last_contact", "days_since_contact", "has_phone", "has_email")
_OPERATORS: Mapping[str, str | Promise] = {
    "eq": pgettext_lazy("comparison", "is"),
    "neq": pgettext_lazy("comparison", "is not"),
    "gt": pgettext_lazy("comparison", "is above"),
    "gte": pgettext_lazy("comparison", "is at least"),
    "lt": pgettext_lazy("comparison", "is below"),
    "lte": pgettext_lazy("comparison", "is at most"),
    "between": pgettext_lazy("comparison", "is between"),
    "in": pgettext_lazy("comparison", "is one of"),
    "not_in": pgettext_lazy("comparison", "is none of"),
    "contains": pgettext_lazy("comparison", "contains"),
    "not_contains": pgettext_lazy("comparison", "does not contain"),
    "starts_with": pgettext_lazy("comparison", "begins with"),
    "ends_with": pgettext_lazy("comparison", "ends with"),
    "contains_any": pgettext_lazy("comparison", "has one of"),
    "contains_all": pgettext_lazy("comparison", "has all of"),
    "contains_none": pgettext_lazy("comparison", "has none of"),
    "known": pgettext_lazy("comparison", "is known"),
    "unknown": pgettext_lazy("comparison", "is not known"),
}
_DATED: Mapping[str, str | Promise] = {
    "gt": pgettext_lazy("comparison", "is after"),
    "gte": pgettext_lazy("comparison", "is on or after"),
    "lt": pgettext_lazy("comparison", "is before"),
    "lte": pgettext_lazy("comparison", "is on or before"),
}
_FUNCTIONS: Mapping[str, str | Promise] = {
    "count": pgettext_lazy("aggregate", "number"),
    "count_distinct": pgettext_lazy("aggregate", "number of different"),
    "sum": pgettext_lazy("aggregate", "sum of"),
    "avg": pgettext_lazy("aggregate", "average of"),
    "min": pgettext_lazy("aggregate", "smallest"),
    "max": pgettext_lazy("aggregate", "largest"),
}
_UNITS: Mapping[str, str | Promise] = {
    "days": gettext_lazy("days"),
    "orders": pgettext_lazy("unit", "orders"),
    "products": pgettext_lazy("unit", "products"),
    "pieces": pgettext_lazy("unit", "pieces"),
    "categories": pgettext_lazy("unit", "categories"),
}
_TYPES: Mapping[str, str | Promise] = {
    "money": pgettext_lazy("type of a value", "amount"),
    "share": pgettext_lazy("type of a value", "percent"),
    "date": pgettext_lazy("type of a value", "date"),
    "flag": pgettext_lazy("type of a value", "yes or no"),
    "tags": pgettext_lazy("type of a value", "tags"),
    "text": pgettext_lazy("type of a value", "text"),
    "choice": pgettext_lazy("type of a value", "choice"),
    "level": pgettext_lazy("type of a value", "choice"),
    "number": pgettext_lazy("type of a value", "number"),
}

Pairs = list[tuple[str, str]]
MOST_VALUES = 1_000


def catalogue(
    found: Catalogue, user: Any, besides: int | None = None, definition: Any = None
) -> dict[str, Any]:
    """Fields, sources, dates, changes, segments and lists, as the builder draws them.

    Values that nobody has are not offered, unless the definition names them.
    """
    named = json.dumps(definition, ensure_ascii=False)
    found = purchases.named(found, definition)
    return {
        "groups": [(code, str(title)) for code, title in GROUPS.items()],
        "fields": [
            {**_field(_with_values(field, named)), "group": group_of(name)}
            for name, field in found.fields.items()
            if not field.privacy or allowed(user, field.privacy)
        ],
        "sources": [
            {
                "name": name,
                "label": _title(source.words),
                "fields": [_field(f) for f in source.fields.values()],
            }
            for name, source in found.sources.items()
        ],
        "occasions": [
            {"name": name, "label": _title(occasion.words)} for name, occasion in found.occasions.items()
        ],
        "changing": [
            {
                "name": name,
                "label": _title(changing.words),
                "choices": _pairs((*changing.choices, *_named_of(changing.former, named))),
            }
            for name, changing in found.changing.items()
        ],
        "segments": _segments(user, besides),
        "lists": [(one.pk, one.name) for one in lists.lists_of(user)[:1_000]],
    }


def group_of(name: str) -> str:
    """Under which heading a field stands."""
    if name in _ATTRIBUTES or name in _KNOWN:
        return WHO
    if name in FEATURES:
        return BUYING
    if name.startswith("custom."):
        return OWN
    return SCORES if name in _STANDARD else PREDICTED


def _field(field: Field) -> dict[str, Any]:
    unit = _UNITS.get(field.unit, "")
    return {
        "name": field.name,
        "label": _title(field.words),
        "type": field.type,
        "unit": str(unit),
        "hint": str(unit or _TYPES.get(field.type, "")),
        "choices": _pairs(field.choices),
        "dated": bool(field.dated),
        "counted": field.only_counted,
        "lookup": reverse("segments:products") if field.name == purchases.PRODUCT else "",
    }


def _with_values(field: Field, named: str) -> Field:
    """A field of many values with those that occur; one without any list of values gets them as they are."""
    if field.type == LEVEL:
        return replace(field, choices=(*field.choices, *_named_of(fields.marked_former(field.former), named)))
    if field.type != CHOICE or not (field.open or not field.choices):
        return field
    values = _occurring(field.column)
    if not field.choices:
        return replace(field, choices=tuple((value, Words(value, value)) for value in values))
    kept = {*values, *(code for code, _words in field.choices if f'"{code}"' in named)}
    return replace(field, choices=tuple(pair for pair in field.choices if pair[0] in kept))


def _named_of(former: Choices, named: str) -> Choices:
    """What is no choice any more, but is named by the definition that is being edited."""
    return tuple(pair for pair in former if f'"{pair[0]}"' in named)


def _occurring(column: str) -> tuple[str, ...]:
    meta = base.meta()
    return _read_values(column, str(base.directory()), json.dumps(meta["extra"])) if meta else ()


@lru_cache(maxsize=64)
def _read_values(column: str, _directory: str, _publication: str) -> tuple[str, ...]:
    """What a column holds, the most frequent first; read once for each publication of the base."""
    name = identifier(column)
    order = f"ORDER BY COUNT(*) DESC, 1 LIMIT {MOST_VALUES}"
    rows = base.reader().query(f"SELECT {name} FROM people WHERE {name} <> '' GROUP BY 1 {order}")
    return tuple(str(row[0]) for row in rows)


def _pairs(choices: Iterable[tuple[str, Words]]) -> Pairs:
    return [(code, labels.say(words)) for code, words in choices]


def _title(words: Words) -> str:
    text = labels.say(words)
    return text[:1].upper() + text[1:]


def _segments(user: Any, besides: int | None) -> Pairs:
    found = queries.visible_segments(user).filter(state=SegmentState.PUBLISHED)
    found = found.exclude(pk=besides) if besides else found
    return [(str(pk), name) for pk, name in found.order_by("name").values_list("pk", "name")[:1_000]]


def operators() -> dict[str, Pairs]:
    """By type of value, in the order in which they are offered."""
    return {
        kind: [
            (code, str((_DATED if kind == "date" else {}).get(code) or _OPERATORS[code])) for code in codes
        ]
        for kind, codes in OPERATORS.items()
    }


def functions() -> Pairs:
    return [(code, str(_FUNCTIONS[code])) for code in FUNCTIONS]


def units() -> Pairs:
    return [("day", _("days")), ("week", _("weeks")), ("month", _("months")), ("year", _("years"))]


def words() -> dict[str, str]:
    """What the builder's scripts say."""
    return {**_sentence_words(), **_acting_words(), **_answering_words()}


def _sentence_words() -> dict[str, str]:
    return {
        "all": _("All of"),
        "anyOf": _("Any of"),
        "none": _("None of"),
        "apply": _("these apply:"),
        "joined": _("How the conditions are joined"),
        "is": pgettext("comparison", "is"),
        "and": pgettext("between two values", "and"),
        "to": pgettext("between two values", "to"),
        "yes": _("Yes"),
        "no": _("No"),
        "value": pgettext("of a condition", "Value"),
        "operator": _("Comparison"),
        "function": _("Calculation"),
        "measured": _("Of what"),
        "window": _("Period"),
        "unit": _("Unit"),
        "which": _("First or last"),
        "inLast": _("in the last"),
        "betweenDates": _("between dates"),
        "ever": _("at any time"),
        "from": pgettext("date", "From"),
        "until": pgettext("date", "before"),
        "times": pgettext("count", "times"),
        "days": _("days"),
        "daysUnit": _("days"),
        "count": _("number"),
        "orderCount": _("number of orders"),
        "boughtProduct": _("Bought a product …"),
        "boughtCategory": _("Bought from a category …"),
        "boughtHint": _("how often, in which period"),
        "sum": pgettext("aggregate", "sum"),
        "sinceLast": _("days since the last"),
        "sinceFirst": _("days since the first"),
        "changed": pgettext("class", "changed"),
        "movedFrom": _("moved from"),
        "movedTo": pgettext("class", "to"),
        "any": _("any"),
        "comesIn": _("comes in"),
        "inSegment": _("Member of segment"),
        "inList": _("Member of customer list"),
        "bucket": _("Random part"),
        "bucketHint": _("A stable part of all customers, drawn by this name; another name draws anew."),
        "drawnBy": _("drawn by"),
        "share": _("Percent"),
        "where": _("only some …"),
        "onlyWhere": _("Counted are only rows where:"),
        "missing": _("Customers of whom this is not known count too"),
        "maxAge": _("not older than"),
        "aggregateHint": _("calculated from single rows"),
        "occasionHint": _("comes every year"),
        "behaviour": _("What they did"),
        "changes": _("Changes"),
        "occasions": _("Dates that come round"),
        "others": _("Segments, lists, chance"),
    }


def _acting_words() -> dict[str, str]:
    return {
        "addCondition": _("Condition"),
        "addGroup": _("Group"),
        "emptyRoot": _("No condition yet: everybody is in."),
        "emptyGroup": _("Empty: add a condition or drag one here. An empty group does not count."),
        "fillGroup": _("This group is empty. Add a condition to it or remove it."),
        "choose": _("Choose …"),
        "type": _("Type and press Enter"),
        "search": _("Search what to ask about"),
        "nothing": _("Nothing found."),
        "remove": _("Remove"),
        "repeat": _("Duplicate"),
        "more": _("Move or remove"),
        "drag": _("Drag to move"),
        "moveUp": _("Move up"),
        "moveDown": _("Move down"),
        "moveIn": _("Into a group"),
        "moveOut": _("Out of the group"),
        "moved": _("Moved."),
        "cannotMove": _("It cannot be moved there."),
        "removed": _("Removed."),
        "takenBack": _("Taken back."),
        "unknownKind": _("This product does not know this kind of condition."),
        "unknownField": _("There is nothing under this name (any more)."),
        "notJson": _("This is not valid JSON."),
        "onlyFirst": _("Only the first"),
        "howMany": _("How many"),
        "by": pgettext("order", "by"),
        "order": pgettext("sorting", "Order"),
        "highest": _("highest first"),
        "lowest": _("lowest first"),
    }


def _answering_words() -> dict[str, str]:
    return {
        "sample": _("For example"),
        "nobody": _("No customer found."),
        "failed": _("The count failed. It is tried again with the next change."),
        "has": _("has: %s"),
        "mend": _("Mend the marked conditions to see the count."),
        "open": _("Conditions that are not complete yet and not counted: %s"),
    }
