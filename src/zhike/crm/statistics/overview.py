"""Saved charts on the overview: live figures of the customers that the reader sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from zhike.crm.insight.snapshot_queries import snapshot_for
from zhike.crm.statistics import offer, pictures, queries
from zhike.crm.statistics.choice import NAMES
from zhike.crm.statistics.models import SavedChart, Tile
from zhike.platform.charts import Chart


@dataclass(frozen=True)
class Picture:
    """``chart`` is None where nothing can be shown: no snapshot, no customers, or a field that is gone."""

    tile: Tile
    url: str
    chart: Chart | None
    first: bool
    last: bool


def address(chart: SavedChart) -> str:
    kept = {name: value for name, value in chart.choice.items() if name in NAMES}
    return f"{reverse('statistics:page')}?{urlencode(kept)}"


def tiles(user: Any) -> list[Picture]:
    """Whose customers are counted is decided by who looks, never by who saved."""
    visible = SavedChart.objects.visible_to(user)
    found = list(Tile.objects.filter(user=user, chart__in=visible).select_related("chart", "chart__owner"))
    base = snapshot_for(user) if found else None
    offered = offer.offer(user, base) if base else None
    last = len(found) - 1
    return [
        Picture(tile, address(tile.chart), _picture(offered, tile.chart), place == 0, place == last)
        for place, tile in enumerate(found)
    ]


def current(user: Any, saved: SavedChart) -> tuple[Chart | None, date | None]:
    """One chart as it is now, and as of which day."""
    base = snapshot_for(user)
    return _picture(offer.offer(user, base) if base else None, saved), base.as_of if base else None


def _picture(offered: offer.Offer | None, saved: SavedChart) -> Chart | None:
    if offered is None or not offered.knows(saved.choice):
        return None
    cube = queries.cube(offered.base, offered.choice(saved.choice))
    return None if cube.is_empty else pictures.picture(cube)
