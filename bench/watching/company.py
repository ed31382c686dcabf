"""What watching and statistics look at beyond the customers and orders of ``bench pages``: an analysis, tags,
an own field, predictions, segments with a past, a tier model beside the primary one, and a round of watching.

The values are made up evenly: what matters is how many there are.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

#: Of every so many customers one is a member; the first is larger than what a comparison looks at whole.
SEGMENTS = {"bench half": 2, "bench third": 3, "bench fifth": 5, "bench tenth": 10, "bench hundredth": 100}
MODEL = "bench potential"
FIELD = "bench_channel"
TAGS = ("bench A", "bench B")


def complete() -> None:
    """Make what is not there yet, telling how long each part takes."""
    from zhike.crm.customers.models import CustomField
    from zhike.crm.insight import snapshots
    from zhike.crm.insight.models import Run, TierModel
    from zhike.crm.insight.services import run_now
    from zhike.crm.prediction.models import CustomerPrediction
    from zhike.crm.segments import base, building
    from zhike.crm.segments.models import Segment
    from zhike.crm.watching.models import Metric

    if not CustomField.objects.filter(key=FIELD).exists():
        _timed("tags and an own field", _described)
    if not (snapshots.is_usable() and Run.objects.filter(finished_at__isnull=False).exists()):
        _timed("full analysis", lambda: run_now(progress=lambda _text: None))
    if not CustomerPrediction.objects.exists():
        _timed("predictions", _predictions)
    if not Segment.objects.filter(name__in=SEGMENTS).exists():
        _timed("members of segments", _segments)
    if not base.available():
        _timed("segment base", building.build)
    if not TierModel.objects.filter(name=MODEL).exists():
        _timed("a model beside the primary one", _model)
    if not Metric.objects.filter(kind="segment").exists():
        _timed("first round of watching", watch)
    _timed("round of watching", watch)


def watch() -> None:
    from zhike.crm.watching.watch import work

    job: Any = SimpleNamespace(progress=lambda *_told: None)
    work(job)


def _timed(name: str, make: Callable[[], Any]) -> None:
    started, worked = time.perf_counter(), time.process_time()
    make()
    clock, processor = time.perf_counter() - started, time.process_time() - worked
    print(f"{name:34}{clock:10.1f} s {processor:10.1f} s of processor", flush=True)


def _execute(text: str, values: list[Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text, values)


def _moment(value: datetime) -> Any:
    from django.db import connection

    return connection.ops.adapt_datetimefield_value(value)


def _described() -> None:
    """Two in three customers have a tag, three in four a channel."""
    from django.db import connection

    from zhike.crm.customers.models import CustomField, Tag

    CustomField.objects.create(key=FIELD, label="渠道", field_type="choice", choices=["直营", "经销", "电商"])
    for place, name in enumerate(TAGS):
        tag = Tag.objects.create(name=name)
        _execute(
            "INSERT INTO customers_customer_tags (customer_id, tag_id) "
            "SELECT c.id, %s FROM customers_customer c WHERE c.id %% 3 = %s",
            [tag.pk, place],
        )
    kind = "" if connection.vendor == "sqlite" else "::jsonb"
    for place, channel in enumerate(("直营", "经销", "电商")):
        _execute(
            f"UPDATE customers_customer SET custom = %s{kind} WHERE id %% 4 = %s",
            [f'{{"{FIELD}": "{channel}"}}', place],
        )


def _predictions() -> None:
    """One for every customer: odd multipliers spread them over the whole range."""
    from django.utils.timezone import now

    from zhike.crm.insight import snapshots
    from zhike.crm.insight.days import day_of

    _execute(
        "INSERT INTO prediction_customerprediction (customer_id, as_of, p_active, expected_orders, clv, "
        "churn_probability, churn_status, churn_reasons, value_at_risk, rhythm_status, versions, seq, "
        "written_at, products_mark, expected_need, need_mark) "
        "SELECT c.id, %s, (c.id * 7919 %% 1000) / 1000.0, (c.id * 31 %% 100) / 10.0, c.id * 7919 %% 100000, "
        "(c.id * 104729 %% 1000) / 1000.0, '', '[]', c.id * 31 %% 5000, 'due', '{}', 0, %s, 0, '[]', 0 "
        "FROM customers_customer c",
        [day_of(snapshots.reader().meta()["as_of"]), _moment(now())],
    )


def _segments() -> None:
    """Members since 200 days; one in seven has left 40 days ago."""
    from django.utils.timezone import now

    from zhike.crm.insight import snapshots
    from zhike.crm.insight.days import day_of
    from zhike.crm.segments.models import Segment, SegmentVersion

    as_of = day_of(snapshots.reader().meta()["as_of"])
    entered, left = (_moment(now() - timedelta(days=n)) for n in (200, 40))
    for name, of in SEGMENTS.items():
        segment = Segment.objects.create(name=name, state="published", as_of=as_of, evaluated_at=now())
        segment.version = SegmentVersion.objects.create(segment=segment, number=1, definition={}, sha256="-")
        _execute(
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
