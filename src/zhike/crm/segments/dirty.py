"""Changed customers: judged again from their newest rows, a moment after the change.

The change log says who changed. A customer is looked at when the analysis has evaluated the change (so that
the tier is the new one), and once more when the predictions have. A flood is left to an evaluation of
everybody: the one that follows the full analysis which the flood brings about, or, of tags and lists, one
that is asked for. Segments with a limit rank everybody and are
settled by the full evaluation alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import pyarrow as pa
from django.db import transaction

from zhike.analytics.segments import truths
from zhike.crm.insight.events import CONSUMER as ANALYSIS
from zhike.crm.prediction.rescoring import CONSUMER as PREDICTIONS
from zhike.crm.segments import few, memberships
from zhike.crm.segments.extracts import MEMBERS
from zhike.crm.segments.memberships import ByHand, Wish
from zhike.crm.segments.plans import Plan, Planned, asked_by_others, plan
from zhike.platform import changes

CONSUMER = "segments"
#: More changed customers than this in one look are a flood.
MANY = 20_000
#: So many customers are judged at once.
PART = 10_000
#: So many customers are written by one transaction.
CHUNK = 2_000

_marks: dict[str, int] = {}


def look(flooded: Callable[[], bool]) -> int:
    """One look at the change log; returns the number of customers judged.

    ``flooded`` asks for an evaluation of everybody and says whether it will see what has changed until now;
    if not, the next look asks again.
    """
    aside = _aside()
    looked = [one for one in (_behind(ANALYSIS), _behind(PREDICTIONS), aside) if one is not None]
    late = sorted({pk for _consumer, _position, ids in looked for pk in ids})
    if len(late) > MANY and aside is not None and aside[2] and not flooded():
        return 0
    judged = judge(late, plan()) if 0 < len(late) <= MANY else 0
    for consumer, position, ids in looked:
        _marks[consumer] = position
        # On PostgreSQL writing the mark down would itself move the position.
        if ids or not changes.watermark(consumer):
            changes.advance(consumer, position)
    return judged


#: A mark of this room, the place in the change log that it moves to, and the customers changed in between.
Looked = tuple[str, int, list[int]]


def _behind(room: str) -> Looked | None:
    """What another room has dealt with, whose figures the conditions read."""
    consumer, position = f"{CONSUMER}.{room}", changes.watermark(room)
    mark = _mark(consumer)
    if position <= mark:
        return None
    ids = changes.changed_customers(mark, position, besides=changes.ASIDE) if mark else []
    return consumer, position, ids


def _aside() -> Looked | None:
    """Tags and lists, which nobody else waits for."""
    position, mark = changes.safe_position(), _mark(CONSUMER)
    if position <= mark:
        return None
    return CONSUMER, position, changes.changed_customers(mark, position, only=changes.ASIDE) if mark else []


def _mark(consumer: str) -> int:
    return max(_marks.get(consumer, 0), changes.watermark(consumer))


def catch_up(since: int, chosen: Plan) -> int:
    """After a full evaluation: judge those who changed since its base was built; returns how many.

    Of a flood only tags and lists count: an analysis and its evaluation follow whatever else has changed.
    """
    now = changes.safe_position()
    late = changes.changed_customers(since, now)
    if len(late) > MANY:
        late = changes.changed_customers(since, now, only=changes.ASIDE)
    for start in range(0, len(late), PART):
        judge(late[start : start + PART], chosen)
    return len(late)


def judge(customer_ids: Sequence[int], chosen: Plan) -> int:
    """Judge some customers for the segments of a plan and write what differs; returns how many."""
    levels = [[one for one in level if one.definition.limit is None] for level in chosen.levels]
    if not customer_ids or not any(levels):
        return 0
    position = changes.safe_position()
    with few.opened(customer_ids, chosen.definitions, chosen.catalogue) as some:
        by_hand = memberships.by_hand([one.segment_id for one in chosen.everything], customer_ids)
        asked = asked_by_others(levels)
        wanted: dict[int, set[int]] = {}
        for level in levels:
            if level:
                wanted |= _judged(some, level, by_hand)
                _show(some, asked.intersection(one.segment_id for one in level), wanted)
    wishes = [
        Wish(one.segment_id, one.version_id, wanted[one.segment_id]) for level in levels for one in level
    ]
    for start in range(0, len(customer_ids), CHUNK):
        part = customer_ids[start : start + CHUNK]
        with transaction.atomic():
            # Whoever changed meanwhile is judged again by a later look.
            memberships.settle(part, wishes, since=position, by_hand=by_hand.included)
    return len(customer_ids)


def _judged(some: few.Few, level: Sequence[Planned], by_hand: ByHand) -> dict[int, set[int]]:
    query = truths([one.definition.root for one in level], some.catalogue, some.day)
    rows = some.session.sql(query.text, **query.params)
    found = {}
    for place, one in enumerate(level):
        included, excluded = by_hand.of(one.segment_id)
        meeting = set(rows["customer_id"].filter(rows[f"t{place}"]).to_pylist())
        found[one.segment_id] = meeting - (excluded if one.definition.exclude_manual else set()) | included
    return found


def _show(some: few.Few, segment_ids: Collection[int], wanted: dict[int, set[int]]) -> None:
    """Let the next level see who is in the segments of this one that it asks for."""
    names = ", ".join(f"'{segment}'" for segment in segment_ids) or "''"
    segments = [str(segment) for segment in segment_ids for _pk in wanted[segment]]
    columns = [segments, [pk for segment in segment_ids for pk in wanted[segment]]]
    run = some.session.connection.execute
    run(f"DELETE FROM members WHERE segment IN ({names})")
    some.session.register("_shown", pa.table(dict(zip(MEMBERS.names, columns, strict=True)), schema=MEMBERS))
    run("INSERT INTO members SELECT * FROM _shown")
    some.session.unregister("_shown")
