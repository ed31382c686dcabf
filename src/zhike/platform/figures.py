"""A key figure: a named value, its change against the period before, its date, the customers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise

from zhike.platform.templatetags import zhike_format

Text = str | Promise
Value = int | float | Decimal | None


@dataclass(frozen=True)
class Figure:
    """``better`` says which direction is good news: "up", "down", or "" for neither.

    ``kind`` is a name of ``zhike_format.FORMATS``; a change is relative, except for shares (percent), which
    change by percentage points.
    """

    label: Text
    value: Value
    kind: str = "number"
    previous: Value = None
    url: str = ""
    as_of: date | None = None
    better: str = "up"
    hint: Text = ""
    icon: str = ""

    @property
    def text(self) -> str:
        return zhike_format.figure(self.value, self.kind)

    @property
    def short_text(self) -> str:
        """The compact form where the full one would not fit a card."""
        big = self.value is not None and abs(float(self.value)) >= 1_000_000
        if self.kind == "money":
            return zhike_format.money_short(self.value) if big else zhike_format.money(self.value, 0)
        return zhike_format.number_short(self.value) if self.kind == "number" and big else self.text

    @property
    def change(self) -> float | None:
        if self.value is None or self.previous is None:
            return None
        difference = float(self.value) - float(self.previous)
        if self.kind == "percent":
            return difference
        return difference / abs(float(self.previous)) if self.previous else None

    @property
    def change_text(self) -> str:
        return zhike_format.points(self.change) if self.kind == "percent" else zhike_format.trend(self.change)

    @property
    def direction(self) -> str:
        """ "up", "down" or "flat", as rounded for display."""
        if self.change is None or round(self.change, 3) == 0:
            return "flat"
        return "up" if self.change > 0 else "down"

    @property
    def mood(self) -> str:
        """The colour class of the change: good, bad or neutral."""
        if self.direction == "flat" or not self.better:
            return "neutral"
        return "good" if self.direction == self.better else "bad"
