"""Lists as data: allow-listed sort and columns, links that keep the rest of the address, safe cells."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.http import QueryDict

from zhike.platform.tables import Column, Table, chosen_columns, sort_of, with_query, without_value

COLUMNS = (
    Column("name", "Name", sort="name", url=lambda r: f"/customers/{r.pk}/"),
    Column("tier", "Tier", kind="tier", label_of="tier_label"),
    Column("revenue", "Revenue", kind="money", sort="revenue"),
    Column("city", "City", default=False, value="address.city"),
)


def record(**fields: object) -> SimpleNamespace:
    defaults = {
        "pk": 7,
        "name": "甲",
        "tier": 4,
        "tier_label": "钻石",
        "revenue": 1234,
        "address": {"city": "武汉"},
    }
    return SimpleNamespace(**{**defaults, **fields})


def names(query: str, **options: object) -> list[str]:
    return [column.name for column in chosen_columns(COLUMNS, QueryDict(query), **options)]


@pytest.fixture(autouse=True)
def by_rank(monkeypatch):
    """No tier has a color of its own here."""
    monkeypatch.setattr("zhike.platform.shades._chosen", dict)


def test_a_sort_outside_the_registry_is_ignored() -> None:
    assert sort_of(COLUMNS, QueryDict("sort=-revenue"), default="name") == "-revenue"
    assert sort_of(COLUMNS, QueryDict("sort=password"), default="name") == "name"
    assert sort_of(COLUMNS, QueryDict("sort=--revenue"), default="name") == "name"
    assert sort_of(COLUMNS, QueryDict("sort=tier"), default="name") == "name"


def test_columns_come_from_the_address_then_from_the_saved_view_then_by_default() -> None:
    assert names("columns=city&columns=nonsense") == ["name", "city"]
    assert names("", preset=["revenue"]) == ["name", "revenue"]
    assert names("") == names("columns=nonsense") == ["name", "tier", "revenue"]


def test_choosing_only_the_first_column_leaves_it_alone() -> None:
    assert names("columns=name") == ["name"]


def test_a_number_sorts_largest_first_and_turns_around_on_the_second_click() -> None:
    revenue = Table(COLUMNS, [], QueryDict("city=x&cursor=abc")).headings[2]
    assert revenue.url == "?city=x&sort=-revenue"
    again = Table(COLUMNS, [], QueryDict("sort=-revenue")).headings[2]
    assert (again.url, again.direction) == ("?sort=revenue", "descending")


def test_links_keep_the_address_but_not_the_page() -> None:
    query = QueryDict("tier=3&tier=4&cursor=abc&page=2")
    assert with_query(query, sort="name") == "?tier=3&tier=4&sort=name"
    assert with_query(query, tier=None) == "?"
    assert without_value(query, "tier", "3") == "?tier=4"


def test_cells_show_values_by_kind_and_escape_what_people_typed() -> None:
    row = Table(
        COLUMNS, [record(name="<script>x</script>")], QueryDict("columns=city&columns=tier&columns=revenue")
    ).rows[0]
    name, tier, revenue, city = (cell.html for cell in row.cells)
    assert name == '<a href="/customers/7/">&lt;script&gt;x&lt;/script&gt;</a>'
    assert 'zk-tier-4">钻石' in tier
    assert (revenue, city) == ("¥1,234.00", "武汉")


def test_a_gap_on_the_way_to_a_value_is_a_dash() -> None:
    row = Table(
        COLUMNS, [record(address=None, tier=None, tier_label=None)], QueryDict("columns=city&columns=tier")
    ).rows[0]
    assert "zk-tier-0" in row.cells[1].html
    assert row.cells[2].html == "—"


def test_the_column_chooser_carries_the_filters_along() -> None:
    table = Table(COLUMNS, [], QueryDict("tier=3&tier=4&columns=city&cursor=abc"))
    assert table.kept == [("tier", "3"), ("tier", "4")]
    assert [(choice.column.name, choice.chosen) for choice in table.choices] == [
        ("tier", False),
        ("revenue", False),
        ("city", True),
    ]
