"""The normalised forms by which customers are compared, as the customers app keeps them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from zhike.analytics.duplicates import company_name
from zhike.crm.customers.choices import Kind
from zhike.crm.customers.services import derive_keys


def keys_of(name: str, phone: str, email: str) -> dict[str, Any]:
    return derive_keys(name, phone, email)


@lru_cache(maxsize=5_000)
def guess_kind(name: str | None, default: str) -> str:
    """A legal form makes a company, two to four Chinese characters a person; else what was chosen."""
    if default in Kind.values:
        return default
    if not name or company_name(name).form:
        return Kind.COMPANY
    chinese = all("\u4e00" <= character <= "\u9fff" for character in name)
    return Kind.PERSON if chinese and 2 <= len(name) <= 4 else Kind.COMPANY


def same_form(first: str, second: str) -> bool:
    """False when two names differ only in a legal form that both state: two companies, perhaps."""
    one, other = company_name(first).form, company_name(second).form
    stated = one and other and not one.isascii() and not other.isascii()
    return not stated or one == other
