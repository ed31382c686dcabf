"""The full evaluation: every published segment against the segment base, one set-based difference each.

Segments are judged many at once, level by level of who asks for whom. What differs from the stored members is
written in chunks, each a transaction with its announcement and its count, so that a kill repeats nothing and
loses nothing. A segment that cannot be evaluated says why and keeps its members; the others go on. Customers
with something newer than the base are left to the look at changed customers, which sees their newest rows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.analytics.engine import Session
from zhike.analytics.engine.dialect import render
from zhike.analytics.engine.snapshot import CURRENT
from zhike.analytics.segments import Catalogue, members, truths
from zhike.analytics.segments.tree import Top
from zhike.crm.insight import extract, places
from zhike.crm.insight.days import day_of
from zhike.crm.insight.models import Run
from zhike.crm.segments import base, building, dirty, extracts, fields, memberships, tallies
from zhike.crm.segments.choices import Reason, RunState
from zhike.crm.segments.memberships import ByHand, Wish
from zhike.crm.segments.models import Evaluation, Membership, Segment
from zhike.crm.segments.plans import Plan, Planned, Problem, asked_by_others, plan, problem_of
from zhike.platform.every_language import filled
from zhike.platform.jobs import JobRun
from zhike.platform.store import MANY, gather_statistics

log = logging.getLogger("zhike.segments")

TOTAL, BUILT = 100, 40
#: So many segments are judged by one statement.
AT_ONCE = 40
CHUNK, SMALLEST, LARGEST = 2_000, 200, 50_000
#: So long a piece of the writing may keep others from the store.
LOCK_SECONDS = 0.2


@dataclass
class Work:
    """One evaluation in progress."""

    session: Session
    plan: Plan
    day: int
    position: int
    by_hand: ByHand
    #: How the base counts tiers.
    levels: Sequence[str] | None = None
    job: JobRun | None = None
    #: Entered and left by segment, of an earlier attempt too; those that are done.
    counts: dict[str, list[int]] = field(default_factory=dict)
    done: list[int] = field(default_factory=list)
    size: int = field(default_factory=lambda: CHUNK)
    moved: int = 0

    @property
    def date(self) -> date:
        found = day_of(self.day)
        assert found is not None
        return found

    @property
    def catalogue(self) -> Catalogue:
        return fields.with_levels(self.plan.catalogue, self.levels)

    def note(self) -> None:
        """Keep how far the work has come; inside the transaction that it describes."""
        if self.job is not None:
            self.job.checkpoint |= {"counts": self.counts, "done": self.done}
            self.job.save_checkpoint()

    def tell(self, place: int) -> None:
        if self.job is not None:
            total = len(self.plan.everything)
            told = filled(_("Evaluating segments: %(done)d of %(total)d"), done=place, total=total)
            self.job.progress(BUILT + (TOTAL - BUILT - 1) * place // max(total, 1), TOTAL, told)


def work(segment_ids: Collection[int] | None = None, job: JobRun | None = None) -> dict[str, Any]:
    """Evaluate all published segments, or these and those that ask for them."""
    if not Run.objects.filter(finished_at__isnull=False).exists():
        return {"segments": 0}
    if job is not None:
        job.progress(1, TOTAL, _("Preparing the data of segments"))
    building.refresh(only_if_missing=segment_ids is not None)
    chosen = plan(segment_ids)
    with _opened() as (session, meta):
        mine = Work(
            session,
            chosen,
            meta["as_of"],
            meta["extra"]["position"],
            memberships.by_hand([one.segment_id for one in chosen.everything]),
            meta["extra"].get("levels"),
            job,
        )
        if job is not None:
            mine.counts, mine.done = job.checkpoint.get("counts", {}), job.checkpoint.get("done", [])
        _evaluate(mine)
    if mine.moved >= MANY:
        gather_statistics(Membership)
    late = dirty.catch_up(mine.position, chosen)
    return {
        "segments": len(chosen.everything),
        "broken": len(chosen.broken),
        "moved": mine.moved,
        "late": late,
    }


@contextmanager
def _opened() -> Iterator[tuple[Session, dict[str, Any]]]:
    """A session over the current base, read where it lies."""
    folder = base.directory()
    with places.heavy_session(folder) as session:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
        path = str(folder / name).replace("'", "''")
        run = session.connection.execute
        run(f"ATTACH '{path}' AS base (READ_ONLY)")
        for relation in ("people", *building.ROWS):
            run(f"CREATE TEMPORARY VIEW {relation} AS SELECT * FROM base.{relation}")
        version, day, extra = run("SELECT version, as_of, extra FROM base.meta").fetchall()[0]
        yield session, {"version": version, "as_of": day, "extra": building.extra_of(extra)}


def _evaluate(mine: Work) -> None:
    _load_members(mine)
    _load_lists(mine)
    for segment_id, (version_id, problem) in mine.plan.broken.items():
        _fail(mine, segment_id, version_id, problem)
    place = 0
    for level in mine.plan.levels:
        open_ones = [one for one in level if one.segment_id not in mine.done]
        for start in range(0, len(open_ones), AT_ONCE):
            part = open_ones[start : start + AT_ONCE]
            for one, wanted, seconds in _judged(mine, part):
                mine.tell(place := place + 1)
                _settle(mine, one, wanted, seconds)


def _load_members(mine: Work) -> None:
    """``stored_members``: as they are written now; ``members``: what conditions of this evaluation see."""
    asked = asked_by_others(mine.plan.levels)
    ids = sorted({one.segment_id for one in mine.plan.everything} | asked | set(mine.plan.broken))
    extract.load(mine.session, "stored_members", extracts.places_sql(ids), extracts.PLACES)
    coming = {one.segment_id for one in mine.plan.everything} | set(mine.plan.broken)
    mine.session.connection.execute("CREATE OR REPLACE TABLE members (segment VARCHAR, customer_id BIGINT)")
    for one in asked - (coming - set(mine.done)):
        _show_stored(mine, one)


def _show_stored(mine: Work, segment_id: int) -> None:
    """Let the conditions of others see who is in a segment as it is stored."""
    mine.session.connection.execute(
        f"INSERT INTO members SELECT '{int(segment_id)}', customer_id FROM stored_members "
        f"WHERE segment_id = {int(segment_id)}"
    )


def _load_lists(mine: Work) -> None:
    definitions = mine.plan.definitions
    lists = sorted({one for definition in definitions for one in definition.lists})
    extract.load(mine.session, "list_members", extracts.list_members_sql(lists), extracts.LIST_MEMBERS)
    salts = sorted({salt for definition in definitions for salt in definition.salts})
    building.load_buckets(mine.session, salts)


#: A relation with the wanted members in column ``customer_id``, or why there is none.
Wanted = str | Problem


def _judged(mine: Work, part: Sequence[Planned]) -> Iterator[tuple[Planned, Wanted, float]]:
    """Who is wanted in each segment: all in one statement where that works, else one by one."""
    plain = [one for one in part if one.definition.limit is None]
    began = time.monotonic()
    together = _together(mine, plain)
    seconds = (time.monotonic() - began) / max(len(plain), 1)
    for one in part:
        if one in plain and together:
            yield one, f"(SELECT customer_id FROM judged WHERE t{plain.index(one)})", seconds
            continue
        began = time.monotonic()
        yield one, _alone(mine, one), time.monotonic() - began


def _together(mine: Work, part: Sequence[Planned]) -> bool:
    try:
        query = truths([one.definition.root for one in part], mine.catalogue, mine.day)
        text = f"CREATE OR REPLACE TABLE judged AS {render(query.text)}"
        mine.session.connection.execute(text, query.params or None)
    except Exception:
        # One of them cannot be asked: each is tried alone, so that the others do not suffer.
        log.warning("segments judged one by one", exc_info=True)
        return False
    return True


def _alone(mine: Work, one: Planned) -> Wanted:
    definition = one.definition
    _included, excluded = mine.by_hand.of(one.segment_id)
    limit = definition.limit
    if limit is not None:
        # Who is never in takes nobody's place.
        definition = replace(definition, limit=Top(limit.n + len(excluded), limit.column, limit.ascending))
    try:
        query = members(definition, mine.catalogue, mine.day)
        found = mine.session.sql(query.text, **query.params)
    except Exception as error:
        log.warning("segment %s cannot be evaluated", one.segment_id, exc_info=True)
        return problem_of(error)
    if limit is not None:
        found = _best(found, excluded if definition.exclude_manual else set(), limit.n)
    mine.session.load("judged_alone", found)
    return "judged_alone"


def _best(found: Any, excluded: set[int], most: int) -> Any:
    import pyarrow as pa

    kept = [pk for pk in found["customer_id"].to_pylist() if pk not in excluded][:most]
    return pa.table({"customer_id": pa.array(kept, pa.int64())})


def _settle(mine: Work, one: Planned, wanted: Wanted, seconds: float) -> None:
    if not isinstance(wanted, str):
        _fail(mine, one.segment_id, one.version_id, wanted)
        return
    began = time.monotonic()
    _resolve(mine, one, wanted)
    entering, leaving = _difference(mine, one)
    for some in _chunks(mine, entering):
        _write(mine, one, some, set(some))
    for some in _chunks(mine, leaving):
        _write(mine, one, some, set())
    _finish(mine, one, seconds + time.monotonic() - began)


def _resolve(mine: Work, one: Planned, wanted: str) -> None:
    """``wanted``: who meets the conditions, without those who are never in, with those who always are."""
    included, excluded = mine.by_hand.of(one.segment_id)
    if not one.definition.exclude_manual:
        excluded = set()
    run = mine.session.connection.execute
    text = f"SELECT customer_id FROM {wanted}"
    if excluded:
        text += f" WHERE customer_id NOT IN ({_numbers(excluded)})"
    if included:
        text += "".join(f" UNION SELECT {int(pk)}" for pk in sorted(included))
    run(f"CREATE OR REPLACE TABLE wanted AS {text}")
    if any(one.segment_id in other.asked for other in mine.plan.everything):
        run(f"INSERT INTO members SELECT '{one.segment_id}', customer_id FROM wanted")


def _difference(mine: Work, one: Planned) -> tuple[list[int], list[int]]:
    run = mine.session.connection.execute
    stored = f"(SELECT customer_id FROM stored_members WHERE segment_id = {one.segment_id})"
    differing = "SELECT customer_id FROM {} a ANTI JOIN {} b USING (customer_id) ORDER BY 1"
    entering = run(differing.format("wanted", stored)).fetchnumpy()
    leaving = run(differing.format(stored, "wanted")).fetchnumpy()
    return entering["customer_id"].tolist(), leaving["customer_id"].tolist()


def _numbers(ids: Collection[int]) -> str:
    return ", ".join(str(int(one)) for one in sorted(ids))


def _chunks(mine: Work, ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Pieces that shrink and grow, so that nobody waits long for the write lock."""
    start = 0
    while start < len(ids):
        some = ids[start : start + mine.size]
        began = time.monotonic()
        yield some
        seconds = max(time.monotonic() - began, 0.001)
        start += len(some)
        mine.size = max(SMALLEST, min(LARGEST, int(mine.size * min(2.0, LOCK_SECONDS / seconds))))


def _write(mine: Work, one: Planned, some: Sequence[int], inside: set[int]) -> None:
    with transaction.atomic():
        since: int | None = mine.position
        if one.definition.limit is not None:
            # No look at changed customers settles these places: they have theirs now.
            inside, since = _chosen_since(one, some, inside), None
        wish = Wish(one.segment_id, one.version_id, inside)
        entered, left = memberships.settle(some, [wish], since=since, by_hand=mine.by_hand.included)
        counted = mine.counts.setdefault(str(one.segment_id), [0, 0])
        counted[0] += entered
        counted[1] += left
        mine.note()
    mine.moved += entered + left


def _chosen_since(one: Planned, some: Sequence[int], inside: set[int]) -> set[int]:
    """Those inside, as choices by hand have them that were perhaps made since the evaluation began."""
    memberships.lock(some)
    included, excluded = memberships.by_hand([one.segment_id], some).of(one.segment_id)
    return inside - (excluded if one.definition.exclude_manual else set()) | included


@transaction.atomic
def _finish(mine: Work, one: Planned, seconds: float) -> None:
    """The segment's own row says how it stands; with it the work on this segment is done."""
    entered, left = mine.counts.get(str(one.segment_id), [0, 0])
    count = Membership.objects.filter(segment_id=one.segment_id, left_at__isnull=True).count()
    state: dict[str, Any] = {
        "members": count,
        "as_of": mine.date,
        "seen": mine.position,
        "evaluated_at": timezone.now(),
        "problem": {},
    }
    mine.done.append(one.segment_id)
    mine.note()
    # Another version may have been put in force meanwhile; its evaluation is still to come.
    if not Segment.objects.filter(pk=one.segment_id, version_id=one.version_id).update(**state):
        return
    included, _excluded = mine.by_hand.of(one.segment_id)
    tallies.keep(mine.session, one.segment_id, included, mine.position)
    Evaluation.objects.create(
        segment_id=one.segment_id,
        version_id=one.version_id,
        state=RunState.DONE,
        as_of=mine.date,
        members=count,
        entered=entered,
        left=left,
        milliseconds=round(1000 * seconds),
    )


@transaction.atomic
def _fail(mine: Work, segment_id: int, version_id: int, problem: Problem) -> None:
    """The members stay as they were; the segment says why."""
    if segment_id in mine.done:
        return
    mine.done.append(segment_id)
    mine.note()
    _show_stored(mine, segment_id)
    rows = Segment.objects.filter(pk=segment_id, version_id=version_id)
    if rows.update(problem=problem, evaluated_at=timezone.now()):
        members_now = Membership.objects.filter(segment_id=segment_id, left_at__isnull=True).count()
        Evaluation.objects.create(
            segment_id=segment_id,
            version_id=version_id,
            state=RunState.FAILED,
            as_of=mine.date,
            members=members_now,
            problem=problem,
        )


@transaction.atomic
def settle_choice(segment: Segment, customer_id: int, choice: str | None) -> None:
    """Let a choice by hand take effect at once."""
    memberships.lock([customer_id])
    if choice is None:
        dirty.judge([customer_id], plan([segment.pk]))
        return
    wish = Wish(segment.pk, segment.version_id, {customer_id} if choice == "include" else set())
    memberships.settle([customer_id], [wish], by_hand={(segment.pk, customer_id)})
    if wish.inside:
        open_ones = Membership.objects.filter(segment=segment, customer_id=customer_id, left_at__isnull=True)
        open_ones.update(reason=Reason.BY_HAND)
    dirty.judge([customer_id], plan([segment.pk]))
