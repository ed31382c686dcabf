"""The list of tasks."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.crm.tasks import queries
from zhike.crm.tasks.models import Task
from zhike.crm.tasks.tables import COLUMNS, DUE, SORTS
from zhike.platform import company_day
from zhike.platform.keyset import paginate, sort_from
from zhike.platform.permissions import signed_in
from zhike.platform.requests import Request
from zhike.platform.tables import FilterChip, Table, page_url, with_query


@signed_in
@require_GET
def task_list(request: Request) -> HttpResponse:
    """Tasks by whose they are and when they are due."""
    query = request.GET
    whose = _known(query.get("whose", ""), queries.WHOSE)
    state = _known(query.get("state", ""), queries.STATES)
    rows = queries.tasks_of(request.user, whose)
    found, chips = _searched(queries.in_state(rows, state), query)
    sort = sort_from(query.get("sort", "-done" if state == "done" else ""), SORTS, DUE)
    tasks = queries.sortable(found).select_related("assignee", "creator")
    page = paginate(tasks, sort, cursor=query.get("cursor", ""))
    shown = queries.with_customers(request.user, page.rows)
    context = {
        "table": Table(COLUMNS, shown, query, sort=f"{'-' if sort.descending else ''}{sort.name}"),
        "tabs": _tabs(query, "whose", queries.WHOSE, whose),
        "states": _tabs(query, "state", queries.STATES, state, queries.counts(rows)),
        "chips": chips,
        "query": query,
        "today": company_day.today(),
        "here": request.get_full_path(),
        "previous_url": page_url(query, page.previous_cursor),
        "next_url": page_url(query, page.next_cursor),
    }
    return render(request, "tasks/list.html", context)


def _known(text: str, offered: tuple[tuple[str, Any], ...]) -> str:
    return text if text in dict(offered) else offered[0][0]


def _searched(rows: QuerySet[Task], query: QueryDict) -> tuple[QuerySet[Task], list[FilterChip]]:
    text = query.get("q", "").replace("\0", "").strip()[:80]
    if not text:
        return rows, []
    chip = FilterChip(_("Contains"), text, with_query(query, q=None))
    return rows.filter(Q(title__icontains=text) | Q(note__icontains=text)), [chip]


def _tabs(
    query: QueryDict,
    key: str,
    offered: tuple[tuple[str, Any], ...],
    chosen: str,
    counts: dict[str, int] | None = None,
) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": with_query(query, **{key: code, "sort": None}),
            "active": code == chosen,
            "count": (counts or {}).get(code),
            "code": code,
        }
        for code, label in offered
    ]
