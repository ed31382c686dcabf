"""When alerts are looked for."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.alerts import detection
from zhike.platform.daily import DayRun, daily
from zhike.platform.rounds import every

LOOK_SECONDS = 2


@every(LOOK_SECONDS, "alerts.look")
def look() -> None:
    detection.look()


@daily("alerts.silence", hour=7, title=_("Key customers without contact"))
def silence(run: DayRun) -> dict[str, Any]:
    """Who heard nothing for too long; a missed day needs no catching up, the state of today says all."""
    return {"new": detection.look_for_silence(run.day)}
