"""Daily work of care."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.care import reminders
from zhike.platform.daily import DayRun, daily


@daily("care.remind", hour=7, title=_("Care reminders"))
def remind(run: DayRun) -> dict[str, Any]:
    """Remind of what is due today, and of what an outage hid."""
    count = reminders.run(run.day, run.missed)
    return {"written": count.written, "told": count.told}
