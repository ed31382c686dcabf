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
from zhike.crm.insight.snapshot_tables import PERIODS, YEAR, YEAR_AGO
from zhike.crm.statistics.dimensions import TIME, Dimension
from zhike.crm.statistics.measures import MEASURES, Measure
from zhike.crm.statistics.whom import MEMBERSHIP, Whom

ALL_TIME, FISCAL = "", "fiscal"
#: Which rows of the snapshot's periods: the period itself, the one before it; ``YEAR_AGO`` is the third.
NOW, PREVIOUS = 0, 1
COMPARISONS: dict[str, Promise] = {
    "previous": gettext_lazy("the period before"),
    "year": gettext_lazy("the same days last year"),
}
#: Where a measure means nothing of all time.
USUAL_PERIOD = "365"
EARLIER: dict[str, Promise] = {
    "previous": gettext_lazy("Period before"),
    "year": gettext_lazy("Same days last year"),
}
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
NAMES = ("of", "by", "with", "measure", "period", "compare", "chart", "sort", "top")


@dataclass(frozen=True)
class Choice:
    """``chart`` empty: what suits. ``segments``: those that the person may see, where asked for.

    ``earlier``: the period that it is compared with, by its place in the snapshot. ``of``: the segment whose
    members are counted, or held against everybody else.
    """

    by: Dimension
    measure: Measure
    second: Dimension | None = None
    period: str = ALL_TIME
    compare: str = ""
    earlier: int = NOW
    chart: str = ""
    sort: str = ""
    top: int = TOP
    columns: int = COLUMNS
    segments: tuple[int, ...] = ()
    with_money: bool = True
    of: Whom | None = None

    @property
    def splits(self) -> bool:
        """Whether everybody is counted, the segment's members apart from the others."""
        return MEMBERSHIP in (self.by.code, self.second.code if self.second else "")

    @property
    def narrows(self) -> bool:
        return self.of is not None and not self.splits

    def days(self, base: Snapshot) -> int | None:
        """The length of the period; None is all time."""
        return base.fiscal if self.period == FISCAL else int(self.period) if self.period else None

    def query(self, **changes: Any) -> dict[str, str]:
        """As an address says it; what is usual is left out."""
        given = {
            "of": self.of.pk if self.of else "",
            "by": self.by.code,
            "with": self.second.code if self.second else "",
            "measure": self.measure.code,
            "period": self.period,
            "compare": self.compare,
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
    def earlier_name(self) -> str:
        """“The period before”, at the head of a column."""
        return str(EARLIER.get(self.compare, ""))

    @property
    def title(self) -> str:
        """“Net revenue by tier and region”, in the reader's language."""
        words = {"measure": self.measure.label, "first": _small(self.by.label)}
        if self.second is None:
            text = _("%(measure)s by %(first)s") % words
        else:
            second = _small(self.second.label)
            text = _("%(measure)s by %(first)s and %(second)s") % {**words, "second": second}
        return f"{text} · {self.of.name}" if self.of else text


def _small(label: Any) -> str:
    """In the middle of a sentence; “RFM segment” and “ABC class” stay as they are."""
    text = str(label)
    return text if text[:2].isupper() or text[1:2] == " " else text[:1].lower() + text[1:]


def periods(base: Snapshot) -> list[tuple[str, str]]:
    found = [(ALL_TIME, _("All time"))]
    if base.fiscal:
        found.append((FISCAL, _("This fiscal year")))
    return found + [(str(days), _("Last %(days)s days") % {"days": days}) for days in PERIODS]


def comparisons(base: Snapshot, measure: Measure, period: str) -> list[tuple[str, Promise]]:
    """What a period of this measure can be compared with."""
    known = {"previous", *(("year",) if base.year_ago or period == str(YEAR) else ())}
    return [pair for pair in COMPARISONS.items() if measure.compared and period and pair[0] in known]


def choice_from(
    given: Mapping[str, str],
    dimensions: Mapping[str, Dimension],
    measures: Mapping[str, Measure],
    base: Snapshot,
    *,
    segments: tuple[int, ...] = (),
    with_money: bool = True,
    of: Whom | None = None,
) -> Choice:
    """What is unknown becomes what is usual."""
    by = dimensions.get(given.get("by", ""), dimensions["region"])
    second = dimensions.get(given.get("with", ""))
    measure = measures.get(given.get("measure", ""), MEASURES["customers"])
    period = _period(given, base, measure)
    compare = _one_of(dict(comparisons(base, measure, period)), given.get("compare", ""))
    top = given.get("top", "")
    return Choice(
        by,
        measure,
        None if second is by else second,
        period,
        compare,
        _earlier(compare, base, period),
        _one_of(CHARTS, given.get("chart", "")),
        _one_of(SORTS, given.get("sort", "")),
        int(top) if top in {str(number) for number in TOPS} else TOP,
        TIME_COLUMNS if second and second.kind == TIME else COLUMNS,
        segments if "segment" in (by.code, second.code if second else "") else (),
        with_money,
        of,
    )


def _one_of(known: Mapping[str, Any], asked: str) -> str:
    return asked if asked in known else ""


def _earlier(compare: str, base: Snapshot, period: str) -> int:
    """Of a whole year the period before is the same days last year."""
    if not compare:
        return NOW
    days = base.fiscal if period == FISCAL else int(period)
    return PREVIOUS if compare == "previous" or days == YEAR else YEAR_AGO


def _period(given: Mapping[str, str], base: Snapshot, measure: Measure) -> str:
    asked = given.get("period", "")
    found = asked if asked in dict(periods(base)) else ALL_TIME
    needed = measure.dated or (measure.compared and given.get("compare", "") in COMPARISONS)
    return USUAL_PERIOD if needed and not found else found
