"""What stands on which day: tasks, and what other rooms put there.

A source is ``source(user, first, last) -> Iterable[Entry]`` and returns only what the user may see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time
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

SOURCES: dict[str, Source] = {}


def register_source(source: Source, name: str = "") -> Source:
    """Called once when the rooms are set up; the same name again replaces the source."""
    SOURCES[name or f"{source.__module__}.{source.__qualname__}"] = source
    return source


def entries(user: Any, first: date, last: date) -> list[Entry]:
    """Everything that the user sees from ``first`` to ``last``, by day and time; days without time first."""
    found = [entry for source in SOURCES.values() for entry in source(user, first, last)]
    return sorted(found, key=_order)


def _order(entry: Entry) -> tuple[date, time, str, str]:
    return entry.on, entry.at or time.min, entry.label, entry.key
