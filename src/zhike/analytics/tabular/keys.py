"""Numbers that are names: customer, order and product numbers. Leading zeros are kept."""

from __future__ import annotations

import re

from zhike.analytics.tabular.problems import Problem
from zhike.analytics.tabular.text import clean, value_text

_FLOAT = re.compile(r"(\d+)\.0+\Z", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d{2,3}\Z", re.ASCII)
#: A Chinese identity-card number (area, day of birth, sequence) that passed through Excel as a number ends
#: in zeros where digits were. Other long numbers may end so by right: one order number in a thousand does.
_ROUNDED_ID = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d000\Z", re.ASCII)


def parse_key(text: str) -> str | Problem | None:
    """The number as text. `17850.0` is 17850 (a spreadsheet's way of writing it); 1.7E+17 lost its digits."""
    if text.isalnum() and text.isascii() and len(text) < 18 and not _SCIENTIFIC.match(text):
        return text if len(text) > 4 else value_text(text) or None
    value = value_text(text)
    if not value:
        return None
    if _SCIENTIFIC.match(value) or _ROUNDED_ID.match(value):
        return Problem("digits_lost", {"value": clean(text)})
    match = _FLOAT.match(value)
    return match[1] if match else value
