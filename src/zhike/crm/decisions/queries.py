"""The queue as one person sees it: counts by kind, the items, and what came of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from zhike.crm.accounts.models import User
from zhike.crm.decisions.models import Decision
from zhike.crm.decisions.sources import EVERYTHING, SOURCES, Entry, Narrowing, Source, entry_of
from zhike.crm.imports.models import Import

SHOWN = 40


@dataclass(frozen=True)
class Count:
    source: Source
    number: int


def counts(user: Any, narrowing: Narrowing = EVERYTHING) -> list[Count]:
    return [Count(source, source.waiting(user, narrowing).order_by().count()) for source in SOURCES.values()]


def total(user: Any) -> int:
    return sum(count.number for count in counts(user))


def remembered_total(user: Any) -> int:
    """The same, at most half a minute old: every page asks."""
    found = cache.get_or_set(f"decisions-{user.pk}", lambda: total(user), 30)
    return int(found or 0)


def forget_total(user: Any) -> None:
    """The inbox itself always tells the truth."""
    cache.delete(f"decisions-{user.pk}")


def queue(user: Any, kind: str, narrowing: Narrowing) -> list[Entry]:
    """The next items, kind after kind."""
    found: list[Entry] = []
    for source in SOURCES.values():
        if kind in ("", source.kind) and len(found) < SHOWN:
            rows = source.waiting(user, narrowing)[: SHOWN - len(found)]
            found += [entry_of(source, row) for row in rows]
    return found


def one(user: Any, kind: str, pk: int) -> Any | None:
    """A waiting item within the person's sight."""
    source = SOURCES.get(kind)
    return source and source.waiting(user, EVERYTHING).filter(pk=pk).first()


def decided_today(user: Any) -> int:
    mine = Decision.objects.visible_to(user).filter(undone_at__isnull=True)
    start = timezone.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return mine.filter(at__gte=start).count()


def owners(user: Any) -> list[tuple[int, str]]:
    people = User.objects.visible_to(user).filter(is_active=True)
    return [(person.pk, str(person)) for person in people]


def imports_with_rows(user: Any) -> list[tuple[int, str]]:
    """Imports of which a row waits."""
    waiting: set[int] = set()
    for kind in ("doubtful", "rejected"):
        rows = SOURCES[kind].waiting(user, EVERYTHING).order_by()
        waiting |= set(rows.values_list("import_run_id", flat=True).distinct())
    runs = Import.objects.visible_to(user).filter(pk__in=waiting)
    return [(run.pk, run.file_name) for run in runs]
