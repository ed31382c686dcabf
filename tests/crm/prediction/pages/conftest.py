"""An installation of its own for every test."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    return tmp_path
