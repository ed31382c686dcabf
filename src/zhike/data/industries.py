"""Industries: the sections and divisions of GB/T 4754-2017."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from zhike.data.tables import rows


@dataclass(frozen=True)
class Industry:
    """A section (letter, ``section`` empty) or a division (two digits) of the standard."""

    code: str
    section: str
    name: str
    name_en: str

    def label(self, language: str = "zh") -> str:
        return self.name if language.startswith("zh") else self.name_en


@lru_cache
def industries() -> tuple[Industry, ...]:
    """Sections and divisions in the order of the standard, each section before its divisions."""
    return tuple(Industry(**row) for row in rows("industries.tsv"))


@lru_cache
def sections() -> tuple[Industry, ...]:
    return tuple(unit for unit in industries() if not unit.section)


@lru_cache
def divisions(section: str = "") -> tuple[Industry, ...]:
    """All 97 divisions, or those of one section."""
    return tuple(unit for unit in industries() if unit.section and section in ("", unit.section))


def industry(code: str) -> Industry | None:
    return _by_code().get(code)


def section_of(code: str) -> str:
    """The section letter of any code of the standard, also of three and four digits."""
    unit = industry(code) or industry(code[:2])
    return (unit.section or unit.code) if unit else ""


def label(code: str, language: str = "zh") -> str:
    """The name in words; an unknown code is returned as it is."""
    unit = industry(code)
    return unit.label(language) if unit else code


def find_industry(text: str) -> Industry | None:
    """By code (``C``, ``39``, ``C39``, ``3911``) or name; a name of both levels means the section."""
    key = "".join(text.split()).casefold()
    known = _words().get(key)
    if known or not key:
        return known
    digits = key[1:] if key[0].isalpha() and key[0].isascii() else key
    return industry(digits[:2]) if digits.isdigit() and 2 <= len(digits) <= 4 else None


@lru_cache
def _by_code() -> dict[str, Industry]:
    return {unit.code: unit for unit in industries()}


@lru_cache
def _words() -> dict[str, Industry]:
    words: dict[str, Industry] = {}
    for unit in (*sections(), *divisions()):
        for word in (unit.code, unit.name, unit.name_en):
            words.setdefault("".join(word.split()).casefold(), unit)
    return words
