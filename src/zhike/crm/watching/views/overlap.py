"""Who is in several groups at once: a matrix, and a picture of the regions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from zhike.analytics.watching import Overlap
from zhike.analytics.watching import overlap as measured
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.insight.views.page import with_snapshot
from zhike.crm.watching import groups as choosing
from zhike.crm.watching import venn
from zhike.crm.watching.groups import Group
from zhike.crm.watching.source import source_of
from zhike.crm.watching.views import frame
from zhike.platform import charts
from zhike.platform.charts import Chart, Series
from zhike.platform.permissions import requires

#: More regions than these are no picture.
REGIONS = 16
DRAWN = 3


@requires("insight.view")
@require_GET
@with_snapshot
def overlap(request: HttpRequest, base: Snapshot) -> HttpResponse:
    offered = choosing.offered(request.user, base)
    chosen = choosing.chosen(request.GET, offered)
    found = _measure(base, chosen) if len(chosen) > 1 else None
    if found and frame.wants_file(request):
        return frame.file(request, "overlap", _file(found, chosen))
    drawing = None
    if found and found.anywhere and len(chosen) <= DRAWN:
        drawing = venn.drawing(found, chosen)
    context = frame.context(
        request,
        base,
        "overlap",
        groups=offered,
        chosen={group.key for group in chosen},
        columns=chosen,
        rows=_matrix(found, chosen) if found else [],
        drawing=drawing,
        regions=_regions(found, chosen) if found and found.anywhere and not drawing else None,
        found=found,
        most=choosing.MOST,
    )
    return render(request, "watching/overlap.html", context)


def _measure(base: Snapshot, chosen: list[Group]) -> Overlap:
    bits = " + ".join(
        f"CASE WHEN {group.condition} THEN {1 << place} ELSE 0 END" for place, group in enumerate(chosen)
    )
    reach = source_of(base, chosen)
    text = f"SELECT {bits} AS bits, COUNT(*) AS customers FROM customers c WHERE {{scope}} GROUP BY 1"
    rows = reach.kept("overlap", lambda: reach.rows(text))
    counts = {row["bits"]: row["customers"] for row in rows}
    return measured(counts, len(chosen), sum(counts.values()))


def _matrix(found: Overlap, chosen: list[Group]) -> list[dict[str, Any]]:
    return [
        {
            "group": group,
            "cells": [_cell(found, i, j, chosen) for j in range(len(chosen))],
        }
        for i, group in enumerate(chosen)
    ]


def _cell(found: Overlap, i: int, j: int, chosen: list[Group]) -> dict[str, Any]:
    if i == j:
        return {"label": chosen[j].name, "same": True, "count": found.sizes[i], "url": chosen[i].url}
    pair = found.pairs[i, j]
    return {
        "label": chosen[j].name,
        "count": pair.both,
        "share": pair.share,
        "jaccard": pair.jaccard,
        "lift": pair.lift,
        "heat": round(5 * (pair.share or 0)),
        "url": choosing.together([chosen[i], chosen[j]]),
    }


def _regions(found: Overlap, chosen: list[Group]) -> Chart:
    """The largest exclusive regions, for more groups than circles can show."""
    ordered = sorted(found.regions.items(), key=lambda item: -item[1])[:REGIONS]
    return charts.bars(
        title=_("Customers by combination of groups"),
        labels=[_words(bits, chosen) for bits, _count in ordered],
        series=[
            Series(
                _("Customers"),
                [count for _bits, count in ordered],
                [venn.region(bits, chosen) for bits, _count in ordered],
            )
        ],
        horizontal=True,
        label_title=_("Combination"),
    )


def _words(bits: int, chosen: list[Group]) -> str:
    names = [group.name for place, group in enumerate(chosen) if bits >> place & 1]
    return _("%(name)s only") % {"name": names[0]} if len(names) == 1 else " ∩ ".join(names)


def _file(found: Overlap, chosen: list[Group]) -> list[list[Any]]:
    heads = [
        *(pgettext("of customers", "Group"), _("Other group"), _("Customers of the group"), _("In both")),
        *(_("Share of the group"), _("Jaccard"), _("Lift")),
    ]
    rows = [
        [
            chosen[i].name,
            chosen[j].name,
            found.sizes[i],
            pair.both,
            pair.share,
            pair.jaccard,
            pair.lift,
        ]
        for (i, j), pair in found.pairs.items()
    ]
    return [heads, *rows]
