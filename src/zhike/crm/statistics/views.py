"""Customer statistics: any attribute by any measure, crossed with a second one; kept, shared, exported."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.insight.views.page import context_of, with_snapshot
from zhike.crm.statistics import exports, offer, overview, pictures, queries, services, tables
from zhike.crm.statistics.choice import CHARTS, SORTS, TOPS, USUAL_PERIOD, Choice, comparisons, periods
from zhike.crm.statistics.dimensions import READY
from zhike.crm.statistics.models import SavedChart, Tile
from zhike.crm.statistics.offer import Offer
from zhike.crm.statistics.queries import Cube
from zhike.crm.statistics.whom import MEMBERSHIP
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require, requires
from zhike.platform.requests import Request, way_back

AS_SHARE = {"customers": "customer_share", "net_revenue": "revenue_share"}


@requires("insight.view")
@require_GET
@with_snapshot
def page(request: HttpRequest, base: Snapshot) -> HttpResponse:
    found = offer.offer(request.user, base)
    choice = found.choice(request.GET)
    cube = queries.cube(found.base, choice)
    unknown = bool(request.GET.get("of")) and choice.of is None
    context = context_of(base, choice=choice, cube=cube, unknown=unknown, **_controls(found, choice))
    if not cube.is_empty:
        context |= _shown(cube)
    return render(request, "statistics/page.html", context)


def _shown(cube: Cube) -> dict[str, Any]:
    kind = pictures.kind_of(cube)
    return {
        "kind": kind,
        "chart": pictures.picture(cube, kind),
        "height": pictures.height(cube, kind),
        "charts": [(code, CHARTS[code]) for code in pictures.suiting(cube)],
        "grid": tables.grid(cube),
        "pivot": tables.pivot(cube) if cube.columns else None,
        "left_out": pictures.left_out(cube, kind),
    }


def _controls(found: Offer, choice: Choice) -> dict[str, Any]:
    address = reverse("statistics:page")
    dimensions = found.dimensions_with(choice.of)
    ready = [found.dimensions[code] for code in READY]
    swapped = {"by": choice.second.code, "with": choice.by.code, "chart": ""} if choice.second else {}
    return {
        "ready": [
            (one.label, f"{address}?{choice.address(by=one.code, chart='')}", one is choice.by)
            for one in ready
        ],
        "dimensions": offer.grouped_dimensions(dimensions.values()),
        "seconds": offer.grouped_dimensions(one for one in dimensions.values() if one is not choice.by),
        "segments": found.segments.items(),
        "turn": f"{address}?{choice.address(**_turned(choice))}" if choice.of else "",
        "measures": offer.grouped_measures(found.measures),
        "periods": periods(found.base),
        "comparisons": comparisons(found.base, choice.measure, choice.period or USUAL_PERIOD),
        "sorts": SORTS.items(),
        "tops": TOPS,
        "swap": f"{address}?{choice.address(**swapped)}" if swapped else "",
        "export": f"{reverse('statistics:export')}?{choice.address()}",
        "kept": choice.query(),
    }


def _turned(choice: Choice) -> dict[str, str]:
    """From the members alone to the members against everybody else, and back."""
    if not choice.splits:
        # Groups of different sizes are compared by their shares.
        measure = AS_SHARE.get(choice.measure.code, choice.measure.code)
        return {"with": MEMBERSHIP, "measure": measure, "chart": ""}
    return {"by": "", "with": "", "chart": ""} if choice.by.code == MEMBERSHIP else {"with": "", "chart": ""}


@requires("export")
@require_GET
@with_snapshot
def export(request: HttpRequest, base: Snapshot) -> HttpResponse:
    """All groups, not only the largest."""
    require(request.user, "insight.view")
    found = offer.offer(request.user, base)
    cube = queries.cube(found.base, found.choice(request.GET).everything())
    return exports.response(cube, request.GET.get("format", "csv"))


@requires("insight.view")
@require_GET
def saved(request: Request) -> HttpResponse:
    """One's own charts and those that colleagues share, side by side; their figures come after the page."""
    charts = SavedChart.objects.visible_to(request.user).select_related("owner")
    placed = set(Tile.objects.filter(user=request.user).values_list("chart_id", flat=True))
    rows = [
        {
            "chart": one,
            "url": overview.address(one),
            "mine": one.owner_id == request.user.pk,
            "placed": one.pk in placed,
        }
        for one in charts
    ]
    return render(request, "statistics/saved.html", {"rows": rows})


@requires("insight.view")
@require_GET
def picture(request: Request, pk: int) -> HttpResponse:
    """A saved chart with the figures of now, of the reader's own customers."""
    found = _chart(request, pk)
    chart, as_of = overview.current(request.user, found)
    return render(request, "statistics/_picture.html", {"chart": chart, "as_of": as_of, "saved": found})


@requires("insight.view")
@require_POST
@with_snapshot
def save(request: HttpRequest, base: Snapshot) -> HttpResponse:
    choice = offer.offer(request.user, base).choice(request.POST)
    try:
        services.save_chart(
            actor=request.user,
            name=request.POST.get("name", ""),
            choice=choice.query(),
            shared="shared" in request.POST,
            on_overview="on_overview" in request.POST,
        )
        messages.success(request, _("The chart is saved."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect(f"{reverse('statistics:page')}?{choice.address()}")


@requires("insight.view")
@require_POST
def share(request: Request, pk: int) -> HttpResponse:
    services.share_chart(actor=request.user, chart=_chart(request, pk), shared="shared" in request.POST)
    return redirect("statistics:charts")


@requires("insight.view")
@require_POST
def place(request: Request, pk: int) -> HttpResponse:
    """Onto one's overview, or off it again."""
    chart = _chart(request, pk)
    tile = Tile.objects.filter(user=request.user, chart=chart).first()
    if tile and "off" in request.POST:
        services.remove_tile(actor=request.user, tile=tile)
    else:
        services.place_chart(actor=request.user, chart=chart)
    return redirect(way_back(request, reverse("statistics:charts")))


@requires("insight.view")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    services.delete_chart(actor=request.user, chart=_chart(request, pk))
    messages.success(request, _("The chart is deleted."))
    return redirect("statistics:charts")


def _chart(request: Request, pk: int) -> SavedChart:
    return get_object_or_404(SavedChart.objects.visible_to(request.user), pk=pk)


@requires("insight.view")
@require_GET
def tiles(request: Request) -> HttpResponse:
    """The part of the overview with one's charts, fetched once the page stands."""
    return render(request, "statistics/_tiles.html", {"tiles": overview.tiles(request.user)})


@requires("insight.view")
@require_POST
def move(request: Request, pk: int) -> HttpResponse:
    services.move_tile(actor=request.user, tile=_tile(request, pk), down="down" in request.POST)
    return _rearranged(request)


@requires("insight.view")
@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    services.remove_tile(actor=request.user, tile=_tile(request, pk))
    return _rearranged(request)


def _tile(request: Request, pk: int) -> Tile:
    return get_object_or_404(Tile, user=request.user, pk=pk)


def _rearranged(request: Request) -> HttpResponse:
    if request.htmx:
        return render(request, "statistics/_tiles.html", {"tiles": overview.tiles(request.user)})
    return redirect("insight:dashboard")
