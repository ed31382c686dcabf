"""Cleaning of a cell's text: invisible characters, Excel's text markers, full-width forms."""

from __future__ import annotations

import re

# Zero-width and direction marks carry no meaning in a business cell, but break every comparison.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]"
)
_SPACES = re.compile("[ \t\r\n\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_MARKED = re.compile(r"'(?=\s*[-+=@|%\d＝＋－＠])")

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0xFFE5: 0xA5,
    0x2212: 0x2D,
}

#: What people and programs write when they mean "nothing here".
BLANKS = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "n/a",
        "na",
        "#n/a",
        "null",
        "none",
        "nil",
        "nan",
        "无",
        "空",
        "暂无",
        "不详",
    }
)


def clean(text: str) -> str:
    """Trim, drop invisible characters, undo Excel's ways of marking text (`="007"`, `'007`)."""
    if not text.isprintable():
        text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    text = text.strip()
    if len(text) > 1 and text[0] in "='":
        text = _unmark(text)
    return text


def _unmark(text: str) -> str:
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].strip()
    return text[1:] if _MARKED.match(text) else text


def half_width(text: str) -> str:
    """Full-width digits, letters and signs as their ASCII forms (１２３ → 123, ＠ → @)."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)


def value_text(text: str) -> str:
    """The text of a cell that should hold a value: cleaned, half-width, '' for a written-out blank."""
    text = half_width(clean(text))
    return "" if len(text) <= 4 and text.lower() in BLANKS else text
