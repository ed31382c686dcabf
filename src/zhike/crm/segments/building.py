"""Building the segment base: after a full analysis and after a scoring, published like a snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhike.analytics.engine import Session, publish
from zhike.analytics.engine.snapshot import CURRENT
from zhike.analytics.segments.sampling import offer_samples
from zhike.crm.insight import lake, places, ranks
from zhike.crm.insight.days import number
from zhike.crm.insight.models import Run
from zhike.crm.segments import base, extracts, fields
from zhike.crm.segments.assembling import FEATURES, ORDER_COLUMNS, ROWS, assemble
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Segment
from zhike.platform import changes
from zhike.platform.models import Job

KEEP = 2
#: More customers than this are counted by a sample where a condition looks at rows of orders or contacts.
EXACT = 300_000
ATTEMPTS = 3


@dataclass(frozen=True)
class Built:
    """``position`` is the place in the change log up to which the rows were certainly seen."""

    as_of: date
    people: int
    position: int


def marks() -> dict[str, int]:
    """The analysis and the scoring that a base built now rests on."""
    scored = Job.objects.filter(kind="prediction.score", state=Job.State.DONE).order_by("-id")
    run = Run.objects.filter(finished_at__isnull=False).order_by("-id")
    return {
        "run": run.values_list("pk", flat=True).first() or 0,
        "scoring": scored.values_list("pk", flat=True).first() or 0,
    }


def extra_of(text: str) -> dict[str, Any]:
    """What a base says of itself beyond its day."""
    found: dict[str, Any] = json.loads(text)
    return found


def refresh(*, only_if_missing: bool = False) -> bool:
    """Build the base unless it is as new as the last analysis and scoring; returns whether it was built."""
    found = base.meta()
    if found is not None:
        same = all(found["extra"].get(name) == mark for name, mark in marks().items())
        if same or only_if_missing:
            return False
    build()
    return True


def build() -> Built:
    """Read the last analysis, the lake and the operational rows, and publish the base."""
    noted = marks()
    run = Run.objects.get(pk=noted["run"])
    position = min(run.seq, changes.watermark(lake.CONSUMER))
    day, tiers = number(run.as_of), ranks.now()
    with places.heavy_session(base.directory()) as session:
        extracts.load_all(session, tiers)
        _load_analysis(session, day)
        assemble(session, day)
        tables = _tables(session)
        known = _known(session)
        levels = fields.levels_by(tiers)
        extra = {"layout": base.LAYOUT, "position": position, "known": known, "levels": levels, **noted}
        info = publish(
            base.directory(), session, tables, version=str(run.pk), as_of=day, keep=KEEP, extra=extra
        )
    return Built(run.as_of, info.rows, position)


def _load_analysis(session: Session, day: int) -> None:
    """Features of the published snapshot and facts of the lake; either may be replaced while it is read."""
    import duckdb

    run = session.connection.execute
    folder = places.snapshot_directory()
    for attempt in range(ATTEMPTS):
        try:
            path = str(folder / (folder / CURRENT).read_text(encoding="utf-8").strip()).replace("'", "''")
            run(f"ATTACH '{path}' AS analysis_{attempt} (READ_ONLY)")
            run(
                "CREATE OR REPLACE TABLE feature_rows AS "
                f"SELECT customer_id, {', '.join(FEATURES)} FROM analysis_{attempt}.customers"
            )
            places.lake().attach(session, "lake_facts")
            run(
                f"CREATE OR REPLACE TABLE order_rows AS SELECT {ORDER_COLUMNS} FROM lake_facts "
                f"WHERE day <= {day}"
            )
            return
        except duckdb.IOException:
            if attempt + 1 == ATTEMPTS:
                raise


def _tables(session: Session) -> dict[str, str]:
    """What is published: the relations, buckets of the salts in use, and of many customers a sample."""
    _buckets(session)
    tables = {name: name for name in ("people", *ROWS, "buckets")}
    ((people,),) = session.connection.execute("SELECT COUNT(*) FROM people").fetchall()
    if people > EXACT:
        tables |= {name: name for name in offer_samples(session, ("people", *ROWS), people)}
    return tables


def _buckets(session: Session) -> None:
    """Buckets of every salt that a published segment draws by."""
    published = Segment.objects.filter(state=SegmentState.PUBLISHED, version__isnull=False)
    definitions = published.values_list("version__definition", flat=True)
    load_buckets(session, sorted({salt for one in definitions for salt in salts_in(one)}))


_NO_BUCKETS = (
    "SELECT CAST(NULL AS VARCHAR) AS salt, CAST(NULL AS BIGINT) AS customer_id, "
    "CAST(NULL AS INT) AS bucket WHERE FALSE"
)


def load_buckets(session: Session, salts: Sequence[str]) -> None:
    """``buckets``: everybody's bucket for each of the salts."""
    parts = [base.bucket_sql(salt, "people") for salt in salts]
    text = " UNION ALL ".join(parts) or _NO_BUCKETS
    session.connection.execute(f"CREATE OR REPLACE TABLE buckets AS {text}")


def salts_in(node: Any) -> Iterator[str]:
    """The salts of the bucket leaves anywhere in a definition's JSON."""
    if isinstance(node, dict):
        if node.get("t") == "bucket" and isinstance(node.get("salt"), str):
            yield node["salt"]
        for one in node.values():
            yield from salts_in(one)
    elif isinstance(node, list):
        for one in node:
            yield from salts_in(one)


def _known(session: Session) -> list[str]:
    """Relations and columns with data, as ``contacts`` and ``people.city``."""
    found = []
    for relation in ("people", *ROWS):
        columns = session.connection.execute(f"DESCRIBE {relation}").fetchall()
        counts = ", ".join(f"COUNT({_present(name, kind)})" for name, kind, *_rest in columns)
        (counted,) = session.connection.execute(f"SELECT COUNT(*), {counts} FROM {relation}").fetchall()
        if counted[0]:
            found.append(relation)
        pairs = zip(columns, counted[1:], strict=True)
        found += [f"{relation}.{column[0]}" for column, count in pairs if count]
    return found


def _present(name: str, kind: str) -> str:
    if kind == "VARCHAR":
        return f"NULLIF({name}, '')"
    return f"NULLIF({name}, FALSE)" if kind == "BOOLEAN" else name
