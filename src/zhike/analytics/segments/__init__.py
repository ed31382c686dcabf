"""One language for conditions about customers: read, asked of the engine, judged in plain Python.

read({"v": 1, "entity": "customer", "root": {...}}, catalogue)  -> Definition, or all problems by JSON pointer
members(definition, catalogue, as_of)                           -> one portable SELECT of customer_id
definition.root.holds(person, as_of)                            -> the same for one customer, engineless
"""

from zhike.analytics.segments.catalogue import Catalogue, Changing, Field, Occasion, Source, by_name
from zhike.analytics.segments.compiling import (
    Query,
    alone,
    count,
    explain,
    funnel,
    members,
    own_values,
    truths,
)
from zhike.analytics.segments.order import SegmentCycleError, evaluation_order
from zhike.analytics.segments.reading import KINDS, leaf, read
from zhike.analytics.segments.saying import say, say_own
from zhike.analytics.segments.standard import NO_TIER, levels_of, standard_catalogue
from zhike.analytics.segments.tree import Definition, Group, Node, Not, Person, leaves

__all__ = [
    "KINDS",
    "NO_TIER",
    "Catalogue",
    "Changing",
    "Definition",
    "Field",
    "Group",
    "Node",
    "Not",
    "Occasion",
    "Person",
    "Query",
    "SegmentCycleError",
    "Source",
    "alone",
    "by_name",
    "count",
    "evaluation_order",
    "explain",
    "funnel",
    "leaf",
    "leaves",
    "levels_of",
    "members",
    "own_values",
    "read",
    "say",
    "say_own",
    "standard_catalogue",
    "truths",
]
