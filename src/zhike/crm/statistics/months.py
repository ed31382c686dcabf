"""Time on an axis: the month, quarter or year of an order, a record, or a day that the company keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: Of longer spans, such as one with a mistyped year, only what is there is shown.
LONGEST = 1200


@dataclass(frozen=True)
class Time:
    """A key is year × ``parts`` + the part of the year, so that keys follow each other.

    ``column`` counts days since 1970; ``names`` are the customer list's filters for the first and the last
    day, None where it has none.
    """

    code: str
    label: Promise | str
    parts: int
    column: str = "c.first_order"
    names: tuple[str, str] | None = ("first_order_from", "first_order_to")

    @property
    def sql(self) -> str:
        day = f"DATE '1970-01-01' + CAST({self.column} AS INTEGER)"
        part = {12: f"month({day})", 4: f"quarter({day})", 1: "1"}[self.parts]
        return f"year({day}) * {self.parts} + {part} - 1"

    def words(self, key: int | None) -> str:
        if key is None:
            return ""
        year, part = divmod(key, self.parts)
        if self.parts == 4:
            return _("%(year)s Q%(quarter)s") % {"year": year, "quarter": part + 1}
        return f"{year}-{part + 1:02d}" if self.parts == 12 else str(year)

    def first_day(self, key: int) -> date:
        year, part = divmod(key, self.parts)
        return date(year, part * 12 // self.parts + 1, 1)

    def filters(self, key: int | None) -> dict[str, date] | None:
        if key is None or self.names is None:
            return None
        first, last = self.names
        return {first: self.first_day(key), last: self.first_day(key + 1) - timedelta(days=1)}


def between(keys: list[int]) -> Iterator[int]:
    """All keys from the first to the last: nothing happened is a point of a line, too."""
    whole = bool(keys) and max(keys) - min(keys) <= LONGEST
    return iter(range(min(keys), max(keys) + 1)) if whole else iter(sorted(keys))


TIMES = (
    Time("month", gettext_lazy("Month of the first order"), 12),
    Time("quarter", gettext_lazy("Quarter of the first order"), 4),
    Time("year", gettext_lazy("Year of the first order"), 1),
    Time(
        "last_month",
        gettext_lazy("Month of the last order"),
        12,
        "c.last_order",
        ("last_order_from", "last_order_to"),
    ),
    Time(
        "created_month",
        gettext_lazy("Month of the record"),
        12,
        "c.created_day",
        ("created_from", "created_to"),
    ),
)
