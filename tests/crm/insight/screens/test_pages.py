"""Every page for every role, in both languages, with few statements, and before there is anything."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

pytestmark = pytest.mark.django_db

PAGES = ("dashboard", "rfm", "pareto", "tiers")
ROLES = ("owner", "analyst", "manager_east", "sales_east")


def text_of(response) -> str:
    """What a person reads in the page's own part: without mark-up and chart data."""
    main = response.content.decode().partition("<main")[2].partition(">")[2].partition("</main>")[0]
    html = re.sub(r"<(script|style|svg|template)\b.*?</\1>", "", main, flags=re.S)
    return re.sub(r"<[^>]+>", " ", html)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_opens_with_few_statements(analyzed, client, role):
    client.force_login(getattr(analyzed.people, role))
    for page in PAGES:
        client.get(reverse(f"insight:{page}"))
        with CaptureQueriesContext(
            connection,
        ) as statements:
            response = client.get(reverse(f"insight:{page}"))
        assert response.status_code == 200
        assert len(statements) <= 15, (page, len(statements))
        assert analyzed.today.isoformat() in text_of(response)
        assert "v1" in text_of(response)


def test_the_chinese_pages_hold_no_english(analyzed, client):
    client.force_login(analyzed.people.owner)
    for page in PAGES:
        text = re.sub(
            r"sales_(east2?|west)|RFM|ABC|Excel", "", text_of(client.get(reverse(f"insight:{page}")))
        )
        assert re.findall(r"[A-Za-z]{2,}", text) == [], page


def test_the_english_pages_hold_no_chinese(analyzed, client):
    client.cookies["zhike_language"] = "en"
    client.force_login(analyzed.people.owner)
    for page in PAGES:
        text = re.sub(r"公司\d+号|中国|华东|西部", "", text_of(client.get(reverse(f"insight:{page}"))))
        assert re.findall(r"[\u4e00-\u9fff]+", text) == [], page


@pytest.mark.parametrize(
    "query", ["days=x", "measure=x&by=x&with=x", "basis=x&class=x&silent=x", "start=x&end=9"]
)
def test_a_wrong_address_gives_the_usual_page(analyzed, client, query):
    client.force_login(analyzed.people.owner)
    for page in PAGES:
        assert client.get(f"{reverse(f'insight:{page}')}?{query}").status_code == 200


def test_a_page_shows_no_customer_of_another_team(analyzed, client):
    west = [c.name for c in analyzed.customers if c.owner == analyzed.people.sales_west]
    client.force_login(analyzed.people.manager_east)
    for page in PAGES:
        text = client.get(reverse(f"insight:{page}")).content.decode()
        assert not [name for name in west if name in text]


def test_a_snapshot_of_another_layout_counts_as_none(analyzed, client, monkeypatch):
    from zhike.crm.insight import events, snapshots

    client.force_login(analyzed.people.owner)
    monkeypatch.setattr(snapshots, "LAYOUT", snapshots.LAYOUT + 1)
    page = client.get(reverse("statistics:page"))
    assert page.status_code == 200
    assert page.templates[0].name == "insight/nothing_yet.html"
    assert events.due() == "snapshot"
