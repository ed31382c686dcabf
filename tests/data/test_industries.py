"""The industries equal an independent transcription of GB/T 4754-2017."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from zhike.data import industries

# The reference file cuts this name after 18 characters.
CUT = {"37"}


def test_names_and_parents_equal_the_reference(data_dir: Path) -> None:
    with gzip.open(data_dir / "china_reference" / "gbt4754_2017.csv.gz", "rt", encoding="utf-8") as lines:
        reference = {r["code"]: (r["parent"], r["name"]) for r in csv.DictReader(lines) if r["level"] in "12"}
    ours = {unit.code: (unit.section, unit.name) for unit in industries.industries()}
    assert ours.keys() == reference.keys()
    assert {c for c in ours if ours[c] != reference[c]} == CUT
    assert ours["37"][1].startswith(reference["37"][1])


def test_there_are_20_sections_and_97_divisions() -> None:
    assert len(industries.sections()) == 20
    assert len(industries.divisions()) == 97
    assert [unit.code for unit in industries.divisions("F")] == ["51", "52"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("C", "C"), ("39", "39"), ("C39", "39"), ("3911", "39"), ("批发业", "51"), ("教育", "P")],
)
def test_an_industry_is_found_by_code_or_name(text: str, code: str) -> None:
    found = industries.find_industry(text)
    assert found is not None
    assert found.code == code


def test_unknown_words_are_no_industry() -> None:
    assert industries.find_industry("") is None
    assert industries.find_industry("C9999") is None
    assert industries.label("xx") == "xx"
    assert industries.section_of("3911") == "C"
    assert industries.section_of("F") == "F"
