"""What can be said about a store in one number each: read when a backup is written, compared when tried.

Each room registers its own facts, as SQL that both stores understand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.platform.templatetags.zhike_format import UNKNOWN, money, number

Fetch = Callable[[str], Any]


@dataclass(frozen=True)
class Fact:
    code: str
    label: Promise
    sql: str
    kind: str = "number"


FACTS: dict[str, Fact] = {}


def register(code: str, label: Promise, sql: str, *, kind: str = "number") -> None:
    """``sql`` gives one value; ``kind`` is number, money or day."""
    FACTS[code] = Fact(code, label, sql, kind)


def read(fetch: Fetch) -> dict[str, str]:
    """Every fact as text; ``fetch`` runs a statement on the store in question and returns its one value."""
    return {code: _plain(fetch(fact.sql), fact.kind) for code, fact in FACTS.items()}


def said(code: str, value: str) -> str:
    """A fact's value for people: grouped, with its currency, a dash where there is none."""
    fact = FACTS.get(code)
    if not value or fact is None:
        return value or UNKNOWN
    if fact.kind == "money":
        return money(value)
    return number(value) if fact.kind == "number" and value.lstrip("-").isdigit() else value


def _plain(value: Any, kind: str) -> str:
    if value is None:
        return ""
    # SQLite adds up in floating point: beyond the cent there is nothing to compare.
    return str(Decimal(str(value)).quantize(Decimal("0.01"))) if kind == "money" else str(value)


register("audit.rows", _("Events of the audit trail"), "SELECT COUNT(*) FROM platform_auditevent")
register("audit.newest", _("Newest event of the audit trail"), "SELECT MAX(id) FROM platform_auditevent")
