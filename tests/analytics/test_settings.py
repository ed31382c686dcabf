"""Settings: what cannot be used is named field by field, in both languages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from zhike.analytics import AnalysisSettings, SettingsError
from zhike.analytics.tiers import Tier
from zhike.analytics.words import Words


def problems(data: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        AnalysisSettings.from_dict(data).check()
    assert all(p.words.en and p.words.zh for p in caught.value.problems)
    return {p.field: p.code for p in caught.value.problems}


def changed(path: str, value: Any) -> dict[str, Any]:
    data = AnalysisSettings().to_dict()
    *way, last = path.split(".")
    place: Any = data
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[int(last) if last.isdigit() else last] = value
    return data


def test_the_default_settings_are_usable() -> None:
    assert AnalysisSettings().check() == AnalysisSettings()


def test_settings_survive_json() -> None:
    settings = AnalysisSettings()
    assert AnalysisSettings.from_json(settings.to_json()) == settings


def test_missing_parts_take_their_defaults() -> None:
    assert AnalysisSettings.from_dict({"abc": {"basis": "margin"}}).abc.a_share == 0.8


@pytest.mark.parametrize(("path", "value", "code"), [
    ("rfm.monetary", "profit", "choice"),
    ("abc.basis", "x; DROP TABLE", "choice"),
    ("abc.b_share", 0.5, "order"),
    ("lifecycle.lost_ratio", 1.5, "order"),
    ("lifecycle.at_risk_ratio", 0, "range"),
    ("lifecycle.prior_gaps", float("nan"), "range"),
    ("tiers.grace_days", -1, "range"),
    ("tiers.cut", "luck", "choice"),
    ("tiers.dimensions.1.weight", -5, "range"),
    ("tiers.dimensions.1.weight", "much", "range"),
    ("tiers.dimensions.0.feature", "shoe_size", "unknown_feature"),
    ("tiers.dimensions.0.code", "a b", "code"),
    ("tiers.dimensions.0.direction", "up", "choice"),
    ("tiers.tiers.3.share", None, "range"),
    ("tiers.tiers.3.share", 1.5, "range"),
    ("tiers.tiers.0.code", "", "code"),
])  # fmt: skip
def test_a_wrong_value_is_named_by_its_field(path: str, value: Any, code: str) -> None:
    assert problems(changed(path, value))[path] == code


def test_all_problems_are_listed_at_once() -> None:
    data = changed("rfm.monetary", "x") | {"abc": {"basis": "y"}}
    assert problems(data).keys() == {"rfm.monetary", "abc.basis"}


def test_unknown_names_are_refused() -> None:
    assert problems({"rfm": {"color": 1}, "magic": {}}) == {"rfm.color": "unknown", "magic": "unknown"}


def test_weights_that_are_all_zero_are_refused() -> None:
    data = AnalysisSettings().to_dict()
    for dimension in data["tiers"]["dimensions"]:
        dimension["weight"] = 0
    assert problems(data)["tiers.dimensions"] == "weights"


def test_two_dimensions_cannot_share_a_code() -> None:
    assert problems(changed("tiers.dimensions.1.code", "amount"))["tiers.dimensions"] == "duplicate"


def test_shares_beyond_everybody_are_refused() -> None:
    assert problems(changed("tiers.tiers.1.share", 0.9))["tiers.tiers"] == "shares"


def test_value_cuts_must_rise() -> None:
    data = changed("tiers.cut", "value")
    data["tiers"]["tiers"][2]["min_score"] = 40
    assert problems(data)["tiers.tiers"] == "order"


def test_a_model_of_one_tier_is_refused() -> None:
    settings = AnalysisSettings()
    lonely = replace(settings, tiers=replace(settings.tiers, tiers=(Tier("a", Words("A", "甲"), "#000"),)))
    assert problems(lonely.to_dict())["tiers.tiers"] == "count"
