"""What is refused, and how clearly."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.segments.people import CATALOGUE
from zhike.analytics.problems import SettingsError
from zhike.analytics.segments import SegmentCycleError, evaluation_order, read

LEAF = {"t": "attr", "field": "employees", "cmp": "gte", "value": 3}


def whole(root, **more):
    return {"v": 1, "entity": "customer", "root": root, **more}


def problems(source):
    with pytest.raises(SettingsError) as caught:
        read(source, CATALOGUE)
    return {problem.field: problem for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("root", "at", "code"),
    [
        ({"t": "weather"}, "/root/t", "kind"),
        ({**LEAF, "field": "password"}, "/root/field", "unknown"),
        ({**LEAF, "field": "employees) OR (1=1"}, "/root/field", "unknown"),
        ({**LEAF, "cmp": "contains"}, "/root/cmp", "choice"),
        ({**LEAF, "value": "3"}, "/root/value", "value"),
        ({**LEAF, "value": True}, "/root/value", "value"),
        ({**LEAF, "value": float("nan")}, "/root/value", "value"),
        ({**LEAF, "cmp": "between", "value": [5, 3]}, "/root/value", "order"),
        ({**LEAF, "field": "net_revenue", "value": 10.0}, "/root/value", "value"),
        ({**LEAF, "field": "net_revenue", "value": "0.00001"}, "/root/value", "value"),
        ({**LEAF, "field": "last_order", "value": "2026-02-30"}, "/root/value", "value"),
        ({**LEAF, "field": "tier", "cmp": "eq", "value": "platinum"}, "/root/value", "choice"),
        ({**LEAF, "field": "city", "cmp": "in", "value": []}, "/root/value", "list"),
        ({"op": "xor", "children": []}, "/root/op", "choice"),
        ({"op": "and", "children": {}}, "/root/children", "list"),
        ({"op": "and", "children": [LEAF, 7]}, "/root/children/1", "object"),
        ({"op": "not"}, "/root/child", "object"),
        (
            {"t": "agg", "source": "order", "fn": "sum", "of": "status", "cmp": "gt", "value": 1},
            "/root/of",
            "type",
        ),
        ({"t": "agg", "source": "order", "fn": "median", "cmp": "gt", "value": 1}, "/root/fn", "choice"),
        ({"t": "recency", "source": "visit", "cmp": "gt", "value": 1}, "/root/source", "unknown"),
        ({"t": "bucket", "salt": "a", "from": 10, "to": 10}, "/root/from", "span"),
        ({"t": "anniversary", "field": "birthday", "within_days": [-1, 7]}, "/root/within_days", "span"),
        ({"t": "score", "model": "rfm", "output": "tier", "cmp": "known"}, "/root/output", "unknown"),
    ],
)
def test_a_mistake_is_named_by_its_place(root, at, code):
    assert problems(whole(root))[at].code == code


def test_every_mistake_is_told_at_once_and_in_both_languages():
    found = problems(whole({"op": "and", "children": [{"t": "weather"}, {**LEAF, "value": None}]}))
    assert set(found) == {"/root/children/0/t", "/root/children/1/value"}
    assert all(problem.words.en and problem.words.zh for problem in found.values())


def test_conditions_of_rows_speak_of_rows_only():
    inner = {
        "op": "or",
        "children": [{"t": "segment", "id": "vip"}, {"t": "attr", "field": "city", "cmp": "known"}],
    }
    aggregate = {"t": "agg", "source": "order", "fn": "count", "cmp": "gte", "value": 1, "where": inner}
    assert set(problems(whole(aggregate))) == {"/root/where/children/0/t", "/root/where/children/1/field"}


def test_groups_nest_eight_deep_and_no_deeper():
    root = LEAF
    for _level in range(7):
        root = {"op": "not", "child": root}
    assert read(whole(root), CATALOGUE)
    assert {p.code for p in problems(whole({"op": "not", "child": root})).values()} == {"depth"}


def test_sixty_conditions_are_enough():
    assert read(whole({"op": "or", "children": [LEAF] * 60}), CATALOGUE)
    assert problems(whole({"op": "or", "children": [LEAF] * 61}))["/root"].code == "size"


@pytest.mark.parametrize("version", [None, 0, 2, "1", True])
def test_another_version_is_refused(version):
    assert problems({"v": version, "root": LEAF})["/v"].code == "version"


@pytest.mark.parametrize("source", [None, [], "x", 3])
def test_what_is_no_object_is_refused(source):
    assert problems(source)[""].code == "object"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["op", "t", "children", "child", "field", "cmp", "value", "where", "window", "of"]
                ),
                inner
                | st.sampled_from(["and", "not", "attr", "agg", "change", "bucket", "employees", "order"]),
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused_and_nothing_else(root):
    with suppress(SettingsError):
        assert read(whole(root), CATALOGUE).root is not None


def test_needs_are_found():
    root = {
        "op": "and",
        "children": [{"t": "segment", "id": "vip"}, {"t": "bucket", "salt": "s", "from": 0, "to": 9}],
    }
    found = read(whole(root), CATALOGUE)
    assert (found.segments, found.salts) == ({"vip"}, {"s"})


def test_a_segment_comes_after_those_it_asks_for():
    order = evaluation_order({"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": {"gone"}})
    assert order.index("c") < order.index("b") < order.index("a")
    assert set(order) == {"a", "b", "c", "d"}


def test_a_circle_of_segments_is_shown_whole():
    with pytest.raises(SegmentCycleError) as caught:
        evaluation_order({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    path = caught.value.path
    assert len(path) == 4
    asked = {"a": "b", "b": "c", "c": "a"}
    assert [asked[one] for one in path[:-1]] == path[1:]
