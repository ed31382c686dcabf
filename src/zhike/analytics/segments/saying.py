"""Definitions in plain words, in both languages: "net revenue is at least 1,000.00 and not (city is 上海)".

Nothing of it is read back; the JSON stays the definition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from zhike.analytics.segments.behaviour import Aggregate, Recency
from zhike.analytics.segments.catalogue import DATE, FLAG, LEVEL, MONEY, SHARE, TAGS, Field
from zhike.analytics.segments.comparisons import EPOCH, MONEY_UNITS, TAG_MARK, Comparison
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
#: How a comparison with a list reads when the list has one value.
_OF_ONE = {
    "in": _COMPARED["eq"],
    "not_in": _COMPARED["neq"],
    "contains_any": Words("has {0}", "含有 {0}"),
    "contains_all": Words("has {0}", "含有 {0}"),
    "contains_none": Words("does not have {0}", "不含 {0}"),
}
#: How many of something a customer has.
_HAS: Mapping[str, Words] = {
    "eq": Words("has exactly {0} {of}{where}", "{of}数{where}为 {0}"),
    "neq": Words("does not have {0} {of}{where}", "{of}数{where}不为 {0}"),
    "gt": Words("has more than {0} {of}{where}", "{of}数{where}大于 {0}"),
    "gte": Words("has at least {0} {of}{where}", "{of}数{where}不少于 {0}"),
    "lt": Words("has fewer than {0} {of}{where}", "{of}数{where}少于 {0}"),
    "lte": Words("has at most {0} {of}{where}", "{of}数{where}不超过 {0}"),
    "between": Words("has {0} to {1} {of}{where}", "{of}数{where}为 {0} 至 {1}"),
}
_HAS_ANY = Words("has {of}{where}", "有{of}{where}")
_HAS_NONE = Words("has no {of}{where}", "没有{of}{where}")
#: How long ago something was.
_AGO: Mapping[str, Words] = {
    "eq": Words("{of} was exactly {0} days ago", "{of}距今正好 {0} 天"),
    "neq": Words("{of} was not {0} days ago", "{of}距今不是 {0} 天"),
    "gt": Words("{of} was more than {0} days ago", "{of}距今超过 {0} 天"),
    "gte": Words("{of} was at least {0} days ago", "{of}距今不少于 {0} 天"),
    "lt": Words("{of} was less than {0} days ago", "{of}距今不足 {0} 天"),
    "lte": Words("{of} was at most {0} days ago", "{of}距今不超过 {0} 天"),
    "between": Words("{of} was {0} to {1} days ago", "{of}距今 {0} 至 {1} 天"),
    "known": Words("{of} is known", "{of}有记录"),
    "unknown": Words("{of} is not known", "{of}没有记录"),
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
_LAST_ONE: Mapping[str, Words] = {
    unit: Words(f"in the last {unit}", words.zh) for unit, words in _LAST.items()
}
_BETWEEN = Words("from {0} to before {1}", "{0} 起至 {1} 前")
_FROM_DAY, _BEFORE_DAY = Words("since {0}", "{0} 起"), Words("before {0}", "{0} 前")
_FUNCTIONS: Mapping[str, Words] = {
    "count_distinct": Words("the number of different {of} of {source}", "{source}的不同{of}数"),
    "sum": Words("the total {of} of {source}", "{source}的{of}合计"),
    "avg": Words("the average {of} of {source}", "{source}的平均{of}"),
    "min": Words("the smallest {of} of {source}", "{source}的最小{of}"),
    "max": Words("the largest {of} of {source}", "{source}的最大{of}"),
}
_WHERE = Words(" where {0}", "（{0}）")
_SINCE: Mapping[str, Words] = {
    "last": Words("the last {source}", "最近一次{source}"),
    "first": Words("the first {source}", "首次{source}"),
}
_TODAY = Words("{0} is today", "{0}在当天")
_ON_DAY = Words("{0} comes in {1} days", "{0}在 {1} 天后")
_WITHIN = Words("{0} comes within {2} days", "{0}在 {2} 天内")
_ANNIVERSARY = Words("{0} comes in {1} to {2} days", "{0}在 {1} 至 {2} 天后")
_BUCKET = Words("is in the random part {0:g}–{1:g}% (“{2}”)", "属于随机分组 {0:g}%–{1:g}%（“{2}”）")
_MEMBER = Words("is in the segment “{0}”", "属于分群“{0}”")
_LISTED = Words("is in the list “{0}”", "属于名单“{0}”")
_CHANGED = Words("{0} changed{1}{2}{3}", "{0}{3}{1}{2}发生变化")
_CHANGED_TO = Words("{0} changed{1}{2}{3}", "{0}{3}{1}{2}")
_FROM, _TO = Words(" from {0}", "由 {0}"), Words(" to {0}", "变为 {0}")
_EVERYBODY, _NOBODY = Words("everybody", "所有客户"), Words("nobody", "无任何客户")
_JOINED = {"and": Words(" and ", " 且 "), "or": Words(" or ", " 或 ")}
_NO = Words("not: {what}", "{what}：否")
_NESTED = Words("({0})", "（{0}）")
_NOT = Words("not ({0})", "非（{0}）")

_OWN_AGO, _NEVER = Words("{0} days ago", "{0} 天前"), Words("never", "从未")
_OWN_PART, _NOTHING = Words("{0:g}%", "{0:g}%"), Words("not known", "未填写")

SegmentNames = Mapping[str, str]


def say(
    node: Node,
    language: str,
    segments: SegmentNames | None = None,
    lists: Mapping[int, str] | None = None,
) -> str:
    """The tree in words; ``segments`` and ``lists`` give the names of other segments and of lists by id."""
    return _Sayer(language, segments or {}, lists or {}).node(node)


def say_own(leaf: Node, value: Any, language: str) -> str:
    """What a customer has of what the leaf looks at (``compiling.own_values``); "" where there is no such."""
    return _Sayer(language, {}, {}).own(leaf, value)


def _within(words: str) -> str:
    """A field's name inside a sentence: RFM and R stay as they are."""
    begins = words[1:2].islower() or words.startswith("A ")
    return words[:1].lower() + words[1:] if begins else words


def _is_plural(field: Field) -> bool:
    first, *_more = field.words.en.split() or [""]
    return bool(field.unit) and (first.endswith("s") or (field.unit == "orders" and first == "Purchase"))


def _money(units: int) -> str:
    """Without a fraction where there is none."""
    whole = units % MONEY_UNITS == 0
    return f"¥{units / MONEY_UNITS:,.0f}" if whole else f"¥{units / MONEY_UNITS:,.2f}"


def _date(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()


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
        return self._fill(_NESTED, said) if inner and len(node.children) > 1 else said

    def _attribute(self, leaf: Attribute) -> str:
        field = leaf.field
        what = self._named(field.words)
        if leaf.comparison.type == FLAG:
            return what if leaf.comparison.value else self._text(_NO).format(what=what)
        said = self._compared(Words(what, what), leaf.comparison, field)
        return said if self._is_chinese or not _is_plural(field) else said.replace(" is ", " are ", 1)

    def _aggregate(self, leaf: Aggregate) -> str:
        of = leaf.of
        counted = leaf.source.words if of is None else of.words if of.only_counted else None
        window, where = self._window(leaf.window), self._where(leaf.where)
        if counted is not None and leaf.comparison.cmp in _HAS:
            return self._has(counted, leaf.comparison, window, where)
        what = self._text(_FUNCTIONS.get(leaf.fn) or Words("the number of {source}", "{source}数")).format(
            source=self._text(leaf.source.words), of=self._text(of.words) if of else ""
        )
        what = self._windowed(what + where, window)
        return self._compared(Words(what, what), leaf.comparison, of)

    def _has(self, counted: Words, comparison: Comparison, window: str, where: str) -> str:
        """So many of something: "has at least 3 orders where …"."""
        value = comparison.value
        given = value if isinstance(value, tuple) else (value,)
        special = {("eq", 0): _HAS_NONE, ("gte", 1): _HAS_ANY}
        words = special.get((comparison.cmp, value), _HAS[comparison.cmp])
        of = self._one(counted) if value == 1 and words is not _HAS_ANY else self._text(counted)
        said = self._text(words).format(*(f"{one:,}" for one in given), of=of, where=where)
        return self._windowed(said, window)

    def _named(self, words: Words) -> str:
        return words.zh if self._is_chinese else _within(words.en)

    def _one(self, words: Words) -> str:
        """A single one of what the English words name in the plural."""
        return words.zh if self._is_chinese else words.en.removesuffix("s")

    def _windowed(self, said: str, window: str) -> str:
        return window + said if self._is_chinese else " ".join(filter(None, (said, window)))

    def _where(self, where: Node | None) -> str:
        return "" if where is None else self._fill(_WHERE, self.node(where))

    def _recency(self, leaf: Recency) -> str:
        of = self._text(_SINCE[leaf.which]).format(source=self._one(leaf.source.words))
        of += self._where(leaf.where)
        value, words = leaf.comparison.value, _AGO.get(leaf.comparison.cmp)
        if words is None:
            return self._compared(Words(f"{of} in days", f"{of}距今天数"), leaf.comparison, None)
        given = value if isinstance(value, tuple) else (value,)
        said = self._text(words).format(*(f"{one:,}" for one in given if one is not None), of=of)
        return said + (self._text(_WITH_MISSING) if leaf.comparison.passes_missing else "")

    def _anniversary(self, leaf: Anniversary) -> str:
        first, last = leaf.within
        words = ((_WITHIN, _TODAY), (_ANNIVERSARY, _ON_DAY))[first > 0][first == last]
        return self._fill(words, self._named(leaf.words), first, last)

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
            self._named(leaf.words),
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
            words = _OF_ONE[comparison.cmp] if len(value) == 1 else words
            given = [self._list([self._value(one, comparison, field) for one in value])]
        else:
            given = [] if value is None else [self._value(value, comparison, field)]
        said = f"{self._text(what)}{'' if self._is_chinese else ' '}{self._fill(words, *given)}"
        return said + (self._text(_WITH_MISSING) if comparison.passes_missing else "")

    def _value(self, value: Any, comparison: Comparison, field: Field | None) -> str:
        if comparison.type == MONEY:
            return _money(value)
        if comparison.type == DATE:
            return _date(value)
        if comparison.type == SHARE:
            return f"{value * 100:.12g}%"
        if comparison.type == FLAG:
            return self._text(Words("yes", "是") if value else Words("no", "否"))
        named = dict(field.choices).get(str(value)) if field else None
        if named:
            return self._text(named)
        return f"{value:,}" if isinstance(value, int | float) else str(value)

    def own(self, leaf: Node, value: Any) -> str:
        if isinstance(leaf, Recency):
            return self._text(_NEVER) if value is None else self._fill(_OWN_AGO, value)
        if isinstance(leaf, Bucket):
            return self._fill(_OWN_PART, value / 100) if value is not None else ""
        if isinstance(leaf, Anniversary):
            return self._text(_NOTHING) if value is None else _date(value)
        if not isinstance(leaf, Attribute | Aggregate):
            return ""
        if value is None or value == "":
            return self._text(_NOTHING)
        field = leaf.field if isinstance(leaf, Attribute) else leaf.of
        several = str(value).strip(TAG_MARK).split(TAG_MARK) if leaf.comparison.type == TAGS else [value]
        return self._list(self._own(one, leaf.comparison, field) for one in several)

    def _own(self, value: Any, comparison: Comparison, field: Field | None) -> str:
        if comparison.type == MONEY:
            return _money(round(value))
        if comparison.type == LEVEL and isinstance(value, int):
            # The engine holds the place.
            return self._value(dict(enumerate(comparison.levels)).get(value, value), comparison, field)
        if isinstance(value, float):
            value = round(value, 4 if comparison.type == SHARE else 2)
            value = int(value) if value.is_integer() else value
        return self._value(value, comparison, field)

    def _window(self, window: Window) -> str:
        if window.last is not None:
            return self._fill((_LAST_ONE if window.last == 1 else _LAST)[window.unit], window.last)
        start, end = ("" if day is None else _date(day) for day in (window.start, window.end))
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
