"""Before the first analysis, and for those who may not look."""

from __future__ import annotations

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
PAGES = ("page", "overlap", "migration", "cohorts", "drift", "compare")


def test_every_page_says_what_to_do_first(client, people, tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    for name in PAGES:
        client.force_login(people.owner)
        assert "insight/nothing_yet.html" in [
            t.name for t in client.get(reverse(f"watching:{name}")).templates
        ]


def test_only_those_who_may_see_insight_get_in(client, people):
    for name in PAGES:
        assert client.get(reverse(f"watching:{name}")).status_code == 302
