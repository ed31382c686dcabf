"""Time on an axis: the month, quarter and year of the first order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_DAY = "DATE '1970-01-01' + c.first_order"


@dataclass(frozen=True)
class Time:
    """A key is year × ``parts`` + the part of the year, so that keys follow each other."""

    code: str
    label: Promise
    parts: int

    @property
    def sql(self) -> str:
        part = {12: f"month({_DAY})", 4: f"quarter({_DAY})", 1: "1"}[self.parts]
        return f"year({_DAY}) * {self.parts} + {part} - 1"

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
        if key is None:
            return None
        last = self.first_day(key + 1) - timedelta(days=1)
        return {"first_order_from": self.first_day(key), "first_order_to": last}


def between(keys: list[int]) -> Iterator[int]:
    """All keys from the first to the last: nothing happened is a point of a line, too."""
    return iter(range(min(keys), max(keys) + 1)) if keys else iter(())


TIMES = (
    Time("month", gettext_lazy("Month of the first order"), 12),
    Time("quarter", gettext_lazy("Quarter of the first order"), 4),
    Time("year", gettext_lazy("Year of the first order"), 1),
)
