"""RFM: the grid of recency and frequency, the eight segments, the cut-points in real units."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.analytics.rfm import SCORES, RfmCuts, rule_of
from zhike.crm.insight import explanations, labels, links, snapshot_queries
from zhike.crm.insight.figures import amount
from zhike.crm.insight.snapshot_queries import Row, Snapshot
from zhike.crm.insight.views.page import context_of, with_snapshot
from zhike.platform import charts
from zhike.platform.charts import Cell, Chart
from zhike.platform.permissions import requires
from zhike.platform.templatetags import zhike_format as say

# What the colour of the grid may show: name → (column of the snapshot query, unit).
MEASURES = {
    "customers": ("customers", "customers"),
    "net_revenue": ("net_revenue", "money"),
    "monetary": ("m", "number"),
}


@requires("insight.view")
@require_GET
@with_snapshot
def rfm(request: HttpRequest, base: Snapshot) -> HttpResponse:
    measure = request.GET.get("measure", "")
    measure = measure if measure in MEASURES else "customers"
    cuts = base.calibration.rfm if base.calibration else None
    names = {"customers": _("Customers"), "net_revenue": _("Net revenue"), "monetary": _("Mean M score")}
    context = context_of(
        base,
        measure=measure,
        measures=[(key, name, links.here("insight:rfm", measure=key)) for key, name in names.items()],
        grid=_grid(snapshot_queries.rfm_grid(base), measure, names[measure], base),
        segments=_segments(base, cuts),
        cuts=_cuts(cuts) if cuts else [],
        basis=labels.feature_name(cuts.basis) if cuts else "",
        means=[round(mean, 2) for mean in cuts.means] if cuts else [],
    )
    return render(request, "insight/rfm.html", context)


def _grid(rows: list[Row], measure: str, title: str, base: Snapshot) -> Chart:
    column, unit = MEASURES[measure]
    found = {(row["r"], row["f"]): row for row in rows}
    cells = [
        Cell(
            r - 1,
            f - 1,
            _value(found.get((r, f)), column),
            links.customers(r=r, f=f),
            _text(found.get((r, f))),
        )
        for r in range(1, SCORES + 1)
        for f in range(1, SCORES + 1)
    ]
    scores = [str(score) for score in range(1, SCORES + 1)]
    return charts.heat_grid(
        title=title,
        x_labels=scores,
        y_labels=scores,
        cells=cells,
        x_title=_("Recency score"),
        y_title=_("Frequency score"),
        unit=unit,
        as_of=base.as_of,
    )


def _value(row: Row | None, column: str) -> Any:
    if row is None:
        return None if column == "m" else 0
    return amount(row[column]) if column == "net_revenue" else round(row[column], 2)


def _text(row: Row | None) -> str:
    """What the tip of a cell says beside its value."""
    if row is None:
        return ""
    values = {"count": say.number(row["customers"]), "amount": say.money_short(amount(row["net_revenue"]))}
    return _("%(count)s customers, net revenue %(amount)s") % values


def _segments(base: Snapshot, cuts: RfmCuts | None) -> list[dict[str, Any]]:
    found = snapshot_queries.rfm_segments(base)
    total = sum(row["customers"] for row in found.values())
    money = sum(row["net_revenue"] for row in found.values())
    return [
        {
            "code": code,
            "name": labels.rfm_name(code),
            "important": code.startswith("important"),
            "rule": _rule(code, cuts) if cuts else "",
            "url": links.customers(rfm_segment=code),
            **_shares(found.get(code), total, money),
        }
        for code in labels.RFM_SEGMENTS
    ]


def _shares(row: Row | None, total: int, money: int) -> dict[str, Any]:
    if row is None:
        return {"customers": 0, "net_revenue": 0, "share": None, "revenue_share": None}
    return {
        **row,
        "share": row["customers"] / total if total else None,
        "revenue_share": row["net_revenue"] / money if money else None,
    }


def _rule(code: str, cuts: RfmCuts) -> str:
    """“R ≥ 4, F ≤ 2, M ≥ 4”: scores are whole numbers, the mean lies between two of them."""
    parts = []
    for letter, high, mean in zip("RFM", rule_of(code), cuts.means, strict=True):
        lowest_high = int(mean) + 1
        parts.append(f"{letter} ≥ {lowest_high}" if high else f"{letter} ≤ {lowest_high - 1}")
    return _(", ").join(parts)


def _cuts(cuts: RfmCuts) -> list[dict[str, Any]]:
    """One row per score from 5 to 1 with what it takes, in days, orders and money."""
    lines = (
        (cuts.recency, "days", _("at most %(value)s ago")),
        (cuts.frequency, "orders", _("from %(value)s")),
        (cuts.monetary, "money", _("from %(value)s")),
    )
    rows = []
    for score in range(SCORES, 1, -1):
        texts = [_cut(values[score - 2], unit, words) for values, unit, words in lines]
        rows.append({"score": score, "texts": texts})
    rows.append({"score": 1, "texts": [_("everybody else")] * 3})
    return rows


def _cut(value: Any, unit: str, words: str) -> str:
    if value is None:
        return _("nobody reaches it")
    return words % {"value": explanations.in_words(value, unit)}
