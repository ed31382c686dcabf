"""What the customer search is made of: text cut into tokens, and a person's query into conditions on tokens.

A Chinese character is a token of its own, so that a phrase of characters finds any part of a name. Latin
words, pinyin, initials and digits are found by the beginning of a token; what must be found in the middle
(the third syllable of a name, the end of a phone number) is therefore stored from every place on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

#: Longer words are cut, in the index and in the query alike.
LENGTH = 16
FRAGMENT = 3
MAX_TERMS = 8

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_PIECES = re.compile(f"[{_CJK}]|[a-z0-9]+")
_RUNS = re.compile(f"[{_CJK}]+|[a-z0-9]+")
_CHINESE = re.compile("[\u3400-\u9fff]+")
_PHONE_LIKE = re.compile(r"[\d\s()+./-]{3,}\Z", re.ASCII)
# How surnames are read where the common word is read differently.
_SURNAMES = {
    "曾": "zeng",
    "单": "shan",
    "仇": "qiu",
    "解": "xie",
    "查": "zha",
    "盖": "ge",
    "区": "ou",
    "朴": "piao",
    "覃": "qin",
    "种": "chong",
    "乐": "yue",
    "员": "yun",
    "秘": "bi",
    "洗": "xian",
    "晁": "chao",
    "翟": "zhai",
    "尉": "yu",
}


@dataclass(frozen=True)
class Term:
    """One condition: characters that follow each other, or the beginning of a token."""

    text: str
    phrase: bool


def folded(text: str) -> str:
    """Full width, capitals and accents do not matter."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


def name_tokens(text: str) -> list[str]:
    """Tokens of a name in its order, followed by how it is read."""
    plain = folded(text)
    tokens = [piece[:LENGTH] for piece in _PIECES.findall(plain)]
    for run in _CHINESE.findall(plain):
        tokens += _read_aloud(run)
    return tokens


def code_tokens(text: str) -> list[str]:
    """Tokens of a customer number or key: found from any place on."""
    return [token for word in _words(text) for token in _from_every_place(word)]


def phone_tokens(text: str) -> list[str]:
    """Tokens of a phone number: any three digits or more find it."""
    digits = re.sub(r"\D", "", text)
    if digits.startswith("86") and len(digits) > 11:
        digits = digits[2:]
    return _from_every_place(digits)


def email_tokens(text: str) -> list[str]:
    return _words(text)


def query_terms(text: str) -> list[Term]:
    """The conditions that a query states, all of which must hold."""
    plain = folded(text.strip())
    if _PHONE_LIKE.match(plain):
        digits = re.sub(r"\D", "", plain)
        digits = digits[2:] if digits.startswith("86") and len(digits) > 11 else digits
        return [Term(digits[:LENGTH], phrase=False)] if digits else []
    runs = _RUNS.findall(plain)[:MAX_TERMS]
    return [
        Term(run[:LENGTH], phrase=False) if run.isascii() else Term(run[: 2 * LENGTH], phrase=True)
        for run in runs
    ]


def _words(text: str) -> list[str]:
    return [word[:LENGTH] for word in re.findall(r"[a-z0-9]+", folded(text))]


def _from_every_place(word: str) -> list[str]:
    last = max(len(word) - FRAGMENT, 0)
    return [word[start : start + LENGTH] for start in range(last + 1)] if word else []


@lru_cache(maxsize=50_000)
def _read_aloud(run: str) -> tuple[str, ...]:
    """Full pinyin and initials from every syllable on; a surname also in its own reading."""
    readings = [_syllables(run)]
    if run[0] in _SURNAMES:
        readings.append((_SURNAMES[run[0]], *readings[0][1:]))
    found = dict.fromkeys(token for syllables in readings for token in _suffixes(syllables))
    return tuple(found)


def _suffixes(syllables: tuple[str, ...]) -> Iterable[str]:
    initials = "".join(syllable[0] for syllable in syllables)
    for place in range(len(syllables)):
        yield "".join(syllables[place : place + LENGTH])[:LENGTH]
        yield initials[place : place + LENGTH]


def _syllables(run: str) -> tuple[str, ...]:
    # Its dictionaries take a moment to load: only for those who index.
    from pypinyin import lazy_pinyin

    # ü is typed v; a character without a reading stands for itself.
    return tuple(syllable.replace("ü", "v") or "?" for syllable in lazy_pinyin(run))
