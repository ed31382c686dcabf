"""The page: complete in both languages, needing nothing from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from analytics.analyze.test_analyze import orders, some_orders
from zhike.analytics.analyze import analyze
from zhike.analytics.analyze.charts import nice_ticks, pareto_chart
from zhike.analytics.analyze.report_words import W
from zhike.analytics.analyze.wording import number_text, percent_text, short_number

VOID = {"meta", "line", "circle", "polyline", "polygon", "br"}


class Page(HTMLParser):
    """Checks that tags close, and gathers attributes and words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "code"):
            self.words.append(data)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    path = some_orders(folder / "orders.csv", customers=120)
    found = {}
    for lang in ("zh", "en"):
        analyze(path, folder / lang, lang=lang)
        found[lang] = (folder / lang / "report.html").read_text(encoding="utf-8")
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_whole_and_needs_nothing_from_outside(pages, lang):
    page = Page(pages[lang])
    assert not [name for name, _ in page.attributes if name in ("src", "href", "onclick", "onload")]
    assert not re.search(r"https?://|url\(|@import|<script|<link", pages[lang])
    assert "default-src 'none'" in pages[lang]


def test_the_chinese_page_shows_no_english_words(pages):
    words = " ".join(Page(pages["zh"]).words)
    words = re.sub(r"K\d{3}|D\d+|Zhike|orders\.csv|RFM|ABC", "", words)
    assert re.findall(r"[A-Za-z]{2,}", words) == []


def test_the_english_page_shows_no_chinese_words(pages):
    words = "".join(Page(pages["en"]).words).replace("知客", "")
    words = re.sub(r"客户\d+|客户编号|客户名称", "", words)
    assert re.findall("[\u4e00-\u9fff]+", words) == []


def test_the_page_names_the_pareto_point_and_the_key_figures(pages):
    assert re.search(r"前 20% 客户贡献 \d+\.\d%", pages["zh"])
    assert re.search(r"Top 20% bring \d+\.\d%", pages["en"])
    for key in ("customers", "orders", "revenue", "net", "returns", "average", "repeat", "top20"):
        assert W[key].zh in pages["zh"]


def test_one_customer_with_one_order_still_makes_a_page_with_a_warning(tmp_path):
    analyze(orders(tmp_path / "a.csv", "1,A,甲,2026-01-01,1,10,茶\n"), tmp_path / "o")
    page = (tmp_path / "o/report.html").read_text(encoding="utf-8")
    Page(page)
    assert "只有 1 位客户有过购买" in page


def test_a_company_whose_returns_exceed_its_sales_still_makes_a_page(tmp_path):
    rows = "1,A,甲,2026-01-01,1,10,茶\n2,A,甲,2026-02-01,-5,10,茶\n3,B,乙,2026-03-01,1,5,茶\n"
    found = analyze(orders(tmp_path / "a.csv", rows), tmp_path / "o")
    assert found.net_revenue == -35
    Page((tmp_path / "o/report.html").read_text(encoding="utf-8"))


def test_every_sentence_of_the_report_is_in_both_languages():
    for key, words in W.items():
        assert set(re.findall(r"{(\w+)}", words.zh)) == set(re.findall(r"{(\w+)}", words.en)), key
        assert re.search("[\u4e00-\u9fff]", words.zh), key
        assert not re.search("[\u4e00-\u9fff]", words.en), key


def test_numbers_as_people_read_them():
    assert number_text(8911407.904, 2) == "8,911,407.90"
    assert number_text(-0.001, 2) == "0.00"
    assert percent_text(0.7461713, 2) == "74.62%"
    assert percent_text(None) == "—"
    assert short_number(8_911_407, "zh") == "891 万"
    assert short_number(250_000_000, "zh") == "2.5 亿"
    assert short_number(1_500_000, "en") == "1.5M"


@pytest.mark.parametrize("highest", [0, 0.3, 1, 7, 99, 1_132_407, 2.5e9])
def test_axis_steps_are_round_and_reach_the_top(highest):
    ticks = nice_ticks(highest)
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert len(ticks) <= 6


def test_a_curve_without_money_draws_nothing():
    assert pareto_chart((), None, None).line == ""
