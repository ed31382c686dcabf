"""The tiers that models beside the primary one give: now, beside the snapshot, and from day to day.

An evaluation keeps nothing but its last answer; each round of watching notes what became of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef

from zhike.crm.insight import extract
from zhike.crm.insight.models import TierAssignment, TierModel, Version
from zhike.crm.watching.codes import BESIDE, MEASURE, RANKS
from zhike.crm.watching.models import ModelSpan
from zhike.platform.models import Job

NOW = pa.schema([("ref", pa.int64()), ("customer_id", pa.int64())])
PAST = pa.schema([(name, pa.int64()) for name in ("ref", "customer_id", "start", "finish")])
#: Models kept in memory; one of a million customers takes sixteen megabytes.
KEPT = 4
_BEGIN = """
INSERT INTO watching_modelspan (model_id, customer_id, tier, valid_from)
SELECT t.model_id, t.customer_id, t.tier, %s FROM insight_tierassignment t
LEFT JOIN watching_modelspan s
  ON s.model_id = t.model_id AND s.customer_id = t.customer_id AND s.valid_to IS NULL
WHERE t.model_id = %s AND t.tier > 0 AND s.id IS NULL
"""


def now(refs: Iterable[int]) -> pa.Table:
    """``(ref, customer_id)`` of everybody in the models of these tiers; ``ref`` as in ``codes.Member``."""
    tables = [_now(*stamp) for stamp in stamps({int(ref) // RANKS for ref in refs})]
    return pa.concat_tables(tables) if tables else NOW.empty_table()


def stamps(models: Iterable[int]) -> list[tuple[Any, ...]]:
    """What differs as soon as a model has been evaluated, or has another version."""
    wanted = sorted(models)
    if not wanted:
        return []
    done = Job.objects.filter(kind=BESIDE, state=Job.State.DONE).aggregate(last=Max("pk"))["last"]
    current = Version.objects.filter(model__in=wanted, is_current=True).order_by()
    versions = dict(current.values_list("model_id", "pk"))
    return [(str(settings.ZHIKE_HOME), model, versions.get(model), done) for model in wanted]


@lru_cache(maxsize=KEPT)
def _now(_home: str, model: int, *_stamp: Any) -> pa.Table:
    text = (
        f"SELECT t.model_id * {RANKS} + t.tier AS ref, t.customer_id AS customer_id "
        f"FROM insight_tierassignment t WHERE t.tier > 0 AND t.model_id = {int(model)}"
    )
    return extract.table(text, NOW)


def past(models: Iterable[int], reaching: tuple[int, int] | None = None) -> pa.Table:
    """``(ref, customer_id, start, finish)`` in day numbers; of spans ``reaching`` into these days."""
    ids = ", ".join(str(int(one)) for one in models) or "NULL"
    start, finish = extract.day_sql("s.valid_from"), extract.day_sql("s.valid_to")
    text = (
        f"SELECT s.model_id * {RANKS} + s.tier AS ref, s.customer_id AS customer_id, "
        f"{start} AS start, {finish} AS finish FROM watching_modelspan s WHERE s.model_id IN ({ids})"
    )
    if reaching:
        first, last = map(int, reaching)
        text += f" AND {start} <= {last} AND (s.valid_to IS NULL OR {finish} > {first})"
    return extract.table(text, PAST)


def noted() -> int | None:
    """The last round of watching that is over."""
    rounds = Job.objects.filter(kind=MEASURE, state=Job.State.DONE)
    last: int | None = rounds.aggregate(last=Max("pk"))["last"]
    return last


def note(day: date) -> None:
    """End what holds no more and begin what holds since this day; a second time it changes nothing."""
    for model in TierModel.objects.filter(is_primary=False).order_by("pk"):
        _note(model.pk, day)


@transaction.atomic
def _note(model: int, day: date) -> None:
    same = TierAssignment.objects.filter(
        model=OuterRef("model"), customer=OuterRef("customer"), tier=OuterRef("tier")
    )
    over = ModelSpan.objects.filter(~Exists(same), model=model, valid_to__isnull=True)
    over.filter(valid_from__gte=day).delete()
    over.update(valid_to=day)
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [connection.ops.adapt_datefield_value(day), model])
