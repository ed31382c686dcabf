"""Numbers in bands: round cut-points near the fifths of the customers seen, or those of the trade."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.platform.money import UNITS, from_units
from zhike.platform.templatetags import zhike_format as say

Bound = int | float | None
FIFTHS = (0.2, 0.4, 0.6, 0.8)
ROUND = (1, 2, 3, 5, 10)
#: Of about so many customers the fifths are taken.
ASKED = 100_000
DAYS_BEFORE = {"recency_days": "last_order", "tenure_days": "first_order"}


@dataclass(frozen=True)
class Bands:
    """How one number is cut. ``kind`` is money (in units), count, days, share or number; ``cuts`` are fixed.

    A band reaches from its lower bound up to, and without, its upper one. ``path`` is the store's own column,
    where it has one. ``listed`` is False where the customer list knows no such band.
    """

    name: str
    label: Promise | str
    kind: str
    cuts: tuple[float, ...] = ()
    column: str = ""
    path: str = ""
    listed: bool = True

    @property
    def number(self) -> str:
        """The number itself, where a band takes whole days of it."""
        return self.sql.removeprefix("FLOOR(").removesuffix(")") if self.kind == "days" else self.sql

    @property
    def private(self) -> bool:
        """Said only to those who may see orders."""
        return self.kind == "money" or self.name in ("margin_rate", "return_rate", "trend")

    @property
    def sql(self) -> str:
        return self.column or f"c.{self.name}"

    def edges(self, base: Snapshot, source: str) -> list[Bound]:
        """The cut-points; ``source`` says of which customers of ``base``."""
        if self.cuts:
            return list(self.cuts)
        text = f"SELECT QUANTILE_DISC({self.sql}, {list(FIFTHS)}) AS fifths {source} AND {_part(base)}"
        found = base.rows(text)[0]["fifths"] or []
        cuts = sorted({self._round(value) for value in found})
        return [cut for cut in cuts if cut > 0 or self.kind == "number"]

    def _round(self, value: float) -> int | float:
        if self.kind == "money":
            return round(nice(float(value) / UNITS) * UNITS)
        return max(round(nice(float(value))), 0) if self.kind in ("count", "days") else nice(float(value))

    def words(self, low: Bound, high: Bound) -> str:
        """“100 – 199”, “under 100”, “500 and more”."""
        if self.kind in ("count", "days"):
            return self._whole(low, high)
        if low is None:
            return _("under %(bound)s") % {"bound": self._say(high)}
        if high is None:
            return _("%(bound)s and more") % {"bound": self._say(low)}
        return f"{self._say(low)} – {self._say(high)}"

    def _whole(self, low: Bound, high: Bound) -> str:
        """Whole numbers: the last one that belongs to the band is said, and one alone by itself."""
        last = None if high is None else int(high) - 1
        if last is None:
            text = _("%(bound)s and more") % {"bound": say.number(low)}
        elif low is None or last == low:
            text = (
                say.number(last) if last in (0, low) else _("up to %(bound)s") % {"bound": say.number(last)}
            )
        else:
            text = f"{say.number(low)} – {say.number(last)}"
        if self.kind != "days":
            return text
        return ngettext("%(count)s day", "%(count)s days", 2) % {"count": text}

    def _say(self, bound: Bound) -> str:
        if self.kind == "money":
            return say.money_short(from_units(bound))  # type: ignore[arg-type]
        if self.kind == "number":
            return say.number(bound, 0 if float(bound or 0).is_integer() else 2)
        return say.percent(bound, 0)

    def filters(self, base: Snapshot, low: Bound, high: Bound) -> dict[str, Any] | None:
        """The customers of the band, as filters of the customer list."""
        if not self.listed:
            return None
        date_field = DAYS_BEFORE.get(self.name)
        if not date_field:
            return {"band": f"{self.name}:{_plain(low)}:{_plain(high)}"}
        found: dict[str, Any] = {}
        if low:
            found[f"{date_field}_to"] = base.as_of - timedelta(days=int(low))
        if high is not None:
            found[f"{date_field}_from"] = base.as_of - timedelta(days=int(high) - 1)
        return found


def _part(base: Snapshot) -> str:
    """Round cut-points do not need everybody: of many customers a fixed part is asked."""
    count = int(base.row("SELECT COUNT(*) AS n FROM customers c WHERE {scope}")["n"])
    parts = max(1, count // ASKED)
    return f"hash(c.customer_id) % {parts} = 0"


def _plain(bound: Bound) -> str:
    return "" if bound is None else f"{bound:g}" if isinstance(bound, float) else str(bound)


def nice(value: float) -> float:
    """The nearest of 1, 2, 3, 5 × a power of ten."""
    if not value or not math.isfinite(value):
        return 0
    power = 10.0 ** math.floor(math.log10(abs(value)))
    nearest = min(ROUND, key=lambda step: abs(step - abs(value) / power))
    return math.copysign(nearest * power, value)


def spans(edges: Sequence[Bound]) -> list[tuple[Bound, Bound]]:
    """Lower and upper bound of every band, from the lowest on."""
    return list(zip([None, *edges], [*edges, None], strict=True))


_ALL = (
    Bands("net_revenue", gettext_lazy("Net revenue"), "money", path="score__net_revenue"),
    Bands("frequency", gettext_lazy("Orders"), "count", path="score__frequency"),
    Bands("average_order", gettext_lazy("Average order"), "money"),
    Bands("largest_order", gettext_lazy("Largest order"), "money"),
    Bands("recency_days", gettext_lazy("Days since the last order"), "days", (31, 91, 181, 366)),
    Bands("tenure_days", gettext_lazy("Days since the first order"), "days", (91, 366, 731, 1096)),
    Bands(
        "mean_gap", gettext_lazy("Days between orders"), "days", (8, 15, 31, 61, 91, 181), "FLOOR(c.mean_gap)"
    ),
    Bands("category_count", gettext_lazy("Categories bought"), "count"),
    Bands("margin_rate", gettext_lazy("Margin rate"), "share", (0.0, 0.1, 0.2, 0.3, 0.5)),
    Bands("return_rate", gettext_lazy("Return rate"), "share", (0.01, 0.05, 0.1, 0.2)),
    Bands("trend", gettext_lazy("Trend of revenue"), "share", (-0.5, -0.1, 0.1, 0.5)),
)
BANDS: dict[str, Bands] = {one.name: one for one in _ALL}
_FORETOLD = (
    Bands(
        "churn_probability",
        gettext_lazy("Churn probability"),
        "share",
        (0.2, 0.4, 0.6, 0.8),
        "x.churn_probability",
        "prediction__churn_probability",
    ),
    Bands("clv", gettext_lazy("Value (12 months)"), "money", (), "x.clv", "prediction__clv"),
)
#: Of the base beside the snapshot; who was never contacted is unknown.
CONTACT = Bands(
    "contact_days",
    gettext_lazy("Days since the last contact"),
    "days",
    (8, 31, 91, 181, 366),
    "x.contact_days",
    listed=False,
)
FORETOLD: dict[str, Bands] = {one.name: one for one in _FORETOLD}
