from __future__ import annotations

import random

import pytest

from analytics.segments.people import CATALOGUE
from analytics.segments.trees import tree
from zhike.analytics.segments import read, say

ROOT = {
    "op": "and",
    "children": [
        {
            "op": "or",
            "children": [
                {"t": "attr", "field": "city", "cmp": "in", "value": ["上海", "杭州"]},
                {"t": "attr", "field": "tags", "cmp": "contains_none", "value": ["母婴"]},
            ],
        },
        {
            "t": "agg",
            "source": "order",
            "fn": "sum",
            "of": "net",
            "cmp": "gte",
            "value": "1000",
            "window": {"last": 180, "unit": "day"},
            "where": {"t": "attr", "field": "status", "cmp": "eq", "value": "paid"},
        },
        {"op": "not", "child": {"t": "segment", "id": "7"}},
        {
            "t": "change",
            "of": {"model": "tier"},
            "from": ["gold"],
            "to": [],
            "window": {"last": 1, "unit": "month"},
        },
        {"t": "attr", "field": "last_order", "cmp": "lt", "value": "2024-01-31"},
    ],
}
SAID = {
    "en": "(city is one of 上海, 杭州 or tags does not have 母婴 (or not known)) and the total net of orders where "
    "status is paid in the last 180 days is at least ¥1,000 and not (is in the segment “VIP”) and "
    "tier changed from gold in the last month and last_order is before 2024-01-31",
    "zh": "（city为 上海、杭州 之一 或 tags不含 母婴（含未填写）） 且 近 180 天内订单的net合计（status为 paid）不低于 "
    "¥1,000 且 非（属于分群“VIP”） 且 等级近 1 个月内由 gold发生变化 且 last_order早于 2024-01-31",
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_definition_reads_as_a_sentence(language):
    found = read({"v": 1, "root": ROOT}, CATALOGUE)
    assert say(found.root, language, {"7": "VIP"}) == SAID[language]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_whatever_can_be_read_can_be_said(language):
    chance = random.Random(1)
    for _tree in range(300):
        assert say(read({"v": 1, "root": tree(chance)}, CATALOGUE).root, language)
