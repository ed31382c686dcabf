"""The workbench while nothing was analyzed yet."""

from __future__ import annotations

import pytest

from factories import make_people
from zhike.crm.workbench.models import AnalysisState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    return tmp_path


@pytest.fixture
def people(db):
    return make_people()


def test_before_the_first_run_the_answer_says_what_is_missing(people, ask, as_user):
    one = ask(people.owner, "describe", {"variables": ["net_revenue"], "group": []})
    assert one.state == AnalysisState.FAILED
    assert "run the analysis" in one.error or "先" in one.error
    assert as_user("owner").get("/workbench/").status_code == 200
    assert as_user("owner").get("/workbench/new/clusters").status_code == 200
