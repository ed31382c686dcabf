"""Filters that put values into the words of the reader's language: money, numbers, days.

Django's own Chinese locale does not group thousands, so numbers are formatted here. Unknown values show as a
dash, never as zero.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from zhike.platform.money import from_units as units_to_decimal

register = template.Library()

UNKNOWN = "—"
CURRENCY = "¥"
TEN_THOUSAND = Decimal(10_000)
# 99,999,999 reads 1.0亿, not 10,000万.
NEARLY = Decimal("0.99995")
# Figures of so many digits are no figures of a company; they would overflow decimal arithmetic.
LONGEST = 24
# Steps of the short form by language family: (from, divisor, suffix).
SHORT_CHINESE = ((Decimal(10) ** 8, Decimal(10) ** 8, "亿"), (TEN_THOUSAND, TEN_THOUSAND, "万"))
SHORT_ENGLISH = (
    (Decimal(10) ** 9, Decimal(10) ** 9, "B"),
    (Decimal(10) ** 6, Decimal(10) ** 6, "M"),
    (TEN_THOUSAND, Decimal(10) ** 3, "K"),
)


@register.filter
def money(value: Any, places: int = 2) -> str:
    """¥1,234.50 – the sign before the currency, thousands grouped."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else _signed(amount, CURRENCY + _grouped(abs(amount), places))


@register.filter
def money_short(value: Any) -> str:
    """¥123.4万 in Chinese, ¥1.2M in English."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else _signed(amount, CURRENCY + _short(abs(amount)))


@register.filter
def number(value: Any, places: int = 0) -> str:
    """1,234 – or with so many decimals."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else _signed(amount, _grouped(abs(amount), places))


@register.filter
def plain(value: Any) -> str:
    """1,234 – with two decimals where it is no whole number."""
    amount = _decimal(value)
    return number(amount, 0 if amount is None or amount == amount.to_integral_value() else 2)


@register.filter
def number_short(value: Any) -> str:
    """12.3万 in Chinese, 123K in English."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else _signed(amount, _short(abs(amount)))


@register.filter
def percent(value: Any, places: int = 1) -> str:
    """74.6% of the fraction 0.746."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else _signed(amount, _grouped(abs(amount) * 100, places) + "%")


@register.filter
def trend(value: Any, places: int = 1) -> str:
    """+12.0% or -3.1%: a change, always with its sign."""
    amount = _decimal(value)
    if amount is None:
        return UNKNOWN
    sign = "+" if amount > 0 else ""
    return sign + percent(amount, places)


@register.filter
def points(value: Any) -> str:
    """+0.9 pp: the change of a share, in percentage points."""
    amount = _decimal(value)
    if amount is None:
        return UNKNOWN
    sign = "+" if amount > 0 else ""
    return _("%(points)s pp") % {"points": sign + number(amount * 100, 1)}


@register.filter
def day(value: Any) -> str:
    """2026-11-21; an integer counts days since 1970-01-01."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, int):
        return date.fromordinal(date(1970, 1, 1).toordinal() + value).isoformat()
    if isinstance(value, datetime):
        value = _local(value).date()
    return value.isoformat() if isinstance(value, date) else str(value)


@register.filter
def moment(value: Any) -> str:
    """2026-11-21 14:03 in the reader's zone."""
    if not isinstance(value, datetime):
        return day(value)
    return _local(value).strftime("%Y-%m-%d %H:%M")


@register.filter
def days(value: Any) -> str:
    """12 天, 1 day."""
    amount = _decimal(value)
    if amount is None:
        return UNKNOWN
    whole = int(amount.to_integral_value(ROUND_HALF_UP))
    return ngettext("%(count)s day", "%(count)s days", abs(whole)) % {"count": number(whole)}


@register.filter
def from_units(value: int | None) -> Decimal | None:
    """The amount of the engine's integer 1/10,000 units."""
    return None if value in (None, "") else units_to_decimal(value)


@register.filter
def figure(value: Any, kind: str) -> str:
    """A value by the name of its kind, so that lists and key figures format alike."""
    return FORMATS.get(kind, _text)(value)


def _text(value: Any) -> str:
    return UNKNOWN if value is None or value == "" else str(value)


FORMATS = {
    "number": number,
    "customers": number,
    "orders": number,
    "plain": plain,
    "decimal": lambda value: number(value, 2),
    "money": money,
    "money_whole": lambda value: money(value, 0),
    "money_short": money_short,
    "percent": percent,
    "trend": trend,
    "points": points,
    "day": day,
    "moment": moment,
    "days": days,
}


def is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _decimal(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount.adjusted() < LONGEST else None


def _signed(amount: Decimal, text: str) -> str:
    """The sign stands before the currency; none where rounding left only zeros."""
    return f"-{text}" if amount < 0 and any(digit in text for digit in "123456789") else text


def _grouped(amount: Decimal, places: int) -> str:
    return f"{amount.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP):,f}"


def _short(amount: Decimal) -> str:
    for start, divisor, suffix in SHORT_CHINESE if is_chinese() else SHORT_ENGLISH:
        if amount >= start * NEARLY:
            scaled = amount / divisor
            return _grouped(scaled, 0 if scaled >= 1000 else 1) + suffix
    return _grouped(amount, 0)


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value
