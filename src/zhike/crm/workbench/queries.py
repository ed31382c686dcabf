"""Looking at analyses: the lists of the start page, and the levels of a variable."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from zhike.crm.insight import queries as insight
from zhike.crm.insight import snapshots
from zhike.crm.workbench import catalogue
from zhike.crm.workbench.catalogue import CUSTOM, SNAPSHOT
from zhike.crm.workbench.models import Analysis

LEVELS = 50


def reports(user: Any) -> QuerySet[Analysis]:
    """What was kept under a name."""
    return _listed(user).exclude(name="")


def recent(user: Any) -> QuerySet[Analysis]:
    """One's own runs that were not kept."""
    return _listed(user).filter(name="", created_by_id=user.pk)


def _listed(user: Any) -> QuerySet[Analysis]:
    return Analysis.objects.visible_to(user).select_related("created_by").order_by("-id")


def levels(user: Any, name: str) -> list[tuple[str, str]]:
    """The values of a category among the customers that the user sees, the most frequent first."""
    entry = catalogue.entries().get(name)
    if entry is None or entry.variable.kind != "category":
        return []
    if entry.source == CUSTOM:
        known = entry.variable.levels or tuple(entry.levels)
        return [(value, entry.level(value)) for value in known]
    if entry.source != SNAPSHOT or not snapshots.is_usable():
        return []
    scope, values = insight.snapshot_scope(user, "c")
    text = (
        f'SELECT CAST(c."{entry.column}" AS VARCHAR) AS level, COUNT(*) AS n FROM customers c '
        f'WHERE {scope} AND c.frequency > 0 AND c.profiled AND c."{entry.column}" IS NOT NULL '
        f"GROUP BY 1 ORDER BY n DESC, 1 LIMIT {LEVELS}"
    )
    found = insight.snapshot().query(text, values or None)
    return [(level, entry.level(level)) for level, _count in found if level]
