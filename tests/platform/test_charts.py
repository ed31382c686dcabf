"""Charts as data: complete for the browser, translated, with a table that says the same."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from zhike import web
from zhike.platform import cells, charts, memo, shades
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
    beside = charts.china(title="", values={}, beside=[charts.Slice("国外", 3, "/abroad")])
    assert beside["notes"] == [{"label": "国外", "value": 3, "url": "/abroad"}]
    assert beside["table"]["rows"][-1] == ["国外", 3]


def test_an_unknown_unit_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="furlongs"):
        charts.donut(title="", slices=[], unit="furlongs")


def test_a_tier_has_the_color_that_was_chosen_or_that_of_its_rank(monkeypatch) -> None:
    monkeypatch.setattr(shades, "_chosen", lambda: {1: "teal", 2: "#123456", 3: ""})
    assert [charts.tier_color(rank) for rank in (1, 2, 3)] == [shades.fill(number) for number in (6, 2, 3)]
    assert charts.tier_color(None) == charts.tier_color(0) == charts.UNTIERED
    assert charts.tier_color(99) == shades.fill(len(shades.SHADES) - 1)
    assert "zk-tier-6" in cells.tier_badge(1, "青铜")


def test_a_request_reads_once_what_it_asks_twice() -> None:
    answers = iter(range(9))
    assert [memo.once("x", lambda: next(answers)) for _ in range(2)] == [0, 1]
    memo._begin()
    assert [memo.once("x", lambda: next(answers)) for _ in range(2)] == [2, 2]
    memo._end()
    assert memo.once("x", lambda: next(answers)) == 3


def colors(theme: str) -> dict[str, str]:
    """The variables of the style sheet in a theme."""
    text = Path(web.__file__).with_name("static").joinpath("css/zhike.css").read_text(encoding="utf-8")
    start = text.index('[data-bs-theme="dark"] {' if theme == "dark" else ":root,")
    return dict(re.findall(r"--(zk-(?:tier|fill)-\d): (#[0-9a-f]{6});", text[start : text.index("}", start)]))


def lightness(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((lightness(one), lightness(other)))
    return (light + 0.05) / (dark + 0.05)


def tint(color: str, ground: str) -> str:
    """13 % of a color on its ground, as badges have it."""
    pairs = [(int(color[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(0.13 * a + 0.87 * b):02x}" for a, b in pairs)


@pytest.mark.parametrize(("theme", "ground"), [("light", "#ffffff"), ("dark", "#182433")])
def test_every_shade_is_read_and_seen_in_both_themes(theme: str, ground: str) -> None:
    found = colors(theme)
    for number in range(len(shades.SHADES)):
        ink, fill = found[f"zk-tier-{number}"], found[f"zk-fill-{number}"]
        assert contrast(ink, tint(ink, ground)) >= 4.5, (theme, number)
        assert contrast(fill, ground) >= 3, (theme, number)


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
