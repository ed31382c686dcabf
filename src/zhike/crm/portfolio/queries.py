"""Reading customers for the list: filters, order, one page, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.http import QueryDict
from django.utils import timezone

from zhike.crm.customers import conditions, search
from zhike.crm.customers.models import Customer
from zhike.crm.customers.ownership_models import CustomerShare, shared_with
from zhike.crm.customers.words import Reach
from zhike.crm.followups.queries import Rhythm, contact_state
from zhike.crm.insight import labels
from zhike.crm.insight import queries as insight
from zhike.crm.insight.models import CustomerScore
from zhike.crm.portfolio import filters, own_filters, paging, predicted, tables
from zhike.crm.strategy import queries as strategy
from zhike.platform import plans
from zhike.platform.permissions import RowScope, allowed, row_scope, visible_team_ids
from zhike.platform.store import is_sqlite
from zhike.platform.tables import Column, chosen_columns, sort_of

PAGE = 50
#: Beyond it a list says "10,000+" and does not count on.
COUNTED = 10_000
#: Up to so many rows are sorted themselves; of more, the index of the order is walked until a page is full,
#: and the page does not wait until they are counted. A step of the walk looks at two tables, which costs
#: PostgreSQL more.
SORTED = 2_000 if is_sqlite() else 6_000

#: PostgreSQL looks for the rows of a filter in two tables. A page that is full after so many entries of the
#: order's index is taken from there, in a fraction of the time it takes to learn how many rows there are.
NEAR = 12_000
#: So many rich customers are looked up one by one sooner than all scores are read.
RICH = 20_000


@dataclass(frozen=True)
class Listing:
    """``count`` is exact, or None for more than are sorted."""

    page: paging.Page
    count: int | None
    sort: str


@dataclass(frozen=True)
class Choice:
    """What an address chooses for a person: the rows without its search, and what it searches for."""

    user: Any
    query: QueryDict
    rows: QuerySet[Customer]
    found: search.Finding | None

    @property
    def everybody(self) -> bool:
        """True when nothing but the search stands between the user and all customers."""
        return row_scope(self.user) == RowScope.ALL and filters.is_search_only(self.query)

    @property
    def is_near(self) -> bool:
        """True where a page is probably full soon: one filter leaves many rows, several leave few."""
        known = self.found is not None or filters.names_rows(self.query, self.user)
        return not is_sqlite() and not known and filters.narrowing(self.query) <= 1

    def narrowed(self) -> QuerySet[Customer]:
        return search.narrow(self.rows, self.found) if self.found else self.rows

    def walked(self, kept: Sequence[str]) -> QuerySet[Customer]:
        """To be read in the order of an index until a page is full."""
        return plans.walked(search.walk(self.rows, self.found) if self.found else self.rows, kept)

    def ids(self, limit: int) -> list[int]:
        """The first ids in no order, wherever they are found soonest; at most ``limit``."""
        ids: dict[int, None] = {}
        for part in self._parts():
            if len(ids) < limit:
                ids |= dict.fromkeys(part.values_list("pk", flat=True)[:limit])
        return list(ids)[:limit]

    def _parts(self) -> list[QuerySet[Customer]]:
        """Each begins at another end: the hits of a search, the teams, the own and the shared customers."""
        if self.found is not None and not self.found.is_dense:
            return [plans.beginning_with(search.within(self.rows, self.found), ("id",))]
        if filters.names_rows(self.query, self.user):
            return [plans.beginning_with(self.narrowed(), ("id",))]
        rows = search.walk(self.rows, self.found) if self.found else self.rows
        scope, teams = row_scope(self.user), visible_team_ids(self.user)
        if scope == RowScope.ALL and is_sqlite() and _few_are_worth(self.query):
            return [plans.beginning_with(rows, ("net_revenue",))]
        if scope in (None, RowScope.ALL) or not is_sqlite():
            first = scope == RowScope.ALL and filters.has_insight(self.query)
            return [plans.by_facets(rows, joined_first=first)]
        parts = [plans.by_facets(rows.filter(team__in=teams))] if teams else []
        few = Q(owner=self.user)
        if shared_with(self.user):
            given = CustomerShare.objects.filter(user_id=self.user.pk).values("customer_id")
            few |= Q(pk__in=given)
        # Few rows: looked up by the indexes of both, tested one by one.
        return [*parts, plans.tested(rows).filter(few)]


def _few_are_worth(query: QueryDict) -> bool:
    """True when the address asks for a net revenue that few customers of the whole company reach."""
    least = conditions.decimal_of(query.get("net_revenue_min", ""))
    return least is not None and insight.reached_by_at_most(RICH, least)


def filtered(user: Any, query: QueryDict) -> QuerySet[Customer]:
    """The customers that the user sees under the filters and the search of the address, in no order."""
    return _choice(user, query).narrowed()


def _choice(user: Any, query: QueryDict) -> Choice:
    rows = filters.apply(Customer.objects.visible_to(user), query, user).order_by()
    return Choice(user, query, rows, filters.finding(query, user))


def listing(user: Any, query: QueryDict, columns: tuple[Column, ...]) -> Listing:
    """One page of the list in the order that the address asks for."""
    choice = _choice(user, query)
    sort = sort_of(columns, query, default=tables.default_sort(user))
    order, cursor = tables.order_of(sort), query.get("cursor", "")
    shown = {column.name for column in chosen_columns(columns, query)}
    predicted_too = sort.removeprefix("-") in predicted.COLUMNS or bool(predicted.COLUMNS & shown)
    details = partial(with_details, tags="tags" in shown, predictions=predicted_too)
    if choice.is_near:
        near = paging.paginate_near(
            choice.walked(order.kept), order, entries=NEAR, details=details, cursor=cursor, size=PAGE
        )
        if near is not None:
            return Listing(near, None, sort)
    ids = _first_ids(choice)
    # Read within the scope a moment ago: few rows, sorted by themselves, need no index.
    rows = choice.walked(order.kept) if ids is None else plans.among(Customer.objects.all(), ids)
    count = None if ids is None else len(ids)
    page = paging.paginate(rows, order, cursor=cursor, size=PAGE, count=count, details=details)
    return Listing(page, count, sort)


def _first_ids(choice: Choice) -> list[int] | None:
    """The ids of a list that is small enough to be sorted itself, else None."""
    if choice.found is not None and not choice.found.is_rare and choice.everybody:
        return None
    ids = choice.ids(SORTED + 1)
    return ids if len(ids) <= SORTED else None


def summed(user: Any, query: QueryDict) -> tuple[int, Decimal | None]:
    """How many customers the list has and what they brought in; beyond the limit the sum is left out."""
    choice = _choice(user, query)
    if choice.found is not None and choice.everybody and search.reaches(choice.found, COUNTED + 1):
        return COUNTED + 1, None
    ids = choice.ids(COUNTED + 1)
    if len(ids) > COUNTED or not allowed(user, "insight.view"):
        return len(ids), None
    scores = plans.among(CustomerScore.objects.all(), ids)
    return len(ids), scores.aggregate(total=Sum("net_revenue"))["total"]


def with_details(
    rows: QuerySet[Customer], *, tags: bool = False, predictions: bool = False
) -> QuerySet[Customer]:
    """Everything that the columns show, in a fixed number of statements."""
    rows = rows.select_related("owner", "team", "score").defer("score__reasons")
    if predictions:
        rows = rows.select_related("prediction").defer("score__reasons", "prediction__expected_need")
    return rows.prefetch_related("tags") if tags else rows


def with_contact_states(shown: tables.Shown, rows: list[Customer]) -> tables.Shown:
    """The same with the rows' states of contact, found in one statement for all."""
    return replace(shown, contacts=contact_state(rows, shown.rhythm)) if shown.rhythm is not None else shown


def shown_to(user: Any) -> tables.Shown:
    """What the columns need to know besides the rows."""
    can_see = allowed(user, "insight.view")
    model, as_of = insight.model_and_day() if can_see else (None, None)
    return tables.Shown(
        tiers=labels.tier_names(model) if can_see else {},
        today=as_of or timezone.localdate(),
        reach=Reach(user),
        insight=can_see,
        rhythm=Rhythm(model=model) if can_see else None,
        may_note=allowed(user, "customers.edit"),
        strategies=strategy.everything() if can_see else {},
        custom=tuple(own_filters.living()),
        named=labels.names_given() if can_see else None,
    )
