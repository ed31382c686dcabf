"""What watching looks at beyond the customers and orders of ``bench pages``: an analysis, segments with a
past, a tier model beside the primary one, and one round of watching."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

#: Of every so many customers one is a member; the first is larger than what a comparison looks at whole.
SEGMENTS = {"bench half": 2, "bench third": 3, "bench fifth": 5, "bench tenth": 10, "bench hundredth": 100}
MODEL = "bench potential"


def complete() -> None:
    """Make what is not there yet, telling how long each part takes."""
    from zhike.crm.insight import snapshots
    from zhike.crm.insight.models import Run, TierModel
    from zhike.crm.insight.services import run_now
    from zhike.crm.segments import building
    from zhike.crm.segments.models import Segment
    from zhike.crm.watching.models import Metric

    if not (snapshots.is_usable() and Run.objects.filter(finished_at__isnull=False).exists()):
        _timed("full analysis", lambda: run_now(progress=lambda _text: None))
    if not Segment.objects.filter(name__in=SEGMENTS).exists():
        _timed("members of segments", _segments)
    _timed("segment base", building.refresh)
    if not TierModel.objects.filter(name=MODEL).exists():
        _timed("a model beside the primary one", _model)
    if not Metric.objects.exists():
        _timed("first round of watching", watch)
    _timed("round of watching", watch)


def watch() -> None:
    from zhike.crm.watching.watch import work

    job: Any = SimpleNamespace(progress=lambda *_told: None)
    work(job)


def _timed(name: str, make: Callable[[], Any]) -> None:
    started = time.perf_counter()
    make()
    print(f"{name:34}{time.perf_counter() - started:10.1f} s", flush=True)


def _segments() -> None:
    """Members since 200 days; one in seven has left 40 days ago."""
    from django.db import connection
    from django.utils.timezone import now

    from zhike.crm.insight import snapshots
    from zhike.crm.insight.days import day_of
    from zhike.crm.segments.models import Segment, SegmentVersion

    as_of = day_of(snapshots.reader().meta()["as_of"])
    entered, left = (connection.ops.adapt_datetimefield_value(now() - timedelta(days=n)) for n in (200, 40))
    for name, of in SEGMENTS.items():
        segment = Segment.objects.create(name=name, state="published", as_of=as_of, evaluated_at=now())
        segment.version = SegmentVersion.objects.create(segment=segment, number=1, definition={}, sha256="-")
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO segments_membership (segment_id, customer_id, reason, entered_at, left_at) "
                "SELECT %s, c.id, 'conditions', %s, CASE WHEN c.id %% 7 = 0 THEN %s END "
                "FROM customers_customer c WHERE c.id * 7919 %% %s = 0",
                [segment.pk, entered, left, of],
            )
        segment.members = segment.memberships.filter(left_at__isnull=True).count()
        segment.save()


def _model() -> None:
    from zhike.crm.insight import versions
    from zhike.crm.insight.models import TierModel
    from zhike.crm.studio import secondary

    definition = versions.settings_of(TierModel.objects.get(is_primary=True)).to_dict()
    definition["tiers"]["dimensions"][0]["transform"] = "log"
    secondary.evaluate(TierModel.objects.create(name=MODEL, definition=definition))
