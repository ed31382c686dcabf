"""Administrative divisions of China (GB/T 2260): 34 province-level units and the prefecture level.

Codes are the short ones: two digits for a province, four for a city. Hong Kong, Macao and Taiwan have no
divisions below the province level here, as the standard gives none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from zhike.data.tables import rows

#: How a record says that its country is China, in small letters; nothing said means the same.
CHINA = frozenset(("中国", "中华人民共和国", "china", "cn", "chn", "p.r. china", "prc", ""))


@dataclass(frozen=True)
class Province:
    """A province-level unit; ``column`` and ``row`` are its place on the tile map."""

    code: str
    name: str
    short: str
    abbreviation: str
    name_en: str
    letters: str
    column: int
    row: int

    def label(self, language: str = "zh") -> str:
        return self.short if language.startswith("zh") else self.name_en


@dataclass(frozen=True)
class City:
    """A prefecture-level division, or a municipality seen as one city."""

    code: str
    name: str
    short: str
    name_en: str

    @property
    def province(self) -> str:
        return self.code[:2]

    def label(self, language: str = "zh") -> str:
        return self.short if language.startswith("zh") else self.name_en


@lru_cache
def provinces() -> tuple[Province, ...]:
    """All 34, in the order of their codes."""
    return tuple(
        Province(column=int(row.pop("column")), row=int(row.pop("row")), **row)
        for row in rows("provinces.tsv")
    )


@lru_cache
def cities(province: str = "") -> tuple[City, ...]:
    """All cities, or those of one province."""
    if province:
        return tuple(city for city in cities() if city.province == province)
    return tuple(City(**row) for row in rows("cities.tsv"))


def province(code: str) -> Province | None:
    return _provinces_by_code().get(code)


def city(code: str) -> City | None:
    return _cities_by_code().get(code)


def label(code: str, language: str = "zh") -> str:
    """The name of a province or city code in words; an unknown code is returned as it is."""
    unit = province(code) or city(code)
    return unit.label(language) if unit else code


def find_province(text: str) -> Province | None:
    """A province by code (two or six digits), full, short or abbreviated name, or English name."""
    return _province_words().get(_key(text))


def find_city(text: str, *, province: str = "") -> City | None:
    """A city by code (four or six digits) or name; within ``province`` when it is given."""
    found = _city_words().get(_key(text), ())
    fitting = [city for city in found if not province or city.province == province]
    return fitting[0] if len(fitting) == 1 else None


@lru_cache
def _provinces_by_code() -> dict[str, Province]:
    return {unit.code: unit for unit in provinces()}


@lru_cache
def _cities_by_code() -> dict[str, City]:
    return {unit.code: unit for unit in cities()}


@lru_cache
def _province_words() -> dict[str, Province]:
    words: dict[str, Province] = {}
    for unit in provinces():
        for word in (unit.code, unit.code + "0000", unit.name, unit.short, unit.abbreviation, unit.name_en):
            words[_key(word)] = unit
        if unit.name.endswith("市"):
            words[unit.code + "0100"] = unit
        words.setdefault(_key(unit.short + "省"), unit)
    return words


@lru_cache
def _city_words() -> dict[str, tuple[City, ...]]:
    words: dict[str, tuple[City, ...]] = {}
    for unit in cities():
        for word in {unit.code, unit.code + "00", unit.name, unit.short, unit.name_en.split(" (")[0]}:
            words[_key(word)] = (*words.get(_key(word), ()), unit)
    return words


def _key(text: str) -> str:
    return "".join(text.split()).casefold()
