"""What stands on which day: tasks, and what other rooms put there.

A source is ``source(user, first, last) -> Iterable[Entry]`` and returns only what the user may see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One line of the calendar. ``key`` is stable: feeds tell by it that an entry is the same one.

    ``kind`` is a short code that the filter knows (task, step, care …), ``detail`` a quieter second line.
    """

    key: str
    kind: str
    on: date
    label: str
    at: time | None = None
    url: str = ""
    detail: str = ""
    icon: str = "checkbox"
    color: str = "blue"
    done: bool = False
    expected: bool = False


Source = Callable[[Any, date, date], Iterable[Entry]]

# A source is asked for so many days at a time; feeds look this far ahead unless a source reaches further.
SPAN, REACH = timedelta(days=42), timedelta(days=34)


@dataclass(frozen=True)
class Registered:
    source: Source
    reach: timedelta


SOURCES: dict[str, Registered] = {}


def register_source(source: Source, name: str = "", *, reach: timedelta = REACH) -> Source:
    """Called once when the rooms are set up; the same name again replaces the source."""
    SOURCES[name or f"{source.__module__}.{source.__qualname__}"] = Registered(source, reach)
    return source


def entries(user: Any, first: date, last: date) -> list[Entry]:
    """Everything that the user sees from ``first`` to ``last``, by day and time; days without time first."""
    return sorted(_from_all(user, first, last, None), key=_order)


def entries_ahead(user: Any, first: date, today: date, last: date) -> list[Entry]:
    """The same for a long time, each source no further ahead of ``today`` than it reaches."""
    return sorted(_from_all(user, first, last, today), key=_order)


def _from_all(user: Any, first: date, last: date, today: date | None) -> Iterator[Entry]:
    for found in SOURCES.values():
        end = last if today is None else min(last, today + found.reach)
        start = first
        while start <= end:
            stop = min(start + SPAN - timedelta(days=1), end)
            yield from found.source(user, start, stop)
            start = stop + timedelta(days=1)


def _order(entry: Entry) -> tuple[date, time, str, str]:
    return entry.on, entry.at or time.min, entry.label, entry.key
