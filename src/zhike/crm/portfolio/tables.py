"""The columns of the customer list and its permitted orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.crm.customers import words
from zhike.crm.customers.models import Customer, CustomField
from zhike.crm.followups.cards import list_cell
from zhike.crm.followups.queries import ContactState, Rhythm
from zhike.crm.insight import labels
from zhike.crm.portfolio import predicted, strategies
from zhike.crm.portfolio.paging import Key, Order
from zhike.crm.strategy.queries import Strategy
from zhike.platform import cells
from zhike.platform.permissions import allowed
from zhike.platform.tables import Column


@dataclass(frozen=True)
class Shown:
    """What all rows of a list share: tier names, the day to count from, what the person may see and do.

    ``contacts``: the states of contact by customer; a file, which is written row by row, is without.
    """

    tiers: dict[int, str]
    today: date
    reach: words.Reach
    insight: bool
    custom: Sequence[CustomField] = ()
    rhythm: Rhythm | None = None
    contacts: Mapping[int, ContactState] = field(default_factory=dict)
    may_note: bool = False
    strategies: Mapping[int, Strategy] = field(default_factory=dict)
    #: The name of a rank by the version that gave it, where that may be another one than the list's.
    named: Callable[[int, int | None], str] | None = None

    def tier_name(self, customer: Customer) -> str:
        if not has_score(customer):
            return ""
        rank = customer.score.tier
        return self.named(rank, customer.score.version_id) if self.named else self.tiers.get(rank, "")


def _by_score(name: str, *, nullable: bool = False) -> Order:
    path = f"score__{name}"
    keys = (Key(path, descending=True), Key("score__customer_id"))
    return Order(name, keys, nullable=path if nullable else "score")


#: Columns with an index of their own by net revenue.
VALUE_INDEXES = ("tier", "lifecycle", "rfm_segment", "abc_class")
NEWEST = Order("created", (Key("pk", descending=True),))
#: Descending as a sort begins with ``-``; every one has an index in this order.
ORDERS: dict[str, Order] = {
    "net_revenue": replace(_by_score("net_revenue"), kept=VALUE_INDEXES),
    "orders": Order("orders", _by_score("frequency").keys, nullable="score"),
    "last_order": _by_score("last_order", nullable=True),
    "tier": Order(
        "tier",
        (
            Key("score__tier", descending=True),
            Key("score__tier_score", descending=True),
            Key("score__customer_id"),
        ),
        nullable="score__tier_score",
    ),
    "name": Order("name", (Key("name", descending=True), Key("pk", descending=True))),
    "last_contact": Order(
        "last_contact",
        (Key("last_contact_at", descending=True), Key("pk", descending=True)),
        nullable="last_contact_at",
    ),
    "clv": Order(
        "clv",
        (Key("prediction__clv", descending=True), Key("prediction__customer_id")),
        nullable="prediction__clv",
    ),
    "value_at_risk": Order(
        "value_at_risk",
        (Key("prediction__value_at_risk", descending=True), Key("prediction__customer_id")),
        nullable="prediction__value_at_risk",
    ),
    "created": NEWEST,
}


def order_of(sort: str) -> Order:
    order = ORDERS.get(sort.removeprefix("-"), NEWEST)
    return order if sort.startswith("-") else order.turned()


def default_sort(user: Any) -> str:
    return "-net_revenue" if allowed(user, "insight.view") else "-created"


def columns(shown: Shown) -> tuple[Column, ...]:
    """All columns in their order; the scores only for those who may see analyses."""
    first, *rest = _master_columns(shown)
    given = strategies.columns(shown.strategies) if shown.strategies else ()
    scores = (*_score_columns(shown), *given, *predicted.columns()) if shown.insight else ()
    return (first, *scores, *rest, *_custom_columns(shown))


def _master_columns(shown: Shown) -> tuple[Column, ...]:
    return (
        Column("name", _("Customer"), sort="name", html=_name_cell),
        Column("owner", pgettext_lazy("of a customer", "Owner"), value="owner"),
        Column("team", _("Team"), value="team", default=False),
        Column("last_contact", _("Last contact"), "day", value="last_contact_at", sort="last_contact"),
        Column("follow_up", _("Follow-up"), value=_follow_up(shown), html=_follow_up_cell(shown)),
        # It stands below the name.
        Column("place", _("Region"), value=lambda c: words.place_name(c.province, c.city), default=False),
        Column("industry", _("Industry"), value=lambda c: words.industry_name(c.industry), default=False),
        Column("kind", _("Kind"), value="get_kind_display", default=False),
        Column("size", _("Company size"), value="get_size_display", default=False),
        Column("customer_type", _("Type"), value="get_customer_type_display", default=False),
        Column("business_model", _("Business model"), value="get_business_model_display", default=False),
        Column("gender", _("Gender"), value="get_gender_display", default=False),
        Column("birthday", _("Birthday"), "day", default=False),
        Column("phone", _("Phone"), value=lambda c: shown.reach.phone(c.phone), default=False),
        Column("email", _("E-mail"), value=lambda c: shown.reach.email(c.email), default=False),
        Column("country", _("Country"), default=False),
        Column("address", _("Address"), default=False),
        Column("needs", _("Needs"), default=False),
        Column("tags", _("Tags"), "tags", value=lambda c: [tag.name for tag in c.tags.all()], default=False),
        Column("code", _("Customer number"), default=False),
        Column("source", _("Source"), default=False),
        Column("created", _("Created"), "day", value="created_at", sort="created", default=False),
    )


def _score_columns(shown: Shown) -> tuple[Column, ...]:
    return (
        Column(
            "tier",
            _("Tier"),
            "tier",
            value="score.tier",
            sort="tier",
            label_of=shown.tier_name,
            html=_tier_chip(shown) if shown.strategies else None,
        ),
        Column(
            "stage",
            _("Stage"),
            "stage",
            value="score.lifecycle",
            label_of=lambda c: labels.stage_name(c.score.lifecycle) if has_score(c) else "",
        ),
        Column("net_revenue", _("Net revenue"), "money_whole", value="score.net_revenue", sort="net_revenue"),
        Column("orders", _("Orders"), "number", value="score.frequency", sort="orders"),
        Column("last_order", _("Last order"), "day", value="score.last_order", sort="last_order"),
        Column(
            "days_since",
            _("Days since last order"),
            "number",
            value=lambda c: _since(c, shown.today),
            default=False,
        ),
        Column(
            "rfm_segment",
            _("RFM segment"),
            value=lambda c: labels.rfm_name(c.score.rfm_segment) if has_score(c) else "",
        ),
        Column("abc", _("ABC"), "abc", value="score.abc_class"),
        Column("r", _("R score"), "number", value="score.r_score", default=False),
        Column("f", _("F score"), "number", value="score.f_score", default=False),
        Column("m", _("M score"), "number", value="score.m_score", default=False),
        Column("tier_score", _("Tier score"), "decimal", value="score.tier_score", default=False),
        Column("revenue", _("Revenue"), "money_whole", value="score.revenue", default=False),
        Column("returns", _("Returns"), "money_whole", value="score.returns", default=False),
        Column("margin", _("Margin"), "money_whole", value="score.margin", default=False),
        Column("average", _("Average order"), "money_whole", value=_average, default=False),
        Column("first_order", _("First order"), "day", value="score.first_order", default=False),
    )


def _custom_columns(shown: Shown) -> tuple[Column, ...]:
    kinds = {"number": "number", "date": "day"}
    return tuple(
        Column(
            f"custom_{field.key}",
            field.title,
            kinds.get(field.field_type, "text"),
            value=_custom_value(field.key),
            default=False,
        )
        for field in shown.custom
    )


def _follow_up(shown: Shown) -> Any:
    """The state of contact in words: as the page found it, or for a file from tier and last contact alone."""

    def label(customer: Customer) -> str:
        known = shown.contacts.get(customer.pk)
        if known is None and shown.rhythm is not None and has_score(customer):
            known = shown.rhythm.state(customer.score.tier, customer.last_contact_at)
        return known.label if known is not None else ""

    return label


def _follow_up_cell(shown: Shown) -> Callable[[Customer], SafeString]:
    return lambda customer: list_cell(customer.pk, shown.contacts.get(customer.pk), may_note=shown.may_note)


def _tier_chip(shown: Shown) -> Callable[[Customer], SafeString]:
    """The tier with what its customers are given as its tooltip."""
    hints = {rank: one.hint for rank, one in shown.strategies.items()}

    def chip(customer: Customer) -> SafeString:
        rank = customer.score.tier if has_score(customer) else 0
        return cells.tier_badge(rank, shown.tier_name(customer) if rank else "", hints.get(rank, ""))

    return chip


def _custom_value(key: str) -> Any:
    return lambda customer: _yes_no(customer.custom.get(key))


def _yes_no(value: Any) -> Any:
    if isinstance(value, list):
        return "、".join(value)
    return (str(_("Yes")) if value else str(_("No"))) if isinstance(value, bool) else value


def has_score(customer: Customer) -> bool:
    return getattr(customer, "score", None) is not None


def _address(customer: Customer) -> str:
    return reverse("customers:detail", args=[customer.pk])


_NAME = (
    '<a href="{url}">{name}</a><button type="button" class="zk-glance" data-glance="{url}/glance"'
    ' title="{label}" aria-label="{label}: {name}">{icon}</button><div class="zk-sub">{sub}</div>'
)


def _name_cell(customer: Customer) -> SafeString:
    """The name with the way to its page, and a look at the customer without leaving the list."""
    icon = cells.drawn_icon(icon="layout-sidebar-right-expand")
    return format_html(
        _NAME,
        url=_address(customer),
        name=customer.name,
        label=_("At a glance"),
        icon=icon,
        sub=_second_line(customer),
    )


def _second_line(customer: Customer) -> str:
    parts = (words.place_name(customer.province, customer.city), customer.code)
    return " · ".join(filter(None, parts)) or str(customer.get_kind_display())


def _since(customer: Customer, today: date) -> int | None:
    last = customer.score.last_order if has_score(customer) else None
    return (today - last).days if last else None


def _average(customer: Customer) -> Decimal | None:
    if not has_score(customer) or not customer.score.frequency:
        return None
    return customer.score.revenue / customer.score.frequency
