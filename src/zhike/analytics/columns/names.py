"""Headings made comparable: `Customer ID`, `customer_id` and `CustomerID` are one name."""

from __future__ import annotations

import re
from functools import lru_cache

from zhike.analytics.tabular.text import clean, half_width

_ASIDE = re.compile(r"[\(\[{【〔][^)\]}】〕]*[\)\]}】〕]")
_NOISE = re.compile(r"[\s_\-./\\:,;*#'\"“”‘’、，。：；！!?？·|&]+")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[\u4e00-\u9fff]+")


@lru_cache(maxsize=20_000)
def plain_name(header: str) -> str:
    """Lower case, without spaces and punctuation; what stands in brackets (a unit, 必填) is dropped."""
    text = half_width(clean(header))
    bare = _NOISE.sub("", _ASIDE.sub("", text))
    return (bare or _NOISE.sub("", text)).lower()


@lru_cache(maxsize=20_000)
def words(header: str) -> tuple[str, ...]:
    """The English words of a heading, camel case split, lower case."""
    return tuple(word.lower() for word in _WORD.findall(half_width(clean(header))) if word.isascii())
