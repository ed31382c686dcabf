"""The guide names every option, column and field there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zhike.analytics.analyze.command import analyze_command
from zhike.analytics.analyze.customers import SCHEMA

DOCS = Path(__file__).parents[3] / "docs/use"


@pytest.mark.parametrize("name", ["analyze.md", "analyze.zh-CN.md"])
def test_every_option_and_column_is_documented(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    options = {
        option for parameter in analyze_command.params for option in parameter.opts if option.startswith("--")
    }
    documented = set(re.findall(r"--[a-z][a-z-]+", text))
    assert options <= documented
    assert documented <= options
    assert set(SCHEMA.names) <= set(re.findall(r"`(\w+)`", text))
