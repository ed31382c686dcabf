"""Pairs are counted exactly, and chance is told from habit."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.purchase_lines import companies, lines_of, table
from zhike.analytics.basket import adjusted, pair_counts, pair_rules, upper_tail, wilson_low

HABIT = [(n, n, 1, p) for n in range(1, 13) for p in ("pen", "ink")]
HABIT += [(n, n, 1, "cup") for n in range(10, 31)] + [(n, n, 1, "pen") for n in range(31, 35)]


def _recount(rows: list, basket: tuple[int, ...], least: int, cap: int | None = None) -> dict[Any, int]:
    baskets = defaultdict(set)
    for row in rows:
        baskets[tuple(row[place] for place in basket)].add(row[3])
    counts: dict[Any, int] = defaultdict(int)
    for items in baskets.values():
        if cap is None or len(items) <= cap:
            for pair in combinations(sorted(items), 2):
                counts[pair] += 1
    return {pair: count for pair, count in counts.items() if count >= least}


@given(companies(), st.integers(1, 3), st.sampled_from(["order", "day"]), st.sampled_from([None, 3]))
@settings(max_examples=30, deadline=None)
def test_counts_equal_a_recount_in_any_order_of_rows(
    rows: list, least: int, basket: str, cap: int | None
) -> None:
    expected = _recount(rows, (1,) if basket == "order" else (0, 2), least, cap)
    with lines_of(rows) as session:
        found = pair_counts(session, "lines", least, basket=basket, cap=cap)
        random.Random(3).shuffle(rows)
        session.load("lines", table(rows))
        assert pair_counts(session, "lines", least, basket=basket, cap=cap).equals(found)
    assert {(row["left"], row["right"]): row["n_both"] for row in found.to_pylist()} == expected


def test_a_rule_has_its_counts_measures_and_bounds() -> None:
    from scipy.stats import fisher_exact

    with lines_of(HABIT) as session:
        rules = pair_rules(session, "lines").to_pylist()
        assert session.connection.execute("SHOW TABLES").fetchall() == [("lines",)]
    assert [(r["left"], r["right"]) for r in rules] == [("ink", "pen"), ("pen", "ink")]
    ink = rules[0]
    assert [ink[n] for n in ("n_left", "n_right", "n_both", "n_baskets")] == [12, 16, 12, 34]
    assert ink["support"] == pytest.approx(12 / 34)
    assert ink["confidence"] == 1
    assert ink["lift"] == pytest.approx(34 / 16)
    assert rules[1]["confidence"] == pytest.approx(12 / 16)
    assert ink["confidence_low"] == pytest.approx(0.757506, abs=1e-5)
    table = [[12, 0], [4, 18]]
    assert ink["p_value"] == rules[1]["p_value"] == pytest.approx(fisher_exact(table, "greater").pvalue)
    # Three products are frequent enough: three pairs could have been found.
    assert ink["q_value"] == pytest.approx(3 * ink["p_value"])


def test_too_few_baskets_make_no_rule() -> None:
    rows = [row for row in HABIT if row[0] < 10]
    with lines_of(rows) as session:
        assert pair_rules(session, "lines").num_rows == 0
        assert pair_rules(session, "lines", 9).num_rows == 2


def test_wholesale_baskets_are_left_out_of_every_count() -> None:
    rows = HABIT + [(99, 99, 1, f"item {n}") for n in range(101)] + [(99, 99, 1, "pen")]
    with lines_of(rows) as session:
        assert pair_rules(session, "lines")["n_baskets"].to_pylist() == [34, 34]
        assert pair_rules(session, "lines", cap=None)["n_baskets"].to_pylist() == [35, 35]
        with pytest.raises(ValueError, match="basket"):
            pair_rules(session, "lines", basket="week")


@given(st.integers(2, 3_000), st.data())
@settings(max_examples=60, deadline=None)
def test_the_tail_is_fishers_exact_test(baskets: int, data: st.DataObject) -> None:
    from scipy.stats import fisher_exact

    left, right = data.draw(st.integers(1, baskets)), data.draw(st.integers(1, baskets))
    both = data.draw(st.integers(max(0, left + right - baskets), min(left, right)))
    cells = [[both, left - both], [right - both, baskets - left - right + both]]
    expected = fisher_exact(cells, "greater").pvalue
    assert upper_tail(both, left, right, baskets)[0] == pytest.approx(expected, rel=1e-7, abs=1e-12)


def test_tails_of_large_counts_stay_finite() -> None:
    p = upper_tail([50_000, 110], [100_000, 131], [100_000, 130], [1_000_000, 18_197])
    assert p[0] == 0
    assert 1e-245 < p[1] < 1e-240


def test_corrections_are_those_of_the_books() -> None:
    from scipy.stats import false_discovery_control

    p = np.array([0.01, 0.001, 0.03, 0.8])
    assert adjusted(p) == pytest.approx(false_discovery_control(p))
    assert adjusted(p, method="holm") == pytest.approx([0.03, 0.004, 0.06, 0.8])
    assert adjusted(p, 40)[1] == pytest.approx(0.04)
    with pytest.raises(ValueError, match="fdr"):
        adjusted(p, method="none")


def test_the_wilson_bound_is_the_published_one() -> None:
    # Newcombe (1998): 81 of 263 gives .2553 to .3662.
    assert wilson_low(81, 263) == pytest.approx(0.2553, abs=5e-5)
    assert wilson_low([0, 0], [0, 20]).tolist() == [0, 0]
