"""Segments of the trade, so that their pages show something in the simulated company."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import override

from zhike.crm.segments import fields, services, starters
from zhike.crm.segments.models import Segment
from zhike.platform.models import Installation

CODES = ("sleeping", "valuable_at_risk", "once", "not_contacted", "biggest")
NOTED = "segments"


@transaction.atomic
def add_segments(actor: Any) -> bool:
    """Published templates, under their Chinese names as all that is simulated; a second call adds nothing."""
    installation = Installation.objects.select_for_update().get(pk=Installation.current().pk)
    if NOTED in installation.simulation:
        return False
    with override("zh-hans"):
        templates = [
            (str(starter.name), str(starter.purpose), definition)
            for starter, definition in starters.offered(fields.whole())
            if starter.code in CODES
        ]
    made = [_add(actor, *template) for template in templates if not _is_taken(template[0])]
    installation.simulation[NOTED] = made
    installation.save(update_fields=["simulation"])
    return True


def _is_taken(name: str) -> bool:
    return Segment.objects.filter(name=name).exists()


def _add(actor: Any, name: str, purpose: str, definition: dict[str, Any]) -> int:
    segment = services.create_segment(actor=actor, name=name, description=purpose, definition=definition)
    return services.publish(actor=actor, segment=segment).pk


def let_go() -> list[int]:
    """The numbers of the segments above, for their removal: no longer held by the version in force."""
    noted = Installation.current().simulation.get(NOTED, [])
    Segment.objects.filter(pk__in=noted).update(version=None)
    return list(noted)
