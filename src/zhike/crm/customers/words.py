"""Codes of customers in the reader's words, and ways to reach somebody for those who may see them."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import get_language

from zhike.data import industries, regions
from zhike.platform.permissions import allowed


def language() -> str:
    return get_language() or "en"


def industry_name(code: str) -> str:
    return industries.label(code, language()) if code else ""


def region_name(code: str) -> str:
    """Of a province or a city."""
    return regions.label(code, language()) if code else ""


def place_name(province: str, city: str) -> str:
    """Province and city, once where they are the same."""
    names = dict.fromkeys(filter(None, (region_name(province), region_name(city))))
    return " ".join(names) if language().startswith("zh") else ", ".join(reversed(names))


def provinces() -> list[tuple[str, str]]:
    return [(unit.code, unit.label(language())) for unit in regions.provinces()]


def cities(province: str = "") -> list[tuple[str, str]]:
    return [(unit.code, unit.label(language())) for unit in regions.cities(province)]


def industry_choices() -> list[tuple[str, str]]:
    """Sections with their divisions indented below."""
    return [
        (unit.code, ("　" if unit.section else "") + unit.label(language()))
        for unit in industries.industries()
    ]


def masked_phone(text: str) -> str:
    """138****8000: enough to recognize, too little to call."""
    digits = sum(character.isdigit() for character in text)
    hidden, seen, result = (digits - 7 if digits > 8 else max(digits - 2, 0)), 0, ""
    first = 3 if digits > 8 else 1
    for character in text:
        if character.isdigit():
            seen += 1
            result += "*" if first < seen <= first + hidden else character
        else:
            result += character
    return result


def masked_email(text: str) -> str:
    return re.sub(r"^(.)[^@]*", r"\1***", text) if text else ""


class Reach:
    """Phones and addresses as one person may see them."""

    def __init__(self, user: Any) -> None:
        self.full = allowed(user, "personal_data")

    def phone(self, text: str) -> str:
        return text if self.full else masked_phone(text)

    def email(self, text: str) -> str:
        return text if self.full else masked_email(text)
