"""The Groceries set of arules: 9,835 baskets, published counts and rules."""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from analytics.purchase_lines import table
from zhike.analytics import Session
from zhike.analytics.basket import MissingExtra, association_rules, pair_counts, pair_rules

Groceries = tuple[Session, list[list[str]]]


@pytest.fixture(scope="module")
def groceries(data_dir: Any) -> Iterator[Groceries]:
    with gzip.open(data_dir / "groceries/groceries.csv.gz", "rt", encoding="utf-8") as file:
        baskets = list(csv.reader(file))
    rows = [(number, number, 1, item) for number, items in enumerate(baskets) for item in items]
    with Session(threads=1) as session:
        session.load("lines", table(rows))
        yield session, baskets


def test_every_pair_has_its_exact_count(groceries: Groceries) -> None:
    session, baskets = groceries
    found = pair_counts(session, "lines")
    recount = Counter(pair for items in baskets for pair in combinations(sorted(set(items)), 2))
    assert found.num_rows == 2_981
    assert {(row["left"], row["right"]): row["n_both"] for row in found.to_pylist()} == {
        pair: count for pair, count in recount.items() if count >= 10
    }
    single = Counter(item for items in baskets for item in set(items))
    assert all(
        (row["n_left"], row["n_right"], row["n_baskets"])
        == (single[row["left"]], single[row["right"]], 9_835)
        for row in found.to_pylist()
    )


def test_pairs_give_rules_both_ways(groceries: Groceries) -> None:
    rules = pair_rules(groceries[0], "lines")
    assert rules.num_rows == 2 * 2_981
    assert rules["q_value"].to_numpy().max() <= 1
    assert (rules["q_value"].to_numpy() >= rules["p_value"].to_numpy()).all()


@pytest.mark.parametrize("confidence", [0.8, "0.8", 0.8 - 1e-9])
def test_the_rules_are_the_410_published_ones(groceries: Groceries, confidence: Any) -> None:
    rules = association_rules(groceries[0], "lines", min_support=0.001, min_confidence=confidence)
    lengths = Counter(len(left) + 1 for left in rules["left"].to_pylist())
    assert rules.num_rows == 410
    assert lengths == {3: 29, 4: 229, 5: 140, 6: 12}
    top = rules.slice(0, 1).to_pylist()[0]
    assert (sorted(top["left"]), top["right"]) == (["liquor", "red/blush wine"], "bottled beer")
    assert [round(top[name], 5) for name in ("support", "confidence")] == [0.00193, 0.90476]
    assert top["lift"] == pytest.approx(11.235, abs=5e-4)


def test_rules_of_two_are_those_of_the_pairs(groceries: Groceries) -> None:
    session, _baskets = groceries
    rules = association_rules(session, "lines", min_support="0.006", min_confidence="0.25", max_length=2)
    found = {(row["left"][0], row["right"]): (row["n_both"], row["lift"]) for row in rules.to_pylist()}
    pairs = {
        (row["left"], row["right"]): (row["n_both"], row["lift"])
        for row in pair_rules(session, "lines", 60).to_pylist()
        if 4 * row["n_both"] >= row["n_left"]
    }
    assert found.keys() == pairs.keys()
    assert all(found[key] == pytest.approx(pairs[key]) for key in found)


def test_without_the_library_the_error_names_the_extra(
    groceries: Groceries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "efficient_apriori", None)
    with pytest.raises(MissingExtra, match=r"zhike\[rules\]"):
        association_rules(groceries[0], "lines")
