"""The filters of the customer list by meaning: what is in use comes first and open, the rest waits closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.portfolio import bought, divided, own_filters
from zhike.crm.portfolio.filters import Field

OWN, OTHER = "own", "other"
#: Group, its words and its filters; a filter of a room above names its group itself.
GROUPS: tuple[tuple[str, Promise, tuple[str, ...]], ...] = (
    ("standing", _("Tier and stage"), ("tier", "lifecycle", "rfm_segment", "abc", "r", "f", "m")),
    (
        "person",
        _("Who they are"),
        (
            *("kind", "industry", "size", "customer_type", "business_model", "gender"),
            *("source", "created_from", "created_to"),
        ),
    ),
    ("place", _("Where they are"), ("country", "province", "city")),
    ("care", _("Owner and follow-up"), ("owner", "team", "contact", "not_contacted_days")),
    (
        "orders",
        _("What they bought"),
        (
            *("net_revenue_min", "net_revenue_max", *bought.NAMES),
            *("last_order_from", "last_order_to", "first_order_from", "first_order_to"),
        ),
    ),
    (
        "divided",
        _("Segments, lists and tags"),
        (divided.IN, divided.OUTSIDE, divided.CONDITIONS, "tag", "list", "treatment", "arm"),
    ),
    (
        "predicted",
        _("Predictions"),
        (
            *("predicted", "clv_min", "clv_max", "churn_min", "churn_max"),
            *("rhythm", "next_order_from", "next_order_to"),
        ),
    ),
    (OWN, _("Own fields"), ()),
    (OTHER, _("More"), ()),
)
OF_NAME = {name: group for group, _label, names in GROUPS for name in names}


@dataclass(frozen=True)
class Group:
    name: str
    label: Promise
    fields: list[Field]

    @property
    def in_use(self) -> int:
        return sum(1 for field in self.fields if field.values)


def group_of(field: Field) -> str:
    name = field.filter.name
    own = OWN if name.startswith(own_filters.PREFIX) else OTHER
    return field.filter.group or OF_NAME.get(name, own)


def grouped(fields: Iterable[Field]) -> list[Group]:
    """Groups that have a field, those in use first."""
    found: dict[str, list[Field]] = {group: [] for group, _label, _names in GROUPS}
    for field in fields:
        found[group_of(field)].append(field)
    groups = [Group(group, label, found[group]) for group, label, _names in GROUPS if found[group]]
    return sorted(groups, key=lambda group: not group.in_use)
