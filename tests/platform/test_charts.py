"""Charts as data: complete for the browser, translated, with a table that says the same."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from zhike.platform import charts
from zhike.platform.figures import Figure


def test_a_donut_knows_shares_and_keeps_the_order_given() -> None:
    slices = [charts.Slice("钻石", 1, "/4"), charts.Slice("黄金", 3)]
    chart = charts.donut(title="等级", slices=slices)
    assert [row[2] for row in chart["table"]["rows"]] == [0.25, 0.75]
    assert [item["label"] for item in chart["slices"]] == ["钻石", "黄金"]
    assert chart["slices"][0]["url"] == "/4"


def test_every_chart_is_json_in_the_language_of_the_reader() -> None:
    with translation.override("zh-hans"):
        chart = charts.line(
            title=_("Orders"), labels=["2026-01"], series=[charts.Series(_("Orders"), [Decimal("1.5")])]
        )
    text = json.loads(json.dumps(chart))
    assert text["title"] == text["series"][0]["name"] == "订单"
    assert text["unitLabel"] == "金额"
    assert text["table"]["rows"] == [["2026-01", 1.5]]


def test_a_grid_reads_as_a_matrix_from_the_top() -> None:
    cells = [charts.Cell(0, 0, 5), charts.Cell(1, 1, 7)]
    chart = charts.heat_grid(title="RFM", x_labels="12", y_labels="12", cells=cells, x_title="R", y_title="F")
    assert chart["table"]["rows"] == [["2", None, 7], ["1", 5, None]]


def test_a_flow_is_named_by_both_ends() -> None:
    nodes = [charts.Node("gold", "黄金"), charts.Node("silver", "白银")]
    chart = charts.sankey(title="", left=nodes, right=nodes, flows=[charts.Flow("gold", "silver", 12)])
    assert chart["table"]["rows"] == [["黄金", "白银", 12]]


def test_china_has_34_units_on_34_places() -> None:
    chart = charts.china(title="", values={"44": (10, "/r")})
    assert sum(tile["value"] for tile in chart["tiles"]) == 10
    assert len({(tile["x"], tile["y"]) for tile in chart["tiles"]}) == 34
    assert len({tile["short"] for tile in chart["tiles"]}) == 34
    assert len(chart["table"]["rows"]) == 34


def test_an_unknown_unit_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="furlongs"):
        charts.donut(title="", slices=[], unit="furlongs")


def test_a_tier_has_one_colour_by_rank() -> None:
    assert len({charts.tier_color(rank) for rank in range(7)}) == 7
    assert charts.tier_color(None) == charts.tier_color(0)
    assert charts.tier_color(99) == charts.tier_color(6)


@pytest.mark.parametrize(
    ("figure", "change", "mood"),
    [
        (Figure("x", 110, previous=100), "+10.0%", "good"),
        (Figure("x", 110, previous=100, better="down"), "+10.0%", "bad"),
        (Figure("x", 110, previous=100, better=""), "+10.0%", "neutral"),
        (Figure("x", 0.40, "percent", previous=0.42), "-2.0 pp", "bad"),
        (Figure("x", -50, previous=-100), "+50.0%", "good"),
        (Figure("x", 100, previous=100), "0.0%", "neutral"),
        (Figure("x", 5, previous=0), "—", "neutral"),
        (Figure("x", 5), "—", "neutral"),
        (Figure("x", None, previous=3), "—", "neutral"),
    ],
)
def test_a_figure_says_whether_its_change_is_good_news(figure: Figure, change: str, mood: str) -> None:
    with translation.override("en"):
        assert (figure.change_text, figure.mood) == (change, mood)
