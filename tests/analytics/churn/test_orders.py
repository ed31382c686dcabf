"""Order histories: what is known on a day, who came back, training and scoring."""

import json
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.churn.made import SMALL_AS_OF, SMALL_START, company
from analytics.samples import arrow, order
from zhike.analytics import Session, build, build_facts
from zhike.analytics.churn import (
    FEATURES,
    ChurnModel,
    ChurnTraining,
    kept_values,
    retention_list,
    score_churn,
    train_churn,
)
from zhike.analytics.churn.snapshots import default_horizon, features_sql, labelled, snapshot_days
from zhike.analytics.features import CATALOGUE


def facts_of(rows):
    session = Session(threads=1)
    session.load("orders", arrow(rows))
    build_facts(session, orders="orders")
    return session


histories = st.lists(
    st.builds(
        order,
        st.integers(1, 4),
        st.integers(100, 400),
        revenue=st.sampled_from([0, 10_000, 500_000]),
        returned=st.sampled_from([0, 0, 20_000]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(histories, st.integers(100, 400), st.integers(1, 120))
def test_features_and_labels_are_what_plain_python_finds(rows, at, horizon):
    with facts_of(rows) as session:
        found = session.sql(features_sql("facts", [at], horizon=horizon)).to_pylist()
    expected = {}
    for customer in {row["customer_id"] for row in rows}:
        known = [r for r in rows if r["customer_id"] == customer and r["day"] <= at]
        bought = [r for r in known if r["revenue"] > 0]
        if bought:
            days = sorted({r["day"] for r in bought})
            later = [
                r for r in rows
                if r["customer_id"] == customer and at < r["day"] <= at + horizon and r["revenue"] > 0
            ]  # fmt: skip
            gap = (days[-1] - days[0]) / (len(days) - 1) if len(days) > 1 else None
            expected[customer] = {
                "recency_days": at - days[-1],
                "tenure_days": at - days[0],
                "frequency": len(bought),
                "purchase_days": len(days),
                "revenue": sum(r["revenue"] for r in known),
                "orders_previous_90": sum(at - 180 < r["day"] <= at - 90 for r in bought),
                "mean_gap": gap,
                "silence_ratio": (at - days[-1]) / gap if gap else None,
                "churned": int(not later),
            }
    assert {row["customer_id"] for row in found} == set(expected)
    for row in found:
        for name, value in expected[row["customer_id"]].items():
            assert row[name] == (value if value is None else pytest.approx(value)), name


def test_shared_figures_are_those_of_the_feature_catalogue(small):
    build(small, facts="facts", as_of=SMALL_AS_OF, into="catalogue")
    shared = sorted(set(FEATURES) & set(CATALOGUE))
    assert len(shared) > 10
    names = ", ".join(shared)
    theirs = small.sql(f"SELECT customer_id, {names} FROM catalogue WHERE frequency > 0 ORDER BY customer_id")
    ours = small.sql(features_sql("facts", [SMALL_AS_OF])).sort_by("customer_id")
    assert ours.select(["customer_id", *shared]).equals(theirs)


def test_several_snapshots_in_one_statement_are_the_single_ones(small):
    days = [SMALL_AS_OF - 150, SMALL_AS_OF - 120, SMALL_AS_OF - 90]
    key = [("snapshot", "ascending"), ("customer_id", "ascending")]
    together = labelled(small, "facts", days, 90).sort_by(key)
    apart = pa.concat_tables([labelled(small, "facts", [day], 90) for day in days]).sort_by(key)
    assert together.equals(apart)


def test_orders_after_the_day_change_no_feature():
    rows = [order(1, day, 10_000) for day in (10, 40, 90, 95)]
    with facts_of(rows) as all_known, facts_of(rows[:2]) as known_then:
        text = features_sql("facts", [60])
        assert all_known.sql(text).equals(known_then.sql(text))


def test_a_sample_holds_whole_customers_and_about_the_share(small):
    everybody = labelled(small, "facts", [SMALL_AS_OF - 120, SMALL_AS_OF - 90], 90)
    some = labelled(small, "facts", [SMALL_AS_OF - 120, SMALL_AS_OF - 90], 90, share=0.5)
    chosen = set(some["customer_id"].to_pylist())
    assert 0.4 < len(chosen) / len(set(everybody["customer_id"].to_pylist())) < 0.6
    kept = [row for row in everybody.to_pylist() if row["customer_id"] in chosen]
    assert len(kept) == some.num_rows


def test_the_default_horizon_is_the_ninetieth_percentile_of_the_pauses_or_ninety_days():
    slow = [order(1, 130 * n, 10_000) for n in range(12)]
    quick = [order(2, 10 * n, 10_000) for n in range(12)]
    with facts_of(slow) as session:
        assert default_horizon(session, "facts", 2_000) == 130
    with facts_of(quick) as session:
        assert default_horizon(session, "facts", 2_000) == 90
        assert default_horizon(session, "facts", 0) == 90


def test_labels_of_the_validation_end_before_the_newest_snapshot(small, small_training):
    days = small_training.snapshots
    assert days == snapshot_days(small, "facts", SMALL_AS_OF, 90)
    assert days[-1] + small_training.horizon == SMALL_AS_OF
    assert small_training.validation["tested_on"] == days[-1]
    assert small_training.validation["learned_from"]
    for day in small_training.validation["learned_from"]:
        assert day + small_training.horizon <= days[-1]


def test_a_snapshot_whose_labels_are_not_known_yet_is_refused(small):
    with pytest.raises(ValueError, match="after as_of"):
        train_churn(small, "facts", SMALL_AS_OF, 90, snapshots=[SMALL_AS_OF - 60])


def test_customers_of_the_first_month_are_new_and_stay_apart(small, small_training):
    rows = score_churn(small, "facts", SMALL_AS_OF, small_training).to_pylist()
    first = dict(small.rows("SELECT customer_id, MIN(day) AS first FROM facts GROUP BY customer_id"))
    for row in rows:
        assert (row["status"] == "new") == (SMALL_AS_OF - first[row["customer_id"]] < 30)
        assert (row["churn_probability"] is None) == (row["status"] == "new")
    taught = labelled(small, "facts", small_training.snapshots, 90)
    assert min(taught["tenure_days"].to_pylist()) >= 30


def test_a_long_silence_against_the_own_rhythm_is_lost_and_no_longer_at_risk(small, small_training):
    rows = {
        row["customer_id"]: row
        for row in score_churn(small, "facts", SMALL_AS_OF, small_training).to_pylist()
    }
    known = {row["customer_id"]: row for row in small.sql(features_sql("facts", [SMALL_AS_OF])).to_pylist()}
    lost = [c for c, row in rows.items() if row["status"] == "lost"]
    assert 0 < len(lost) < len(rows)
    for customer in lost:
        assert known[customer]["recency_days"] > small_training.horizon
    silent = [known[c]["recency_days"] for c in lost]
    scored = [known[c]["recency_days"] for c, row in rows.items() if row["status"] == "scored"]
    assert np.median(silent) > np.median(scored)


def test_reasons_name_features_with_words_and_the_customers_own_values(small, small_training):
    known = {row["customer_id"]: row for row in small.sql(features_sql("facts", [SMALL_AS_OF])).to_pylist()}
    for row in score_churn(small, "facts", SMALL_AS_OF, small_training).to_pylist():
        reasons = json.loads(row["reasons"])
        assert len(reasons) == (0 if row["status"] == "new" else 3)
        for reason in reasons:
            feature = FEATURES[reason["f"]]
            assert feature.meaning.en
            assert feature.meaning.zh
            value = known[row["customer_id"]][reason["f"]]
            assert reason["v"] == (value if value is None else pytest.approx(value, abs=1e-4))
            assert -1 < reason["e"] < 1


def test_scores_and_reasons_equal_those_of_the_model(small, small_training):
    table = small.sql(features_sql("facts", [SMALL_AS_OF])).sort_by("customer_id")
    scores = score_churn(small, "facts", SMALL_AS_OF, small_training)
    rows = [row for row, status in enumerate(scores["status"].to_pylist()) if status != "new"]
    part = table.take(pa.array(rows))
    p = small_training.model.predict_proba(part)
    assert scores["churn_probability"].take(pa.array(rows)).to_pylist() == p.tolist()
    for text, reasons in zip(
        scores["reasons"].take(pa.array(rows)).to_pylist(), small_training.model.explain(part), strict=True
    ):
        assert [r["f"] for r in json.loads(text)] == [r.feature for r in reasons]
        assert [r["e"] for r in json.loads(text)] == pytest.approx([r.effect for r in reasons], abs=6e-5)


def test_without_reasons_the_probabilities_are_the_same(small, small_training):
    full = score_churn(small, "facts", SMALL_AS_OF, small_training)
    bare = score_churn(small, "facts", SMALL_AS_OF, small_training, reasons=False)
    assert bare["churn_probability"].equals(full["churn_probability"])


def test_a_training_stored_as_text_scores_the_same(small, small_training):
    again = ChurnTraining.from_json(small_training.to_json())
    assert again.to_json() == small_training.to_json()
    assert (again.horizon, again.guards, again.snapshots) == (
        small_training.horizon, small_training.guards, small_training.snapshots,
    )  # fmt: skip
    one, two = (score_churn(small, "facts", SMALL_AS_OF, training) for training in (small_training, again))
    assert one.equals(two)


def test_the_order_of_the_orders_changes_nothing(small_training):
    orders = company()
    mixed = orders.take(pa.array(np.random.default_rng(1).permutation(orders.num_rows)))
    with Session(threads=2) as session:
        session.load("orders", mixed)
        build_facts(session, orders="orders")
        assert train_churn(session, "facts", SMALL_AS_OF).to_json() == small_training.to_json()


def test_without_history_the_product_is_silent_and_shows_the_rhythm(small):
    training = train_churn(small, "facts", SMALL_START + 100)
    assert (training.model.kind_, training.guards) == ("rules", ["short_history"])
    for row in score_churn(small, "facts", SMALL_START + 100, training).to_pylist():
        assert row["churn_probability"] is None
        assert row["status"] in ("new", "too_little", "lost")
        assert [reason["f"] for reason in json.loads(row["reasons"])] in ([], ["silence_ratio"])


def test_an_empty_company_is_no_error():
    with facts_of([]) as session:
        training = train_churn(session, "facts", 18_000)
        assert training.guards == ["short_history"]
        assert score_churn(session, "facts", 18_000, training).num_rows == 0
        assert kept_values(session, "facts", 18_000, training).num_rows == 0


def test_few_customers_get_rules():
    with Session(threads=1) as session:
        session.load("orders", company(60))
        build_facts(session, orders="orders")
        training = train_churn(session, "facts", SMALL_AS_OF)
        assert training.model.kind_ == "rules"
        assert "few_customers" in training.guards
        assert ChurnTraining.from_json(training.to_json()).guards == training.guards


def test_another_population_is_called_stale(small, small_training):
    fresh = score_churn(small, "facts", SMALL_AS_OF, small_training).schema.metadata[b"churn"]
    assert json.loads(fresh)["guards"] == []
    later = score_churn(small, "facts", SMALL_AS_OF + 300, small_training).schema.metadata[b"churn"]
    assert json.loads(later)["guards"] == ["stale"]


def test_the_value_if_kept_is_at_least_one_purchase_and_holds_no_churn(small, small_training):
    values = kept_values(small, "facts", SMALL_AS_OF, small_training).to_pylist()
    known = {row["customer_id"]: row for row in small.sql(features_sql("facts", [SMALL_AS_OF])).to_pylist()}
    for row in values:
        one = known[row["customer_id"]]
        assert row["value"] >= (one["revenue"] - one["returns"]) // one["purchase_days"]
    # Silence lowers the chance to come back, not the value of coming back at the same rhythm.
    again = kept_values(small, "facts", SMALL_AS_OF + 30, small_training).to_pylist()
    assert again == values


@pytest.fixture(scope="module")
def base(small, small_training):
    scores = score_churn(small, "facts", SMALL_AS_OF, small_training)
    value = kept_values(small, "facts", SMALL_AS_OF, small_training)["value"].to_numpy() / 1e4 * 0.3
    return SimpleNamespace(scores=scores, value=value, costs={"offer": 20, "contact": 1, "save_rate": 0.3})


def test_the_retention_list_is_ordered_by_profit_and_offers_only_what_pays(base):
    rows = retention_list(base.scores, base.value, **base.costs).to_pylist()
    profits = [row["expected_profit"] for row in rows]
    assert profits == sorted(profits, reverse=True)
    assert {row["action"] for row in rows} >= {"offer", "none"}
    for row in rows:
        assert (row["action"] in ("offer", "win_back")) == (row["expected_profit"] > 0)
        if row["break_even"] is not None:
            assert (row["churn_probability"] > row["break_even"]) == (row["expected_profit"] > 0)
        assert row["value_at_risk"] == pytest.approx(row["churn_probability"] * row["value"])


def test_customers_without_a_probability_are_not_on_the_list(base):
    found = retention_list(base.scores, base.value, **base.costs)
    assert found.num_rows == base.scores.num_rows - base.scores["churn_probability"].null_count


def test_a_budget_is_kept_and_buys_more_profit_per_cost(base):
    rows = retention_list(base.scores, base.value, **base.costs, budget=200.0).to_pylist()
    chosen = [row for row in rows if row["action"] in ("offer", "win_back")]
    cost = sum(1 + 20 * (r["churn_probability"] * 0.3 + 1 - r["churn_probability"]) for r in chosen)
    assert 100 < cost <= 200


def test_unknown_costs_stay_unknown(base):
    rows = retention_list(base.scores, base.value, offer=None, contact=1, save_rate=0.3).to_pylist()
    assert {row["expected_profit"] for row in rows} == {None}
    assert {row["action"] for row in rows} == {"decide", "win_back"}
    risks = [row["value_at_risk"] for row in rows]
    assert risks == sorted(risks, reverse=True)


def test_the_model_never_rests_on_the_alive_probability_alone():
    assert not [name for name in FEATURES if "alive" in name]
    assert {"recency_days", "frequency", "silence_ratio", "tenure_days", "revenue"} <= set(FEATURES)
    with pytest.raises(ValueError, match="no kind"):
        ChurnModel("p_alive")
