"""Which fields of two customers a person chooses between, which follow by rule, and their values as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Field
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import birthdays, words
from zhike.crm.customers.custom_fields import said
from zhike.crm.customers.models import Customer, CustomField
from zhike.platform.columns import column_of

CUSTOM = "custom:"


@dataclass(frozen=True)
class Group:
    """Fields that are chosen together; ``kind`` is that of the customers who have them, "" for all."""

    name: str
    label: str | Promise
    fields: tuple[str, ...]


def _one(name: str) -> Group:
    return Group(name, column_of(Customer, name).verbose_name, (name,))


GROUPS: tuple[Group, ...] = (
    _one("name"),
    _one("kind"),
    _one("code"),
    _one("phone"),
    _one("email"),
    Group("place", _("Region and address"), ("country", "province", "city", "address")),
    _one("industry"),
    _one("size"),
    _one("business_model"),
    _one("customer_type"),
    _one("needs"),
    _one("gender"),
    Group("birthday", _("birthday"), birthdays.FIELDS),
    Group("owner", _("owner"), ("owner_id", "team_id")),
)
#: Nobody is asked: who was left in peace, or is in mourning, stays so after a merge.
EITHER = ("no_profiling",)
FIRST_KNOWN = ("deceased_on", "bereaved_until", "no_care_since", "guardian_consent_on")


@dataclass(frozen=True)
class Choice:
    """One line of the comparison. ``differs`` when there is something to choose."""

    name: str
    label: str
    left: str
    right: str
    take_right: bool

    @property
    def differs(self) -> bool:
        return self.left != self.right


def comparison(left: Customer, right: Customer, user: Any) -> list[Choice]:
    """Both sides in words, with the proposal: what the left one lacks comes from the right one."""
    blanks = blank_on(left, right)
    reach = words.Reach(user)
    lines = [
        Choice(
            group.name,
            str(group.label),
            _said(group, left, reach),
            _said(group, right, reach),
            group.name in blanks,
        )
        for group in GROUPS
    ]
    fields = {field.key: field for field in CustomField.objects.filter(entity="customer")}
    for key in dict.fromkeys([*left.custom, *right.custom]):
        label = fields[key].title if key in fields else key
        name = CUSTOM + key
        texts = [said(side.custom[key]) if key in side.custom else "" for side in (left, right)]
        lines.append(Choice(name, str(label), texts[0], texts[1], name in blanks))
    return [line for line in lines if line.left or line.right]


def blank_on(left: Customer, right: Customer) -> frozenset[str]:
    """Groups and own fields that only the right one has."""
    groups = {group.name for group in GROUPS if _is_blank(group, left) and not _is_blank(group, right)}
    own = {CUSTOM + key for key in right.custom if left.custom.get(key) in (None, "", [])}
    return frozenset(groups | own)


def _is_blank(group: Group, customer: Customer) -> bool:
    if group.name == "birthday":
        return customer.birthday is None and customer.birthday_month is None
    return all(getattr(customer, name) in (None, "") for name in group.fields)


def _said(group: Group, customer: Customer, reach: words.Reach) -> str:
    if group.name == "place":
        parts = [customer.country, words.place_name(customer.province, customer.city), customer.address]
        return " ".join(filter(None, parts))
    if group.name == "owner":
        return " · ".join(str(one) for one in (customer.owner, customer.team) if one)
    if group.name == "birthday":
        return birthdays.in_words(customer)
    name = group.fields[0]
    if name in ("phone", "email"):
        return getattr(reach, name)(getattr(customer, name))
    if name == "industry":
        return words.industry_name(customer.industry)
    display = getattr(customer, f"get_{name}_display", None)
    return str(display() if display else getattr(customer, name) or "")


def wanted(survivor: Customer, merged: Customer, take: frozenset[str]) -> dict[str, Any]:
    """The survivor's new values by attribute, those that stay the same included."""
    values: dict[str, Any] = {}
    for group in GROUPS:
        if group.name in take and group.name != "code":
            values |= {name: getattr(merged, name) for name in group.fields}
    values |= {name: getattr(survivor, name) or getattr(merged, name) for name in (*EITHER, *FIRST_KNOWN)}
    values["custom"] = _custom(survivor.custom, merged.custom, take)
    values["created_at"] = min(survivor.created_at, merged.created_at)
    contacts = [moment for moment in (survivor.last_contact_at, merged.last_contact_at) if moment]
    values["last_contact_at"] = max(contacts, default=None)
    return values


def _custom(left: Mapping[str, Any], right: Mapping[str, Any], take: frozenset[str]) -> dict[str, Any]:
    chosen = {key: value for key, value in right.items() if CUSTOM + key in take}
    return {**right, **left, **chosen}


def stored(value: Any) -> Any:
    """A value as JSON keeps it, to the microsecond."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def revived(field: Field, value: Any) -> Any:
    """And back."""
    return value if isinstance(value, dict | list) else field.to_python(value)


def fields_by_attribute() -> dict[str, Field]:
    return {field.attname: field for field in Customer._meta.concrete_fields}
