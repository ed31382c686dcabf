"""The rules of a customer's and a contact's own fields, one per field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from zhike.analytics.tabular import Problem, parse_email, parse_phone
from zhike.crm.customers import birthdays, custom_fields
from zhike.crm.customers.models import Contact
from zhike.data import industries, regions
from zhike.platform import company_day
from zhike.platform.errors import DomainError

REQUIRED = {"name", "kind"}


def checked(model: type[Model], values: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    """The values ready to be stored; a field outside ``allowed`` is refused by name."""
    for name in values:
        if name not in allowed:
            raise DomainError(_("This field cannot be set."), field=name, code="unknown_field")
    found = {name: _checked_one(model, name, value) for name, value in values.items()}
    _check_place(found)
    return found


def check_together(person: Model, values: Mapping[str, Any]) -> None:
    """What holds between fields, those that stay as they are included."""
    for names, check in ((("province", "city"), _check_place), (birthdays.FIELDS, birthdays.check)):
        if any(name in values for name in names):
            check({name: values.get(name, getattr(person, name)) for name in names})


def _checked_one(model: type[Model], name: str, value: Any) -> Any:
    if name == "custom":
        entity = "contact" if model is Contact else "customer"
        return custom_fields.checked(value or {}, entity=entity)
    field = model._meta.get_field(name)
    if isinstance(value, str):
        value = _clean_text(name, value, getattr(field, "max_length", None))
    if name in REQUIRED and not value:
        raise DomainError(_("This field is required."), field=name, code="required")
    if value in ("", None):
        return _nothing(field)
    choices = [code for code, _label in getattr(field, "choices", None) or ()]
    if choices and value not in choices:
        raise DomainError(_("Choose one of the values offered."), field=name, code="unknown_choice")
    if name in RULES:
        RULES[name](value)
    return value


def _nothing(field: Any) -> Any:
    """What the column holds for an empty input."""
    if field.null:
        return None
    return field.get_default() if field.name == "birthday_calendar" else ""


def _clean_text(name: str, value: str, longest: int | None) -> str:
    text = value.strip()
    if "\x00" in text or "\n" in text or "\r" in text:
        raise DomainError(_("Line breaks are not possible here."), field=name, code="line_break")
    if longest and len(text) > longest:
        raise DomainError(_("This text is too long."), field=name, code="too_long")
    return text


def _check_phone(value: str) -> None:
    if isinstance(parse_phone(value), Problem):
        raise DomainError(_("This is not one complete phone number."), field="phone", code="phone_invalid")


def _check_email(value: str) -> None:
    if isinstance(parse_email(value), Problem):
        raise DomainError(_("This is not one e-mail address."), field="email", code="email_invalid")


def _check_industry(value: str) -> None:
    if industries.industry(value) is None:
        raise DomainError(_("This industry is not in GB/T 4754."), field="industry", code="unknown_choice")


def _check_province(value: str) -> None:
    if regions.province(value) is None:
        raise DomainError(_("This province does not exist."), field="province", code="unknown_choice")


def _check_city(value: str) -> None:
    if regions.city(value) is None:
        raise DomainError(_("This city does not exist."), field="city", code="unknown_choice")


def _check_birthday(value: Any) -> None:
    if not isinstance(value, date) or not date(1850, 1, 1) <= value <= company_day.today():
        raise DomainError(_("This is no birthday."), field="birthday", code="not_date")


def _check_place(values: Mapping[str, Any]) -> None:
    city, province = values.get("city"), values.get("province")
    if city and province and not city.startswith(province):
        raise DomainError(_("This city is not in the province."), field="city", code="other_province")


RULES: dict[str, Callable[[Any], None]] = {
    "phone": _check_phone,
    "email": _check_email,
    "industry": _check_industry,
    "province": _check_province,
    "city": _check_city,
    "birthday": _check_birthday,
}

_KINDS = ["industry", "size", "business_model", "customer_type", "gender", "birthday_calendar"]
_TEXTS = ["name", "code", "phone", "email", "needs", "country", "province", "city", "address"]
CARE_FIELDS = ("deceased_on", "bereaved_until", "no_care_since", "guardian_consent_on")
_PERSON = [*birthdays.FIELDS, *CARE_FIELDS]
CUSTOMER_FIELDS = frozenset(["kind", *_KINDS, *_TEXTS, *_PERSON, "no_profiling", "custom"])
_CONTACT = ["name", "role", "title", "phone", "email", "preferred_channel", "is_primary"]
CONTACT_FIELDS = frozenset([*_CONTACT, *_PERSON, "custom"])
