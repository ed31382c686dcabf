"""Lines counted into orders, with what stays outside the customer figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from zhike.analytics.analyze.lines import LineBook
from zhike.analytics.orders import LineKind, LineRules, OrderBook, OrderLine, day_of


@dataclass(slots=True)
class Counted:
    """The orders of known customers, and the account of all lines."""

    book: OrderBook
    as_of: date | None = None
    lines: LineBook = field(default_factory=LineBook)
    kinds: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    anonymous_units: int = 0
    after_as_of: int = 0
    first: date | None = None
    last: date | None = None

    @classmethod
    def until(cls, as_of: date | None, rules: LineRules) -> Counted:
        return cls(OrderBook(rules), as_of)

    def add(self, line: OrderLine) -> None:
        if self.as_of is not None and line.day > self.as_of:
            self.after_as_of += 1
            return
        found = self.book.add(line)
        self.kinds[found.kind.value] += 1
        if found.kind is LineKind.IGNORED:
            self.ignored[found.reason.value if found.reason else ""] += 1
            return
        if found.kind is LineKind.ANONYMOUS:
            self.anonymous_units += found.units
        elif found.kind is LineKind.PURCHASE and line.product:
            self.lines.add(line, found.units, self.book.place(line))
        self._see(line.day)

    def _see(self, day: date) -> None:
        if self.first is None or day < self.first:
            self.first = day
        if self.last is None or day > self.last:
            self.last = day

    @property
    def rows_used(self) -> int:
        return self.kinds[LineKind.PURCHASE.value]

    def months(self) -> dict[str, int]:
        """Net revenue in units by month, without gaps: `2011-03` → units."""
        sums: Counter[tuple[int, int]] = Counter()
        for order in self.book.orders.values():
            day = day_of(order.day)
            sums[(day.year, day.month)] += order.revenue - order.returned
        if not sums:
            return {}
        return {f"{y}-{m:02d}": sums[(y, m)] for y, m in _between(min(sums), max(sums))}


def _between(first: tuple[int, int], last: tuple[int, int]) -> list[tuple[int, int]]:
    months = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    return [(month // 12, month % 12 + 1) for month in months]
