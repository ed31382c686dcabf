"""The filters of the customer list: every parameter with its condition, its choices and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import Team, User
from zhike.crm.customers import conditions, words
from zhike.crm.customers.choices import BusinessModel, CustomerType, Gender, Kind, Size
from zhike.crm.customers.conditions import NONE, Condition
from zhike.crm.customers.models import Customer, CustomField, Tag
from zhike.crm.customers.search import Finding, find
from zhike.crm.followups import filters as followups
from zhike.crm.insight import labels, queries
from zhike.crm.portfolio import bought, divided, memberships, own_filters, tiered
from zhike.platform.permissions import allowed
from zhike.platform.requests import number_of
from zhike.platform.tables import FilterChip, with_query, without_value
from zhike.platform.templatetags import zhike_format as say

MAX_VALUES = 50
#: Filters whose customers are looked up elsewhere, so that lists begin with them.
ROWS = ("ids", "list", "treatment", "arm", "tag", *bought.NAMES)
MOVED = ("moved_from", "moved_to", "moved_start", "moved_end")
Pairs = Sequence[tuple[str, str]]


def _nobody(_given: list[str]) -> Q:
    return conditions.NOBODY


@dataclass(frozen=True)
class Filter:
    """``pairs`` are what can be chosen; without them the input is free and ``kind`` is that of the field.

    ``by_query`` is a condition that depends on who asks or on other parameters, ``pairs_for`` choices that
    depend on who asks. ``say_to`` says a value to a person, ``together`` all of them in one chip; kind
    "hidden" is offered in no form.
    ``group`` is where the form shows a filter that ``filter_groups`` does not name.
    """

    name: str
    label: Promise | str
    condition: Condition = _nobody
    pairs: Callable[[], Pairs] | None = None
    kind: str = "choice"
    say: Callable[[str], str] = str
    say_to: Callable[[Any, str], str] | None = None
    insight: bool = False
    by_query: Callable[[QueryDict, Any], Q] | None = None
    pairs_for: Callable[[Any], Pairs] | None = None
    together: Callable[[Any, Sequence[str]], str] | None = None
    group: str = ""

    def acts(self, query: QueryDict, values: list[str], user: Any) -> Q:
        return self.by_query(query, user) if self.by_query else self.condition(values)

    def words(self, user: Any, value: str, pairs: Pairs) -> str:
        if value == NONE and NONE not in dict(pairs):
            return gettext("not filled in")
        known = dict(pairs).get(value, "").strip()
        return known or (self.say_to(user, value) if self.say_to else self.say(value))


@dataclass(frozen=True)
class Field:
    """A filter as the form shows it."""

    filter: Filter
    pairs: Pairs
    values: list[str]


def _stages() -> Pairs:
    return [(code, labels.stage_name(code)) for code in (*labels.STAGES, *labels.OUTSIDE_STAGES)]


def _segments() -> Pairs:
    return [(code, labels.rfm_name(code)) for code in labels.RFM_SEGMENTS]


def _people() -> Pairs:
    people = User.objects.filter(is_active=True).values_list("pk", "display_name", "username")
    return [(NONE, gettext("Nobody")), *((str(pk), name or login) for pk, name, login in people)]


def _teams() -> Pairs:
    return [
        (NONE, gettext("No team")),
        *((str(pk), name) for pk, name in Team.objects.values_list("pk", "name")),
    ]


def _tags() -> Pairs:
    return [(name, name) for name in Tag.objects.values_list("name", flat=True)[:200]]


def _classes() -> Pairs:
    return [(name, labels.abc_name(name)) for name in "ABC"]


def _five() -> Pairs:
    return [(str(number), str(number)) for number in range(5, 0, -1)]


def _enum(choices: Any) -> Callable[[], Pairs]:
    return lambda: [(value, str(label)) for value, label in choices.choices]


def _coded(name: str, label: Promise, choices: Any) -> Filter:
    return Filter(name, label, conditions.any_of(name, choices.values), _enum(choices))


def _scored(
    name: str, label: Promise, known: Sequence[str], pairs: Callable[[], Pairs], path: str = ""
) -> Filter:
    condition = conditions.any_of(f"score__{path or name}", known)
    return Filter(name, label, condition, pairs, insight=True)


def _fifth(name: str, label: Promise) -> Filter:
    return Filter(name, label, conditions.numbers(f"score__{name}_score", 1, 5), _five, insight=True)


def _span(name: str, path: str, first: Promise, last: Promise) -> tuple[Filter, Filter]:
    return (
        Filter(f"{name}_from", first, conditions.day(path), kind="date", insight=True),
        Filter(f"{name}_to", last, conditions.day(path, end=True), kind="date", insight=True),
    )


def _bought(name: str, label: Promise, **more: Any) -> Filter:
    """What was bought in some months; the three parameters act together."""
    return Filter(name, label, by_query=bought.by(name), insight=True, **more)


def _divided(name: str, by_query: Any, pairs_for: Any) -> Filter:
    return Filter(name, divided.LABELS[name], by_query=by_query, pairs_for=pairs_for, insight=True)


STAGES = (*labels.STAGES, *labels.OUTSIDE_STAGES)
FILTERS: list[Filter] = [
    Filter("tier", _("Tier"), tiered.condition, labels.tier_pairs, say=tiered.said, insight=True),
    _scored("lifecycle", _("Stage"), STAGES, _stages),
    _scored("rfm_segment", _("RFM segment"), labels.RFM_SEGMENTS, _segments),
    _scored("abc", _("ABC class"), ("A", "B", "C"), _classes, path="abc_class"),
    _coded("kind", _("Kind"), Kind),
    Filter("industry", _("Industry"), conditions.industry, words.industry_choices),
    Filter("province", _("Province"), conditions.province, words.provinces),
    Filter("city", _("City"), conditions.city, words.cities),
    _coded("size", _("Company size"), Size),
    _coded("customer_type", _("Type"), CustomerType),
    _coded("business_model", _("Business model"), BusinessModel),
    _coded("gender", _("Gender"), Gender),
    Filter("tag", _("Tag"), conditions.tagged, _tags),
    Filter("owner", pgettext_lazy("of a customer", "Owner"), conditions.ids("owner"), _people),
    Filter("team", _("Team"), conditions.ids("team"), _teams),
    _fifth("r", _("R score")),
    _fifth("f", _("F score")),
    _fifth("m", _("M score")),
    Filter(
        "net_revenue_min",
        _("Net revenue from"),
        conditions.amount("score__net_revenue"),
        kind="number",
        say=say.money,
        insight=True,
    ),
    Filter(
        "net_revenue_max",
        _("Net revenue up to"),
        conditions.amount("score__net_revenue", end=True),
        kind="number",
        say=say.money,
        insight=True,
    ),
    *_span("last_order", "score__last_order", _("Last order from"), _("Last order until")),
    *_span("first_order", "score__first_order", _("First order from"), _("First order until")),
    _bought(bought.FIRST, _("Bought from month"), pairs=bought.months),
    _bought(bought.LAST, _("Bought until month"), pairs=bought.months),
    _bought(bought.LEAST, _("Net revenue of these months from"), kind="number", say=say.money),
    Filter("contact", _("Follow-up"), followups.contact, followups.pairs, insight=True),
    Filter(
        "not_contacted_days",
        _("Not contacted for (days)"),
        conditions.not_contacted,
        kind="number",
        say=say.days,
    ),
    Filter("created_from", _("Created from"), conditions.moment("created_at"), kind="date"),
    Filter("created_to", _("Created until"), conditions.moment("created_at", end=True), kind="date"),
    Filter("country", _("Country"), conditions.texts("country"), kind="text"),
    Filter("source", _("Source"), conditions.texts("source"), kind="text"),
    Filter("list", _("List"), by_query=memberships.in_list, pairs_for=memberships.list_pairs),
    Filter(
        "treatment",
        _("Treatment"),
        by_query=memberships.in_treatment,
        pairs_for=memberships.treatment_pairs,
    ),
    Filter("arm", _("In the treatment"), by_query=memberships.in_arm, pairs=memberships.arm_pairs),
    _divided(divided.IN, divided.in_any, divided.pairs),
    _divided(divided.OUTSIDE, divided.outside_all, divided.pairs),
    _divided(divided.CONDITIONS, divided.meeting, divided.tried),
    Filter("ids", _("Selected"), memberships.chosen, kind="hidden", together=memberships.chosen_words),
]
NAMES = {one.name for one in FILTERS}
PARAMETERS = {*NAMES, *MOVED, own_filters.ANY, "q", "sort", "columns"}


def register(*filters: Filter) -> None:
    """Filters of rooms above this one; called once when the rooms are set up."""
    FILTERS.extend(one for one in filters if one.name not in NAMES)
    NAMES.update(one.name for one in filters)
    PARAMETERS.update(one.name for one in filters)


def permitted(user: Any) -> list[Filter]:
    insight = allowed(user, "insight.view")
    return [one for one in FILTERS if insight or not one.insight]


def _always(pairs: Pairs) -> Callable[[], Pairs]:
    return lambda: pairs


def _own(fields: Iterable[CustomField]) -> list[Filter]:
    """The filters by the company's own fields, as the bar shows them."""
    return [
        Filter(
            one.name,
            one.label,
            one.condition,
            _always(one.pairs) if one.pairs else None,
            one.kind,
        )
        for one in own_filters.filters(fields)
    ]


def apply(rows: QuerySet[Customer], query: QueryDict, user: Any) -> QuerySet[Customer]:
    """``rows`` (already within the user's scope) under the filters of the address, without its search."""
    known = {one.name for one in permitted(user)}
    for one in FILTERS:
        values = _values(query, one.name)
        if values:
            rows = rows.filter(one.acts(query, values, user) if one.name in known else conditions.NOBODY)
    if any(_values(query, name) for name in MOVED):
        rows = rows.filter(pk__in=_moved(query, user).values("pk"))
    return _by_own_fields(rows, query)


def _by_own_fields(rows: QuerySet[Customer], query: QueryDict) -> QuerySet[Customer]:
    asked = {name for name in query if name.startswith(own_filters.PREFIX) and _values(query, name)}
    if not asked:
        return rows
    for one in own_filters.filters(own_filters.living()):
        if one.name in asked:
            asked.remove(one.name)
            rows = rows.filter(one.condition(_values(query, one.name)))
    # A field that does not exist, or no more: the list must not show more than was asked for.
    return rows.none() if asked else rows


def finding(query: QueryDict, user: Any) -> Finding | None:
    """What the address searches for, or None."""
    text = query.get("q", "").strip()[:80]
    return find(text, user) if text else None


def is_search_only(query: QueryDict) -> bool:
    """True when nothing but the search narrows the list."""
    return not narrowing(query)


def narrowing(query: QueryDict) -> int:
    """How many parameters narrow the list, its search aside."""
    own = 1 if own_filters.named(query) else 0
    return own + sum(1 for name in (*NAMES, *MOVED) if _values(query, name))


def names_rows(query: QueryDict, user: Any) -> bool:
    """True when a filter names its customers: by hand, by a list, by a tag, by a small segment."""
    return any(_values(query, name) for name in ROWS) or divided.names_few(query, user)


def has_insight(query: QueryDict) -> bool:
    """True when a filter is about scores."""
    return any(_values(query, one.name) for one in FILTERS if one.insight)


def _moved(query: QueryDict, user: Any) -> QuerySet[Customer]:
    """The customers behind one flow between two days."""
    source, target = (query.get(name, "") for name in MOVED[:2])
    start, end = (conditions.date_of(query.get(name, "")) for name in MOVED[2:])
    before, after = number_of(source, 2), number_of(target, 2)
    if before is None or after is None or start is None or end is None:
        return Customer.objects.none()
    return queries.moved_customers(user, before, after, start, end)


class Bar:
    """The filters of one address: those that act as chips, and the form with its choices.

    ``fields`` are the company's own fields, where the page has read them already.
    """

    def __init__(
        self,
        query: QueryDict,
        user: Any,
        tiers: dict[int, str],
        fields: Iterable[CustomField] | None = None,
    ) -> None:
        self.query = query
        self.user = user
        self.filters = [*permitted(user), *_own(own_filters.living() if fields is None else fields)]
        self.tiers = tiers

    def chips(self) -> list[FilterChip]:
        """The filters that act, in words, each with the address of the list without it."""
        found = []
        text = self.query.get("q", "").strip()
        if text:
            found.append(FilterChip(_("Search"), text, with_query(self.query, q=None)))
        for one in self.filters:
            values = _values(self.query, one.name)
            if values and one.together:
                found.append(
                    FilterChip(
                        one.label, one.together(self.user, values), with_query(self.query, **{one.name: None})
                    )
                )
                continue
            pairs = self._pairs(one) if values else ()
            found += [
                FilterChip(
                    one.label, one.words(self.user, value, pairs), without_value(self.query, one.name, value)
                )
                for value in values
            ]
        if any(_values(self.query, name) for name in MOVED):
            words_of = _moved_words(self.query, self.tiers)
            found.append(FilterChip(_("Moved"), words_of, _without_moved(self.query)))
        return found

    def fields(self) -> list[Field]:
        """The filter form; what has nothing to choose from is left out, as the cities without a province."""
        offered = [one for one in self.filters if one.kind != "hidden"]
        shown = [Field(one, self._pairs(one), self._chosen(one)) for one in offered]
        optional = ("city", *(one.name for one in offered if one.pairs_for))
        return [field for field in shown if field.filter.name not in optional or field.pairs or field.values]

    def _chosen(self, one: Filter) -> list[str]:
        values = _values(self.query, one.name)
        return tiered.codes(values) if one.name == "tier" else values

    def _pairs(self, one: Filter) -> Pairs:
        if one.name == "city":
            codes = _values(self.query, "city")
            return words.cities(self.query.get("province", "") or (codes[0][:2] if codes else "-"))
        if one.pairs_for:
            return one.pairs_for(self.user)
        return one.pairs() if one.pairs else ()


def _moved_words(query: QueryDict, names: dict[int, str]) -> str:
    told = {str(rank): name for rank, name in names.items()}
    source, target = (told.get(rank, rank) for rank in (query.get(name, "") for name in MOVED[:2]))
    return f"{source} → {target} ({query.get('moved_start', '')} – {query.get('moved_end', '')})"


def _without_moved(query: QueryDict) -> str:
    copy = query.copy()
    for name in MOVED:
        copy.pop(name, None)
    return with_query(copy)


def _values(query: QueryDict, name: str) -> list[str]:
    """The values of a parameter; an empty one is a field that was left alone."""
    # No text of ours holds NUL, and PostgreSQL refuses to compare with it.
    values = [value.replace("\0", "") for value in query.getlist(name)[:MAX_VALUES]]
    return [value for value in values if value]
