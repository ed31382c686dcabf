"""Definitions in plain words, in both languages: "net revenue is at least 1,000.00 and not (city is 上海)".

Nothing of it is read back; the JSON stays the definition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from zhike.analytics.segments.behaviour import Aggregate, Recency
from zhike.analytics.segments.catalogue import DATE, FLAG, MONEY, SHARE, Field
from zhike.analytics.segments.comparisons import EPOCH, MONEY_UNITS, Comparison
from zhike.analytics.segments.leaves import Anniversary, Attribute, Bucket, Changed, Listed, Membership
from zhike.analytics.segments.tree import Group, Node, Not
from zhike.analytics.segments.windows import Window
from zhike.analytics.words import Words

_COMPARED: Mapping[str, Words] = {
    "eq": Words("is {0}", "为 {0}"),
    "neq": Words("is not {0}", "不为 {0}"),
    "gt": Words("is above {0}", "大于 {0}"),
    "gte": Words("is at least {0}", "不低于 {0}"),
    "lt": Words("is below {0}", "小于 {0}"),
    "lte": Words("is at most {0}", "不高于 {0}"),
    "between": Words("is between {0} and {1}", "介于 {0} 与 {1} 之间"),
    "in": Words("is one of {0}", "为 {0} 之一"),
    "not_in": Words("is none of {0}", "不为 {0} 中的任何一个"),
    "contains": Words("contains “{0}”", "包含“{0}”"),
    "not_contains": Words("does not contain “{0}”", "不包含“{0}”"),
    "starts_with": Words("begins with “{0}”", "以“{0}”开头"),
    "ends_with": Words("ends with “{0}”", "以“{0}”结尾"),
    "contains_any": Words("has one of {0}", "含有 {0} 之一"),
    "contains_all": Words("has all of {0}", "同时含有 {0}"),
    "contains_none": Words("has none of {0}", "不含 {0}"),
    "known": Words("is known", "已填写"),
    "unknown": Words("is not known", "未填写"),
}
_DATED: Mapping[str, Words] = {
    "gt": Words("is after {0}", "晚于 {0}"),
    "gte": Words("is on or after {0}", "不早于 {0}"),
    "lt": Words("is before {0}", "早于 {0}"),
    "lte": Words("is on or before {0}", "不晚于 {0}"),
}
_WITH_MISSING = Words(" (or not known)", "（含未填写）")
_LAST: Mapping[str, Words] = {
    "day": Words("in the last {0} days", "近 {0} 天内"),
    "week": Words("in the last {0} weeks", "近 {0} 周内"),
    "month": Words("in the last {0} months", "近 {0} 个月内"),
    "year": Words("in the last {0} years", "近 {0} 年内"),
}
_BETWEEN = Words("from {0} to before {1}", "{0} 起至 {1} 前")
_FROM_DAY, _BEFORE_DAY = Words("since {0}", "{0} 起"), Words("before {0}", "{0} 前")
_FUNCTIONS: Mapping[str, Words] = {
    "count": Words("the number of {source}", "{source}数"),
    "count_distinct": Words("the number of different {of} of {source}", "{source}的不同{of}数"),
    "sum": Words("the sum of {of} of {source}", "{source}的{of}合计"),
    "avg": Words("the average {of} of {source}", "{source}的平均{of}"),
    "min": Words("the smallest {of} of {source}", "{source}的最小{of}"),
    "max": Words("the largest {of} of {source}", "{source}的最大{of}"),
}
_WHERE = Words(" where {0}", "（{0}）")
_SINCE: Mapping[str, Words] = {
    "last": Words("the days since the last of {source}", "距最近一次{source}的天数"),
    "first": Words("the days since the first of {source}", "距首次{source}的天数"),
}
_TODAY = Words("{0} is today", "{0}在当天")
_ON_DAY = Words("{0} comes in {1} days", "{0}在 {1} 天后")
_WITHIN = Words("{0} comes within {2} days", "{0}在 {2} 天内")
_ANNIVERSARY = Words("{0} comes in {1} to {2} days", "{0}在 {1} 至 {2} 天后")
_BUCKET = Words("is in the random part {0}–{1} % (“{2}”)", "属于随机分组 {0}–{1}%（“{2}”）")
_MEMBER = Words("is in the segment “{0}”", "属于分群“{0}”")
_LISTED = Words("is in the list “{0}”", "属于名单“{0}”")
_CHANGED = Words("{0} changed{1}{2}{3}", "{0}{3}{1}{2}发生变化")
_CHANGED_TO = Words("{0} changed{1}{2}{3}", "{0}{3}{1}{2}")
_FROM, _TO = Words(" from {0}", "由 {0}"), Words(" to {0}", "变为 {0}")
_EVERYBODY, _NOBODY = Words("everybody", "所有客户"), Words("nobody", "无任何客户")
_JOINED = {"and": Words(" and ", " 且 "), "or": Words(" or ", " 或 ")}
_NOT = Words("not ({0})", "非（{0}）")

SegmentNames = Mapping[str, str]


def say(
    node: Node,
    language: str,
    segments: SegmentNames | None = None,
    lists: Mapping[int, str] | None = None,
) -> str:
    """The tree in words; ``segments`` and ``lists`` give the names of other segments and of lists by id."""
    return _Sayer(language, segments or {}, lists or {}).node(node)


class _Sayer:
    def __init__(self, language: str, segments: SegmentNames, lists: Mapping[int, str]) -> None:
        self.language = language
        self.segments = segments
        self.lists = lists
        self._leaves: Mapping[type, Callable[[Any], str]] = {
            Attribute: self._attribute,
            Aggregate: self._aggregate,
            Recency: self._recency,
            Anniversary: self._anniversary,
            Bucket: lambda leaf: self._fill(_BUCKET, leaf.start / 100, leaf.end / 100, leaf.salt),
            Membership: lambda leaf: self._fill(_MEMBER, self.segments.get(leaf.segment, leaf.segment)),
            Listed: lambda leaf: self._fill(_LISTED, self.lists.get(leaf.list_id, leaf.list_id)),
            Changed: self._changed,
        }

    def node(self, node: Node, inner: bool = False) -> str:
        if isinstance(node, Not):
            return self._fill(_NOT, self.node(node.child))
        if not isinstance(node, Group):
            return self._leaves[type(node)](node)
        if not node.children:
            return self._text(_EVERYBODY if node.op == "and" else _NOBODY)
        said = self._text(_JOINED[node.op]).join(self.node(child, True) for child in node.children)
        return f"({said})" if inner and len(node.children) > 1 else said

    def _attribute(self, leaf: Attribute) -> str:
        return self._compared(leaf.field.words, leaf.comparison, leaf.field)

    def _aggregate(self, leaf: Aggregate) -> str:
        what = self._text(_FUNCTIONS[leaf.fn]).format(
            source=self._text(leaf.source.words), of=self._text(leaf.of.words) if leaf.of else ""
        )
        if leaf.where is not None:
            what += self._fill(_WHERE, self.node(leaf.where))
        window = self._window(leaf.window)
        what = f"{what} {window}" if window and not self._is_chinese else f"{window}{what}"
        return self._compared(Words(what, what), leaf.comparison, leaf.of)

    def _recency(self, leaf: Recency) -> str:
        what = self._text(_SINCE[leaf.which]).format(source=self._text(leaf.source.words))
        if leaf.where is not None:
            what += self._fill(_WHERE, self.node(leaf.where))
        return self._compared(Words(what, what), leaf.comparison, None)

    def _anniversary(self, leaf: Anniversary) -> str:
        first, last = leaf.within
        words = ((_WITHIN, _TODAY), (_ANNIVERSARY, _ON_DAY))[first > 0][first == last]
        return self._fill(words, self._text(leaf.words), first, last)

    def _changed(self, leaf: Changed) -> str:
        named = dict(leaf.choices)
        before, after = (
            self._fill(words, self._list(self._text(named.get(one, Words(one, one))) for one in values))
            if values
            else ""
            for words, values in ((_FROM, leaf.before), (_TO, leaf.after))
        )
        window = self._window(leaf.window)
        return self._fill(
            _CHANGED_TO if after else _CHANGED,
            self._text(leaf.words),
            before,
            after,
            f" {window}" if window and not self._is_chinese else window,
        )

    def _compared(self, what: Words, comparison: Comparison, field: Field | None) -> str:
        words = (_DATED if comparison.type == DATE else {}).get(comparison.cmp) or _COMPARED[comparison.cmp]
        value = comparison.value
        if comparison.cmp == "between":
            given = [self._value(one, comparison, field) for one in value]
        elif isinstance(value, tuple):
            given = [self._list([self._value(one, comparison, field) for one in value])]
        else:
            given = [] if value is None else [self._value(value, comparison, field)]
        said = f"{self._text(what)}{'' if self._is_chinese else ' '}{self._fill(words, *given)}"
        return said + (self._text(_WITH_MISSING) if comparison.passes_missing else "")

    def _value(self, value: Any, comparison: Comparison, field: Field | None) -> str:
        if comparison.type == MONEY:
            return f"{value / MONEY_UNITS:,.2f}"
        if comparison.type == DATE:
            return (EPOCH + timedelta(days=value)).isoformat()
        if comparison.type == SHARE:
            return f"{value * 100:g} %"
        if comparison.type == FLAG:
            return self._text(Words("yes", "是") if value else Words("no", "否"))
        named = dict(field.choices).get(str(value)) if field else None
        if named:
            return self._text(named)
        return f"{value:,}" if isinstance(value, int | float) else str(value)

    def _window(self, window: Window) -> str:
        if window.last is not None:
            return self._fill(_LAST[window.unit], window.last)
        start, end = (
            "" if day is None else (EPOCH + timedelta(days=day)).isoformat()
            for day in (window.start, window.end)
        )
        if start and end:
            return self._fill(_BETWEEN, start, end)
        return self._fill(_FROM_DAY, start) if start else self._fill(_BEFORE_DAY, end) if end else ""

    def _list(self, values: Any) -> str:
        return self._text(Words(", ", "、")).join(map(str, values))

    @property
    def _is_chinese(self) -> bool:
        return self.language.lower().startswith("zh")

    def _text(self, words: Words) -> str:
        return words.text(self.language)

    def _fill(self, words: Words, *values: Any) -> str:
        return self._text(words).format(*values)
