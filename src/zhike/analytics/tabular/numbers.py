"""Amounts, quantities and whole numbers, exactly (Decimal, never float)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Literal

from zhike.analytics.tabular.problems import Problem
from zhike.analytics.tabular.text import clean, value_text

#: How a column writes numbers. `mixed`: some cells can only be one, some only the other way.
NumberStyle = Literal["point", "comma", "mixed"]

_PLAIN = re.compile(r"[+-]?\d{1,14}(?:\.\d+)?\Z", re.ASCII)
_SCIENTIFIC = re.compile(r"([+-]?)(\d+)(?:\.(\d*))?[eE]([+-]?\d{1,3})\Z", re.ASCII)
_CURRENCY = (
    r"(?:US\$|HK\$|NT\$|[¥￥$€£₩₽]|RMB|CNY|USD|EUR|GBP|HKD|TWD|JPY|KRW"
    r"|人民币|美元|欧元|英镑|港币|港元|日元|元整|元|圆)"
)
_AFFIXES = re.compile(rf"^(?:{_CURRENCY}\s*)+|(?:\s*{_CURRENCY})+$", re.IGNORECASE)
_SCALE = {"千": 1_000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000}
_SCALED = re.compile(r"(.*?)\s*(百万|千万|千|万|亿)\Z")
_GROUP_SPACE = re.compile(r"(?<=\d)[ '’](?=\d{3}(?:\D|\Z))")
_NUMERIC = re.compile(r"\d[\d.,]*\Z|[.,]\d+\Z", re.ASCII)
_LARGEST = Decimal(10) ** 14


def parse_amount(text: str, style: NumberStyle | None = None) -> Decimal | Problem | None:
    """The number in a cell, None when blank. `style` is what `number_style` found for the column."""
    if _PLAIN.match(text) and (style is None or style == "point"):
        return Decimal(text)
    value = value_text(text)
    if not value:
        return None
    return _bounded(_read(value, style), clean(text))


def parse_quantity(text: str, style: NumberStyle | None = None) -> Decimal | Problem | None:
    """A quantity, read as an amount is; None for an empty cell."""
    return parse_amount(text, style)


def parse_integer(text: str) -> int | Problem | None:
    """A whole number; `3.0` counts as one, `3.5` is an error."""
    number = parse_amount(text)
    if number is None or isinstance(number, Problem):
        return number
    return (
        int(number) if number == number.to_integral_value() else Problem("not_whole", {"value": clean(text)})
    )


def number_style(values: Iterable[str]) -> NumberStyle:
    """How the column writes decimals, from all its cells; undecided columns are read with a decimal point."""
    seen = {
        evidence
        for value in values
        if "," in value or "." in value or "，" in value
        for evidence in _evidence(value)
    }
    if {"point", "comma"} <= seen:
        return "mixed"
    return "comma" if "comma" in seen else "point"


def _evidence(text: str) -> tuple[str, ...]:
    body = _body(value_text(text))[1]
    found = _separators(body)
    return (found,) if found in ("point", "comma") else ()


def _bounded(number: Decimal | Problem, shown: str) -> Decimal | Problem:
    if isinstance(number, Problem):
        return Problem(number.code, {"value": shown})
    return Problem("number_too_large", {"value": shown}) if abs(number) >= _LARGEST else number


def _read(value: str, style: NumberStyle | None) -> Decimal | Problem:
    if match := _SCIENTIFIC.match(value):
        return _scientific(match, value)
    sign, body, scale = _body(value)
    if not _NUMERIC.match(body):
        return Problem("not_number")
    how = _separators(body)
    if how == "open" and style == "mixed":
        return Problem("ambiguous_amount")
    digits = _without_groups(body, style or "point" if how == "open" else how)
    return sign * Decimal(digits) * scale if digits else Problem("not_number")


def _scientific(match: re.Match[str], value: str) -> Decimal | Problem:
    """1.5E-05 is whole; 1.38E+10 hides eight digits, so it is an error rather than a rounded value."""
    if int(match[4]) > len(match[3] or ""):
        return Problem("digits_lost")
    try:
        return Decimal(value)
    except InvalidOperation:
        return Problem("not_number")


def _body(value: str) -> tuple[int, str, int]:
    """Sign, bare digits with separators, and the factor of a 万 or 亿 behind them."""
    sign, text = 1, value
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1, text[1:-1].strip()
    sign, text = _signed(sign, text)
    text = _AFFIXES.sub("", text).strip()
    scale = 1
    if match := _SCALED.match(text):
        text, scale = match[1], _SCALE[match[2]]
    sign, text = _signed(sign, _AFFIXES.sub("", text).strip())
    return sign, _GROUP_SPACE.sub("", text), scale


def _signed(sign: int, text: str) -> tuple[int, str]:
    if text[:1] in ("+", "-"):
        return (-sign if text[0] == "-" else sign), text[1:].strip()
    if text.endswith("-") and len(text) > 1:  # as SAP and old ledgers write it
        return -sign, text[:-1].strip()
    return sign, text


def _separators(body: str) -> str:
    """`point`/`comma`: only that decimal sign makes sense; `open`: 1,234 or 1.234; `none`: bare digits."""
    commas, points = body.count(","), body.count(".")
    if not commas and not points:
        return "none"
    if commas and points:
        return "point" if body.rfind(".") > body.rfind(",") else "comma"
    sign, count = (",", commas) if commas else (".", points)
    if count > 1:
        return "point" if sign == "," else "comma"
    before, after = body.split(sign)
    if len(after) == 3 and 1 <= len(before) <= 3 and before[0] != "0":
        return "open"
    return "comma" if sign == "," else "point"


def _without_groups(body: str, style: str) -> str:
    group, decimal = (",", ".") if style in ("point", "none") else (".", ",")
    head, _, tail = body.partition(decimal)
    if decimal in tail or group in tail or not _groups_fit(head.split(group)):
        return ""
    return head.replace(group, "") + ("." + tail if tail else "") or ""


def _groups_fit(groups: list[str]) -> bool:
    """1,234,567 and the Indian 12,34,567 are numbers; 1,2 and 12,,3 are not."""
    return len(groups) == 1 or (
        all(groups) and len(groups[-1]) == 3 and all(len(part) in (2, 3) for part in groups[1:])
    )
