"""Fields that a company added: their values checked by type and stored as plain JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.models import CustomField
from zhike.platform.errors import DomainError

MAX_TEXT = 1000


def fields_of(entity: str = "customer") -> list[CustomField]:
    return list(CustomField.objects.filter(entity=entity))


def checked(values: Mapping[str, Any], *, entity: str = "customer") -> dict[str, Any]:
    """The values ready to be stored; empty ones are left out, unknown names and wrong types refused."""
    known = {field.key: field for field in fields_of(entity)}
    stored: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise DomainError(_("This field does not exist."), field=f"custom.{key}", code="unknown_field")
        if value not in (None, "", []):
            stored[key] = _plain(known[key], value)
    return stored


def said(value: Any) -> str:
    """A stored value as text, the parts of several separated as people write them."""
    return "、".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _plain(field: CustomField, value: Any) -> Any:
    try:
        return READERS[field.field_type](field, value)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise DomainError(
            PROBLEMS[field.field_type], field=f"custom.{field.key}", code=f"not_{field.field_type}"
        ) from error


def _text(_field: CustomField, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\x00" in value:
        raise ValueError
    return value.strip()


def _number(_field: CustomField, value: Any) -> int | float:
    if isinstance(value, bool):
        raise TypeError
    amount = Decimal(str(value).replace(",", ""))
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15:
        raise ValueError
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _date(_field: CustomField, value: Any) -> str:
    return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()


def _boolean(_field: CustomField, value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    found = value if isinstance(value, bool) else words.get(str(value).lower())
    if found is None:
        raise ValueError
    return found


def _choice(field: CustomField, value: Any) -> str:
    if value not in field.choices:
        raise ValueError
    return str(value)


def _multiple(field: CustomField, value: Any) -> list[str]:
    """Several values of the offered ones, in the order in which they are offered."""
    given = separated(value) if isinstance(value, str) else [str(one) for one in value]
    if not set(given) <= set(field.choices):
        raise ValueError
    return [one for one in field.choices if one in given]


def separated(text: str) -> list[str]:
    for mark in "，、;；|":
        text = text.replace(mark, ",")
    return [one.strip() for one in text.split(",") if one.strip()]


READERS: dict[str, Callable[[CustomField, Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
    FieldType.MULTIPLE: _multiple,
}
PROBLEMS: dict[str, Promise] = {
    FieldType.TEXT: _("Enter a text of at most 1,000 characters."),
    FieldType.NUMBER: _("Enter a number."),
    FieldType.DATE: _("Enter a date such as 2026-11-21."),
    FieldType.BOOLEAN: _("Choose yes or no."),
    FieldType.CHOICE: _("Choose one of the values offered."),
    FieldType.MULTIPLE: _("Choose among the values offered."),
}
