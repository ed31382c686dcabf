"""What a person asks for, from an address or from a saved chart: only names that are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.insight.snapshot_tables import PERIODS
from zhike.crm.statistics.dimensions import TIME, Dimension
from zhike.crm.statistics.measures import MEASURES, Measure

ALL_TIME, FISCAL = "", "fiscal"
#: Where a measure means nothing of all time.
USUAL_PERIOD = "365"
CHARTS: dict[str, Promise] = {
    "bars": gettext_lazy("Columns"),
    "horizontal": gettext_lazy("Bars"),
    "line": gettext_lazy("Line"),
    "donut": gettext_lazy("Ring"),
    "treemap": gettext_lazy("Treemap"),
    "map": gettext_lazy("Map"),
    "stacked": gettext_lazy("Stacked columns"),
    "grouped": gettext_lazy("Columns side by side"),
    "heat": gettext_lazy("Heat map"),
}
SORTS: dict[str, Promise] = {
    "": gettext_lazy("as suits"),
    "value": gettext_lazy("the largest first"),
    "name": gettext_lazy("by name"),
}
TOPS = (10, 20, 50, 200)
#: So many columns are as many colours as people tell apart.
TOP, COLUMNS, TIME_COLUMNS = 20, 7, 60
NAMES = ("by", "with", "measure", "period", "chart", "sort", "top")


@dataclass(frozen=True)
class Choice:
    """``chart`` empty: what suits. ``segments``: those that the person may see, where asked for."""

    by: Dimension
    measure: Measure
    second: Dimension | None = None
    period: str = ALL_TIME
    chart: str = ""
    sort: str = ""
    top: int = TOP
    columns: int = COLUMNS
    segments: tuple[int, ...] = ()

    def days(self, base: Snapshot) -> int | None:
        """The length of the period; None is all time."""
        return base.fiscal if self.period == FISCAL else int(self.period) if self.period else None

    def query(self, **changes: Any) -> dict[str, str]:
        """As an address says it; what is usual is left out."""
        given = {
            "by": self.by.code,
            "with": self.second.code if self.second else "",
            "measure": self.measure.code,
            "period": self.period,
            "chart": self.chart,
            "sort": self.sort,
            "top": "" if self.top == TOP else str(self.top),
        }
        return {name: str(value) for name, value in {**given, **changes}.items() if value not in ("", None)}

    def address(self, **changes: Any) -> str:
        return urlencode(self.query(**changes))

    def everything(self) -> Choice:
        """Without a limit, as a file has it."""
        return replace(self, top=0, columns=0)

    @property
    def title(self) -> str:
        """“Net revenue by tier and region”, in the reader's language."""
        words = {"measure": self.measure.label, "first": _small(self.by.label)}
        if self.second is None:
            return _("%(measure)s by %(first)s") % words
        return _("%(measure)s by %(first)s and %(second)s") % {**words, "second": _small(self.second.label)}


def _small(label: Any) -> str:
    """In the middle of a sentence; “RFM segment” and “ABC class” stay as they are."""
    text = str(label)
    return text if text[:2].isupper() or text[1:2] == " " else text[:1].lower() + text[1:]


def periods(base: Snapshot) -> list[tuple[str, str]]:
    found = [(ALL_TIME, _("All time"))]
    if base.fiscal:
        found.append((FISCAL, _("This fiscal year")))
    return found + [(str(days), _("Last %(days)s days") % {"days": days}) for days in PERIODS]


def choice_from(
    given: Mapping[str, str],
    dimensions: Mapping[str, Dimension],
    base: Snapshot,
    *,
    segments: tuple[int, ...] = (),
    predicted: bool = True,
) -> Choice:
    """What is unknown becomes what is usual."""
    by = dimensions.get(given.get("by", ""), dimensions["region"])
    second = dimensions.get(given.get("with", ""))
    measure = MEASURES.get(given.get("measure", ""), MEASURES["customers"])
    if measure.predicted and not predicted:
        measure = MEASURES["customers"]
    top = given.get("top", "")
    return Choice(
        by,
        measure,
        None if second is by else second,
        _period(given, base, measure),
        given.get("chart", "") if given.get("chart", "") in CHARTS else "",
        given.get("sort", "") if given.get("sort", "") in SORTS else "",
        int(top) if top in {str(number) for number in TOPS} else TOP,
        TIME_COLUMNS if second and second.kind == TIME else COLUMNS,
        segments if "segment" in (by.code, second.code if second else "") else (),
    )


def _period(given: Mapping[str, str], base: Snapshot, measure: Measure) -> str:
    asked = given.get("period", "")
    known = asked in dict(periods(base))
    found = asked if known else ALL_TIME
    return USUAL_PERIOD if measure.dated and not found else found
