"""What a condition may speak about: fields, sources of rows, dates that come round, classes that change.

The catalogue is the list of allowed names. A definition is read against it, the builder offers it, and the
compiler writes no column that it does not hold. Types decide the operators (``comparisons``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from zhike.analytics.words import Words

TEXT, CHOICE, LEVEL, NUMBER, MONEY, SHARE, DATE, FLAG, TAGS = (
    "text",
    "choice",
    "level",
    "number",
    "money",
    "share",
    "date",
    "flag",
    "tags",
)
TYPES = (TEXT, CHOICE, LEVEL, NUMBER, MONEY, SHARE, DATE, FLAG, TAGS)


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a customer or of a row of a source.

    ``column`` is where the engine finds it. Money is held there in 1/10,000 of the base currency and written
    in definitions as a decimal string; dates are day numbers there, ISO dates in definitions. ``privacy`` is
    "" or the capability without which a person may not use the field. ``dated`` is the column with the day
    number of a score that can be out of date. The ``choices`` of an ``open`` field are offered, not demanded:
    cities, people and tags come and go, and a definition that names a former one still reads. An
    ``only_counted`` field is a key: different ones are counted, nothing else is asked of it.

    A level is a choice with an order: ``choices`` run from the lowest, the column holds the place among them
    (the first is 0), and definitions name the code, which means the same when the places shift. ``former``
    are codes that were choices once: a definition that names one is told so.
    """

    name: str
    type: str
    words: Words
    column: str
    unit: str = ""
    privacy: str = ""
    choices: tuple[tuple[str, Words], ...] = ()
    dated: str = ""
    open: bool = False
    only_counted: bool = False
    former: tuple[tuple[str, Words], ...] = ()

    @property
    def levels(self) -> tuple[str, ...]:
        """The codes in their order."""
        return tuple(code for code, _words in self.choices)


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of customers that can be counted and summed: orders, contacts, returns …

    ``relation`` has customer_id, day and the columns of ``fields``.
    """

    name: str
    words: Words
    relation: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Occasion:
    """A date that comes round every year; ``column`` holds the day number of its next occurrence."""

    name: str
    words: Words
    column: str


@dataclass(frozen=True, slots=True)
class Changing:
    """A class whose changes are recorded: ``relation`` has customer_id, day, before and after (codes).

    ``former`` codes are no choice any more, but the past still has them, and conditions may ask for them.
    """

    name: str
    words: Words
    relation: str
    choices: tuple[tuple[str, Words], ...] = ()
    former: tuple[tuple[str, Words], ...] = ()


Named = TypeVar("Named", Field, Source, Occasion, Changing)


def by_name(items: Iterable[Named]) -> Mapping[str, Named]:
    return MappingProxyType({item.name: item for item in items})


@dataclass(frozen=True)
class Catalogue:
    """Everything that definitions may name. ``customers`` is the relation with one row per customer."""

    fields: Mapping[str, Field]
    sources: Mapping[str, Source] = field(default_factory=dict)
    occasions: Mapping[str, Occasion] = field(default_factory=dict)
    changing: Mapping[str, Changing] = field(default_factory=dict)
    customers: str = "customers"
    members: str = "members"
    buckets: str = "buckets"
    list_members: str = "list_members"
