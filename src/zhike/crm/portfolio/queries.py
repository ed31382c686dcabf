"""Reading customers for the list: filters, order, one page, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from zhike.crm.customers import search
from zhike.crm.customers.models import Customer, CustomField
from zhike.crm.customers.words import Reach
from zhike.crm.followups.queries import Rhythm, contact_state
from zhike.crm.insight import labels
from zhike.crm.insight import queries as insight
from zhike.crm.portfolio import filters, paging, tables
from zhike.platform.permissions import RowScope, allowed, row_scope
from zhike.platform.tables import Column, chosen_columns, sort_of

PAGE = 50
#: Beyond it a list says "10,000+" and does not count on.
COUNTED = 10_000
#: Up to so many rows are sorted themselves; of more, the index of the order is walked until a page is full,
#: and the page does not wait until they are counted.
SORTED = 2_000


@dataclass(frozen=True)
class Listing:
    """``count`` is exact, or None for more than are sorted."""

    page: paging.Page
    count: int | None
    sort: str


def filtered(user: Any, query: QueryDict) -> QuerySet[Customer]:
    """The customers that the user sees under the filters and the search of the address, in no order."""
    rows, found = _unsearched(user, query), filters.finding(query, user)
    return search.narrow(rows, found) if found else rows


def _unsearched(user: Any, query: QueryDict) -> QuerySet[Customer]:
    return filters.apply(Customer.objects.visible_to(user), query, user).order_by()


def listing(user: Any, query: QueryDict, columns: tuple[Column, ...]) -> Listing:
    """One page of the list in the order that the address asks for."""
    rows, found = _unsearched(user, query), filters.finding(query, user)
    sort = sort_of(columns, query, default=tables.default_sort(user))
    order = tables.order_of(sort)
    ids = _first_ids(user, query, rows, found)
    if ids is not None:
        # Read within the scope a moment ago: sorted by themselves they need no index.
        rows = Customer.objects.filter(pk__in=ids)
    else:
        rows = paging.walked(search.walk(rows, found) if found else rows, order.kept)
    shown = {column.name for column in chosen_columns(columns, query)}
    rows = with_details(rows, tags="tags" in shown)
    page = paging.paginate(rows, order, cursor=query.get("cursor", ""), size=PAGE)
    return Listing(page, None if ids is None else len(ids), sort)


def _first_ids(
    user: Any, query: QueryDict, rows: QuerySet[Customer], found: search.Finding | None
) -> list[int] | None:
    """The ids of a list that is small enough to be sorted itself, else None."""
    if found is not None:
        if len(found.hits) > SORTED and _everybody(user, query):
            return None
        rows = search.narrow(rows, found)
    ids = list(_by_scope(user, rows).values_list("pk", flat=True)[: SORTED + 1])
    return ids if len(ids) <= SORTED else None


def _everybody(user: Any, query: QueryDict) -> bool:
    """True when nothing but the search stands between the user and all customers."""
    return row_scope(user) == RowScope.ALL and filters.is_search_only(query)


def count(user: Any, query: QueryDict) -> int:
    """How many customers the list has, counted up to the limit and one more at most."""
    rows, found = _unsearched(user, query), filters.finding(query, user)
    if found is not None and _everybody(user, query) and search.reaches(found, COUNTED + 1):
        return COUNTED + 1
    if found is not None:
        rows = search.narrow(rows, found)
    return _by_scope(user, rows).order_by()[: COUNTED + 1].count()


def _by_scope(user: Any, rows: QuerySet[Customer]) -> QuerySet[Customer]:
    return rows if row_scope(user) == RowScope.ALL else paging.scoped(rows)


def with_details(rows: QuerySet[Customer], *, tags: bool = False) -> QuerySet[Customer]:
    """Everything that the columns show, in a fixed number of statements."""
    rows = rows.select_related("owner", "team", "score").defer("score__reasons")
    return rows.prefetch_related("tags") if tags else rows


def with_contact_states(rows: list[Customer], user: Any, shown: tables.Shown) -> list[Customer]:
    """Each row with its state of contact, in one statement for all, and whether a contact may be noted."""
    states = contact_state(rows, shown.rhythm) if shown.rhythm is not None else {}
    may_note = allowed(user, "customers.edit")
    for row in rows:
        row.contact_state = states.get(row.pk)  # type: ignore[attr-defined]
        row.may_note = may_note  # type: ignore[attr-defined]
    return rows


def shown_to(user: Any) -> tables.Shown:
    """What the columns need to know besides the rows."""
    can_see = allowed(user, "insight.view")
    return tables.Shown(
        tiers=labels.tier_names() if can_see else {},
        today=(insight.data_as_of() if can_see else None) or timezone.localdate(),
        reach=Reach(user),
        insight=can_see,
        rhythm=Rhythm() if can_see else None,
        custom=tuple(CustomField.objects.filter(entity="customer")),
    )
