"""Rejected rows as a CSV file that a spreadsheet can open without running anything in it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO

# What a spreadsheet may take for a formula, also behind blanks, control and full-width characters.
_FORMULA = re.compile("^[\\s\x00-\x1f\u200b\u3000\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n]")
_NUMBER = re.compile(r"^[+-]?[\d,]*\.?\d+%?$")


def safe(text: str) -> str:
    """A quote in front makes text of what could be a formula; plain numbers and phones stay as they are."""
    if _FORMULA.match(text) and not _NUMBER.match(text):
        return "'" + text
    return text


def lines(rows: Iterable[list[str]]) -> Iterator[str]:
    """CSV text in pieces, with the byte order mark that spreadsheets want."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
