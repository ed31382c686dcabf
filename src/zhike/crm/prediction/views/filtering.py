"""What the pages of lists share: filters, chips, paging, and the addresses of bulk work and of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from zhike.crm.accounts.models import Team, User
from zhike.crm.catalog.forms import category_choices
from zhike.crm.customers.conditions import NONE
from zhike.crm.prediction import goods, lists
from zhike.crm.prediction.speaking import speakers
from zhike.platform.keyset import Page
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request
from zhike.platform.tables import FilterChip, page_url, without_value
from zhike.platform.templatetags import zhike_format as say

FORMATS = [("xlsx", "Excel"), ("csv", "CSV"), ("parquet", "Parquet")]
#: What the file of a list holds beside the name, as columns of the customer list.
EXPORTED = (
    *("tier", "owner", "clv", "churn", "value_at_risk", "offer_profit", "break_even", "churn_reasons"),
    *("next_order", "rhythm"),
)
#: What a page keeps when its filters change.
KEPT = ("sort", "product", "by")
#: The parameter by which a page asks for the sums of its list.
FIGURES = "figures"


@dataclass(frozen=True)
class Choice:
    """One filter as the form shows it: ``pairs`` to choose from, or a number to type."""

    name: str
    label: str
    pairs: list[tuple[str, str]]
    chosen: str
    number: bool = False

    def words(self, value: str) -> str:
        return say.money(value) if self.number else dict(self.pairs).get(value, value)


def without_empty(request: Request) -> str:
    """The address without its empty parameters; nothing where it has none."""
    if not any("" in values for _name, values in request.GET.lists()):
        return ""
    kept = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        kept.setlist(name, [value for value in values if value])
    return f"{request.path}?{kept.urlencode()}"


def silence() -> dict[str, Any]:
    """Why a list may be empty or short: models without enough data, or nothing computed yet."""
    found = speakers()
    # What several of them say for the same cause is said once.
    silent = list(dict.fromkeys(text for one in found.values() if one.by_rule for text in one.why))
    return {"silent": silent, "trained": bool(found)}


def about_people(query: QueryDict, tiers: Mapping[int, str]) -> list[Choice]:
    """The filters of customers."""
    people = User.objects.filter(is_active=True).values_list("pk", "display_name", "username")
    teams = Team.objects.values_list("pk", "name")
    offered = {
        "tier": (_("Tier"), [(str(rank), name) for rank, name in sorted(tiers.items(), reverse=True)]),
        "owner": (
            _("Who looks after them"),
            [(NONE, _("Nobody")), *((str(pk), name or login) for pk, name, login in people)],
        ),
        "team": (_("Team"), [(NONE, _("No team")), *((str(pk), name) for pk, name in teams)]),
    }
    return [Choice(name, label, pairs, query.get(name, "")) for name, (label, pairs) in offered.items()]


def about_goods(query: QueryDict) -> list[Choice]:
    """The filters of what is offered."""
    return [
        Choice(goods.CATEGORY, _("Product category"), category_choices(), query.get(goods.CATEGORY, "")),
        Choice(goods.PRICE_FROM, _("Price from"), [], query.get(goods.PRICE_FROM, ""), number=True),
        Choice(goods.PRICE_TO, _("Price up to"), [], query.get(goods.PRICE_TO, ""), number=True),
    ]


def common(
    request: Request, choices: list[Choice], page: Page[Any], chosen: dict[str, str] | None = None
) -> dict[str, Any]:
    """Filters, paging, and the address under which bulk work and the export find the same customers."""
    query = request.GET
    kept = [(one.name, value) for one in choices for value in query.getlist(one.name) if value]
    columns = [("columns", name) for name in ("name", *EXPORTED)]
    named = list((chosen or {}).items())
    return {
        "chips": _chips(query, choices),
        "choices": choices,
        "hidden": [(name, query[name]) for name in KEPT if query.get(name)],
        "figures_query": urlencode([(FIGURES, "1"), *kept]),
        "bulk_query": urlencode([*named, *kept]),
        "export_query": urlencode([*named, *kept, *columns]),
        "formats": FORMATS if allowed(request.user, "export") else [],
        "next_url": page_url(query, page.next_cursor),
        "previous_url": page_url(query, page.previous_cursor),
    }


def _chips(query: QueryDict, choices: list[Choice]) -> list[FilterChip]:
    return [
        FilterChip(one.label, one.words(value), without_value(query, one.name, value))
        for one in choices
        for value in query.getlist(one.name)
        if value
    ]


def kept_filters(query: QueryDict) -> dict[str, list[str]]:
    """The filters of customers that a link to the customers of a product keeps."""
    return {name: query.getlist(name) for name in lists.FILTERS if query.getlist(name)}
