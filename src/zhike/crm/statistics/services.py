"""Keeping charts, sharing them, and arranging one's overview."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from zhike.crm.statistics.choice import NAMES
from zhike.crm.statistics.models import SavedChart, Tile
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

#: More would make the overview slow and nobody look.
MOST_TILES = 12
LONGEST = 40


@transaction.atomic
def save_chart(
    *, actor: Any, name: str, choice: dict[str, str], shared: bool = False, on_overview: bool = True
) -> SavedChart:
    """Keep a statistic under a name; the same name again replaces one's own."""
    require(actor, "insight.view")
    name = name.strip().replace("\0", "")
    if not 1 <= len(name) <= 80:
        raise DomainError(_("Give the chart a name of at most 80 characters."), field="name", code="required")
    kept = {key: str(value)[:LONGEST] for key, value in choice.items() if key in NAMES and value}
    chart, _created = SavedChart.objects.update_or_create(
        owner=actor, name=name, defaults={"choice": kept, "shared": shared}
    )
    audit.record(actor, "chart.saved", chart, after={"choice": kept, "shared": shared})
    if on_overview:
        place_chart(actor=actor, chart=chart)
    return chart


@transaction.atomic
def share_chart(*, actor: Any, chart: SavedChart, shared: bool) -> None:
    """Colleagues may open it, with their own customers. Taken back, it leaves their overviews."""
    _must_own(actor, chart)
    audit.record(actor, "chart.saved", chart, before={"shared": chart.shared}, after={"shared": shared})
    chart.shared = shared
    chart.save(update_fields=["shared", "updated_at"])
    if not shared:
        Tile.objects.filter(chart=chart).exclude(user=actor).delete()


@transaction.atomic
def delete_chart(*, actor: Any, chart: SavedChart) -> None:
    _must_own(actor, chart)
    audit.record(actor, "chart.deleted", chart)
    chart.delete()


def _must_own(actor: Any, chart: SavedChart) -> None:
    if chart.owner_id != actor.pk:
        raise DomainError(_("Only its owner changes a saved chart."), code="not_owner")


@transaction.atomic
def place_chart(*, actor: Any, chart: SavedChart) -> Tile:
    """Put a chart at the end of one's overview; once is enough."""
    mine = Tile.objects.filter(user=actor)
    known = mine.filter(chart=chart).first()
    if known:
        return known
    if mine.count() >= MOST_TILES:
        raise DomainError(
            _("The overview holds %(count)s charts. Remove one first.") % {"count": MOST_TILES},
            code="too_many",
        )
    last = mine.aggregate(last=Max("position"))["last"]
    return Tile.objects.create(user=actor, chart=chart, position=0 if last is None else last + 1)


@transaction.atomic
def move_tile(*, actor: Any, tile: Tile, down: bool) -> None:
    """Change places with the neighbour."""
    tiles = list(Tile.objects.select_for_update().filter(user=actor))
    place = next((number for number, one in enumerate(tiles) if one.pk == tile.pk), None)
    if place is None:
        return
    other = place + (1 if down else -1)
    if 0 <= other < len(tiles):
        tiles[place], tiles[other] = tiles[other], tiles[place]
    for number, one in enumerate(tiles):
        one.position = number
    Tile.objects.bulk_update(tiles, ["position"])


@transaction.atomic
def remove_tile(*, actor: Any, tile: Tile) -> None:
    """The chart itself stays among the saved ones."""
    Tile.objects.filter(user=actor, pk=tile.pk).delete()
