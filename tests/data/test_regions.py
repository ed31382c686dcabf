"""The regions equal an independent transcription of the standard, and can be found by what people write."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from zhike.data import regions

# The reference lists collective entries below the municipalities and for units run by the province itself.
COLLECTIVE = {"4190", "4290", "4690", "5002", "6590"}
MUNICIPALITIES = {"1101", "1201", "3101", "5001"}


def _reference(folder: Path, name: str) -> dict[str, str]:
    with gzip.open(folder / "china_reference" / name, "rt", encoding="utf-8") as lines:
        return {row["code"]: row["name"] for row in csv.DictReader(lines)}


def test_there_are_34_provinces_on_34_different_tiles() -> None:
    units = regions.provinces()
    assert len(units) == 34
    assert len({(unit.column, unit.row) for unit in units}) == 34
    assert {"71", "81", "82"} <= {unit.code for unit in units}


def test_provinces_of_the_mainland_equal_the_reference(data_dir: Path) -> None:
    ours = {unit.code: unit.name for unit in regions.provinces() if unit.code[0] in "123456"}
    assert ours == _reference(data_dir, "provinces.csv.gz")


def test_cities_equal_the_reference(data_dir: Path) -> None:
    reference = {c: n for c, n in _reference(data_dir, "cities.csv.gz").items() if c not in COLLECTIVE}
    ours = {unit.code: unit.name for unit in regions.cities()}
    assert ours.keys() == reference.keys()
    assert {c: n for c, n in ours.items() if c not in MUNICIPALITIES} == {
        c: n for c, n in reference.items() if c not in MUNICIPALITIES
    }


def test_english_city_names_are_unambiguous() -> None:
    names = [unit.name_en for unit in regions.cities()]
    assert len(names) == len(set(names)) == 337


@pytest.mark.parametrize("text", ["32", "320000", "江苏", "江苏省", "苏", "Jiangsu", " jiangsu "])
def test_a_province_is_found_by_any_of_its_names(text: str) -> None:
    found = regions.find_province(text)
    assert found is not None
    assert found.code == "32"


def test_a_city_is_found_within_its_province() -> None:
    suzhou = regions.find_city("苏州市")
    assert suzhou is not None
    assert suzhou.code == "3205"
    assert regions.find_city("Taizhou") is None
    assert regions.find_city("Taizhou", province="33").name == "台州市"


def test_labels_speak_both_languages() -> None:
    assert regions.label("31") == "上海"
    assert regions.label("31", "en") == "Shanghai"
    assert regions.label("3205", "zh-hans") == "苏州"
    assert regions.label("no such code") == "no such code"
    assert regions.find_province("") is None
