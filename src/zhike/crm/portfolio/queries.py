"""Reading customers for the list: filters, order, one page, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from zhike.crm.customers.models import Customer, CustomField
from zhike.crm.customers.words import Reach
from zhike.crm.insight import labels
from zhike.crm.insight import queries as insight
from zhike.crm.portfolio import filters, paging, tables
from zhike.platform.permissions import allowed
from zhike.platform.tables import Column, chosen_columns, sort_of

PAGE = 50
#: Beyond it a list says "10,000+" and does not count on.
COUNTED = 10_000
#: Up to so many rows are sorted themselves; of more, the index of the order is walked until a page is full.
SORTED = 3_000


@dataclass(frozen=True)
class Listing:
    page: paging.Page
    count: int
    sort: str

    @property
    def is_capped(self) -> bool:
        return self.count > COUNTED


def filtered(user: Any, query: QueryDict) -> QuerySet[Customer]:
    """The customers that the user sees under the filters of the address, in no order."""
    return filters.apply(Customer.objects.visible_to(user), query, user).order_by()


def listing(user: Any, query: QueryDict, columns: tuple[Column, ...]) -> Listing:
    """One page of the list in the order that the address asks for."""
    rows = filtered(user, query)
    sort = sort_of(columns, query, default=tables.default_sort(user))
    ids = list(rows.values_list("pk", flat=True)[: COUNTED + 1])
    order = tables.order_of(sort)
    if len(ids) <= min(SORTED, COUNTED):
        # Read within the scope a moment ago: sorted by themselves they need no index.
        rows = Customer.objects.filter(pk__in=ids)
    else:
        rows = paging.walked(rows, order.kept)
    shown = {column.name for column in chosen_columns(columns, query)}
    rows = with_details(rows, tags="tags" in shown)
    page = paging.paginate(rows, order, cursor=query.get("cursor", ""), size=PAGE)
    return Listing(page, len(ids), sort)


def with_details(rows: QuerySet[Customer], *, tags: bool = False) -> QuerySet[Customer]:
    """Everything that the columns show, in a fixed number of statements."""
    rows = rows.select_related("owner", "team", "score").defer("score__reasons")
    return rows.prefetch_related("tags") if tags else rows


def shown_to(user: Any) -> tables.Shown:
    """What the columns need to know besides the rows."""
    can_see = allowed(user, "insight.view")
    return tables.Shown(
        tiers=labels.tier_names() if can_see else {},
        today=(insight.data_as_of() if can_see else None) or timezone.localdate(),
        reach=Reach(user),
        insight=can_see,
        custom=tuple(CustomField.objects.filter(entity="customer")),
    )
