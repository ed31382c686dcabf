"""What the lists hold: personal frequency, similar taste, and the evidence for each."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from analytics.purchase_lines import companies, lines_of, table
from zhike.analytics import Session
from zhike.analytics.recommend import DiscoverSettings, Filters, audience, discover, rebuy

AS_OF = 200
BOLD = DiscoverSettings(penalty=1.0, recent_weight=0.0)
# Who buys 1 buys 2; customer 9 has only bought 1, customer 8 bought postage too.
TASTE = [(c, c, 100, p) for c in range(1, 8) for p in (1, 2)] + [(c, c, 100, 3) for c in (1, 2)]
TASTE += [(9, 9, 110, 1), (8, 8, 110, 1), (8, 8, 110, 2)]


def test_products_stand_by_the_days_they_were_bought_on() -> None:
    rows = [
        (1, 1, 100, "tea"),
        (1, 1, 100, "tea"),
        (1, 2, 100, "tea"),
        (1, 3, 110, "ink"),
        (1, 4, 120, "ink"),
    ]
    with lines_of(rows) as session:
        found = rebuy(session, "lines", AS_OF).to_pylist()
    assert [(row["rank"], row["product_id"]) for row in found] == [(1, "ink"), (2, "tea")]
    assert found[0]["score"] == pytest.approx(2 / 3)
    assert json.loads(found[0]["evidence"]) == {"code": "bought_times", "times": 2, "visits": 3, "last": 120}


def test_what_happens_after_the_day_is_not_seen() -> None:
    with lines_of([(1, 1, 100, 7), (1, 2, 300, 8), (2, 3, 300, 8)]) as session:
        assert rebuy(session, "lines", AS_OF)["product_id"].to_pylist() == [7]
        assert set(discover(session, "lines", AS_OF, settings=BOLD)["customer_id"].to_pylist()) == set()


def test_postage_is_no_product() -> None:
    with lines_of([(1, 1, 100, "POST"), (1, 1, 100, "it's"), (1, 2, 101, "运费")]) as session:
        assert rebuy(session, "lines", AS_OF)["product_id"].to_pylist() == ["it's"]
        assert rebuy(session, "lines", AS_OF, drop=("it's",)).num_rows == 2


@given(companies())
@settings(max_examples=20, deadline=None)
def test_frequencies_equal_a_recount_in_any_order_of_rows(rows: list) -> None:
    days = defaultdict(set)
    visits = defaultdict(set)
    for customer, _order, day, product in rows:
        days[customer, product].add(day)
        visits[customer].add(day)
    with lines_of(rows) as session:
        found = rebuy(session, "lines", AS_OF, limit=99)
        random.Random(1).shuffle(rows)
        session.load("lines", table(rows))
        assert rebuy(session, "lines", AS_OF, limit=99).equals(found)
    expected = {key: len(when) / len(visits[key[0]]) for key, when in days.items()}
    assert {(r["customer_id"], r["product_id"]): r["score"] for r in found.to_pylist()} == expected


@given(companies(products=8))
@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize("limit", [0, 8_000])
def test_discoveries_are_new_sorted_and_the_same_in_any_order_of_rows(limit: int, rows: list) -> None:
    chosen = DiscoverSettings(penalty=2.0, ease_limit=limit)
    with lines_of(rows) as session:
        found = discover(session, "lines", AS_OF, settings=chosen)
        random.Random(2).shuffle(rows)
        session.load("lines", table(rows))
        assert discover(session, "lines", AS_OF, settings=chosen).equals(found)
    bought = {(customer, product) for customer, _order, _day, product in rows}
    lists = defaultdict(list)
    for row in found.to_pylist():
        assert (row["customer_id"], row["product_id"]) not in bought
        for behind in json.loads(row["evidence"]).get("products", []):
            assert (row["customer_id"], behind) in bought
        lists[row["customer_id"]].append((row["rank"], row["score"]))
    for entries in lists.values():
        assert [rank for rank, _score in entries] == list(range(1, len(entries) + 1))
        assert [score for _rank, score in entries] == sorted((s for _r, s in entries), reverse=True)
        assert min(score for _rank, score in entries) > 0


def test_ease_solves_its_ridge_regression() -> None:
    from scipy import sparse

    from zhike.analytics.recommend.models import Ease

    x = np.random.default_rng(4).integers(0, 2, (40, 7)).astype(np.float32)
    model = Ease(5.0).fit(sparse.csr_matrix(x))
    for product in range(7):
        others = [other for other in range(7) if other != product]
        gram = x[:, others].T @ x[:, others] + 5.0 * np.eye(6)
        weights = np.linalg.solve(gram, x[:, others].T @ x[:, product])
        assert model.weights_[others, product] == pytest.approx(weights, abs=1e-5)
        assert model.column(sparse.csr_matrix(x), product) == pytest.approx(
            model.weights_[:, product], abs=1e-5
        )


def test_who_bought_the_one_is_offered_the_other_with_its_reason() -> None:
    with lines_of(TASTE) as session:
        rows = discover(session, "lines", AS_OF, settings=BOLD, only=[9]).to_pylist()
        assert rows[0]["product_id"] == 2
        assert json.loads(rows[0]["evidence"]) == {"code": "bought_with", "products": [1]}
        assert {row["customer_id"] for row in rows} == {9}


@pytest.mark.parametrize("limit", [0, 8_000])
def test_the_customers_for_a_product_are_those_it_is_offered_to(limit: int) -> None:
    with lines_of(TASTE) as session:
        chosen = DiscoverSettings(penalty=1.0, recent_weight=0.0, ease_limit=limit)
        offers = discover(session, "lines", AS_OF, settings=chosen).to_pylist()
        people = audience(session, "lines", 3, penalty=1.0, ease_limit=limit).to_pylist()
        assert {row["customer_id"] for row in offers if row["product_id"] == 3} == {
            row["customer_id"] for row in people
        }
        assert [row["rank"] for row in people] == list(range(1, len(people) + 1))
        assert audience(session, "lines", 77).num_rows == 0


def test_who_buys_a_product_again_and_again_comes_first() -> None:
    rows = [(1, 1, 100, 5), (2, 2, 100, 5), (2, 3, 101, 5), (3, 4, 100, 6)]
    with lines_of(rows) as session:
        found = audience(session, "lines", 5, bought=True).to_pylist()
    assert [row["customer_id"] for row in found] == [2, 1]
    assert json.loads(found[0]["evidence"])["times"] == 2


def test_filters_narrow_what_is_offered_but_not_what_is_learned_from() -> None:
    with lines_of(TASTE) as session:
        products = {
            "product_id": [1, 2, 3],
            "price": [10, 20, None],
            "category": ["a", "b", "b"],
            "stock": [1, 0, 5],
        }
        session.load("products", pa.table(products))

        def offered(**choices: object) -> set:
            filters = Filters(products="products", **choices)
            return set(
                discover(session, "lines", AS_OF, filters=filters, settings=BOLD)["product_id"].to_pylist()
            )

        assert offered(price_low=15, price_high=25) == {2}
        assert offered(categories=("b",), exclude=(2,)) == {3}
        assert offered(in_stock=True) == {3}
        assert 1 in offered(bought=True)
        found = rebuy(session, "lines", AS_OF, filters=Filters(products="products", price_low=15))
        assert set(found["product_id"].to_pylist()) == {2}
        with pytest.raises(ValueError, match="products"):
            discover(session, "lines", AS_OF, filters=Filters(price_low=1))


def test_newcomers_get_what_their_segment_bought_lately() -> None:
    rows = [(c, c, AS_OF - 10, 1 + c % 3) for c in range(1, 61)] + [
        (c, c, AS_OF - 100, 9) for c in range(1, 61)
    ]
    rows += [(c, c, AS_OF - 10, 4) for c in range(100, 149)]
    with lines_of(rows) as session:
        members = dict.fromkeys((*range(1, 61), 501), "north") | dict.fromkeys(
            (*range(100, 149), 502), "south"
        )
        people = {"customer_id": list(members), "segment": list(members.values())}
        session.load("people", pa.table(people))
        found = discover(session, "lines", AS_OF, customers="people", only=[501, 502]).to_pylist()
    # 49 customers of the south are too few.
    assert {row["customer_id"] for row in found} == {501}
    assert [row["product_id"] for row in found] == [1, 2, 3]
    assert json.loads(found[0]["evidence"]) == {
        "code": "popular_in_segment", "segment": "north", "buyers": 20, "customers": 60, "days": 90,
    }  # fmt: skip


def test_an_empty_company_has_empty_lists() -> None:
    with lines_of([]) as session:
        assert rebuy(session, "lines", AS_OF).num_rows == 0
        assert discover(session, "lines", AS_OF).column_names == [
            "customer_id", "rank", "product_id", "score", "evidence",
        ]  # fmt: skip
        assert audience(session, "lines", 1).num_rows == 0


def test_nothing_is_left_behind_in_the_session() -> None:
    with lines_of(TASTE) as session:
        rebuy(session, "lines", AS_OF)
        discover(session, "lines", AS_OF)
        audience(session, "lines", 2)
        assert _tables(session) == ["lines"]


def _tables(session: Session) -> list[str]:
    return [row[0] for row in session.connection.execute("SHOW TABLES").fetchall()]


def test_a_tie_is_decided_by_the_product_not_by_chance() -> None:
    from zhike.analytics.recommend.fresh import best

    codes, values = best(np.array([[1, 3, 3, 3, 0, -np.inf]], np.float32), 2)
    assert codes.tolist() == [[1, 2]]
    assert values.tolist() == [[3, 3]]
    assert Counter(best(np.zeros((2, 3), np.float32), 2)[0].ravel().tolist()) == {-1: 4}
