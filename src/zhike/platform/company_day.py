"""The company's clock: today and now in its own time zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from zhike.platform.models import Installation


def zone() -> ZoneInfo:
    return ZoneInfo(Installation.current().time_zone)


def now() -> datetime:
    return timezone.now().astimezone(zone())


def today() -> date:
    return now().date()
