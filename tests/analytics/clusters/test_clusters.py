"""Clusters: stable, never tiny, in readable rules, under names that stay from run to run."""

from __future__ import annotations

import json

import numpy as np
import pytest

from zhike.analytics.clusters import GUARD_WORDS, ClusterError, CustomerClusters, rule_words, stability_word
from zhike.analytics.clusters.choice import Candidate, best
from zhike.analytics.sayings import Saying

COLUMNS = ("recency_days", "frequency", "net_revenue")


def blobs(sizes, seed=1):
    """Well separated groups on the log scale."""
    rng = np.random.default_rng(seed)
    centers = [(1.5, 3.0, 9.0), (3.0, 1.8, 7.5), (5.0, 1.0, 6.5), (5.5, 2.5, 8.5), (2.0, 0.9, 5.5)]
    rows = [rng.normal(centers[i], 0.18, (size, 3)) for i, size in enumerate(sizes)]
    values = np.expm1(np.vstack(rows))
    return {name: values[:, i] for i, name in enumerate(COLUMNS)}


@pytest.fixture(scope="module")
def model():
    return CustomerClusters(bootstraps=4).fit(blobs([300, 250, 200, 150]))


def test_separate_groups_are_found_and_called_stable(model):
    assert model.k_ == 4
    assert model.stability_ > 0.98
    assert model.stability_word_ == "stable"
    assert model.guards_ == []


def test_label_1_is_the_most_valuable(model):
    medians = model.medians_[:, COLUMNS.index("net_revenue")]
    assert list(medians) == sorted(medians, reverse=True)
    assert model.labels_in_use_ == [1, 2, 3, 4]


def test_names_are_those_of_the_trade(model):
    names = [model.names()[label].zh for label in model.labels_in_use_]
    assert names[0].startswith("重要价值客户")
    assert any(name.startswith(("流失客户", "一般挽留客户")) for name in names)
    assert len(set(names)) == 4


def test_rules_are_on_raw_units_and_their_accuracy_holds_for_what_is_printed(model):
    frame = blobs([300, 250, 200, 150])
    values = np.column_stack([frame[name] for name in COLUMNS])
    agree = np.mean(model.surrogate_.predict(values) == model.predict(frame))
    assert agree == pytest.approx(model.surrogate_.accuracy)
    assert agree > 0.95
    text = rule_words(model.surrogate_.rules[0].conditions).en
    assert any(name in text for name in COLUMNS)


def test_the_model_comes_back_from_json_without_pickle(model):
    frame = blobs([300, 250, 200, 150])
    again = CustomerClusters.from_json(model.to_json())
    assert np.array_equal(again.predict(frame), model.predict(frame))
    assert again.to_json() == model.to_json()
    json.loads(model.to_json())


def test_the_same_data_give_the_same_clusters(model):
    again = CustomerClusters(bootstraps=4).fit(blobs([300, 250, 200, 150]))
    assert again.to_json() == model.to_json()


def test_labels_follow_the_previous_run(model):
    frame = blobs([300, 250, 200, 150], seed=2)
    # Everybody spends a tenth now: the order by value would be the same, the numbers must be as well.
    later = CustomerClusters(k=4, bootstraps=2).fit(frame, previous=model)
    agree = np.mean(later.predict(frame) == model.predict(frame))
    assert agree > 0.97
    assert set(later.drift_) == {1, 2, 3, 4}


def test_a_new_group_gets_a_number_that_nobody_had(model):
    later = CustomerClusters(k=5, bootstraps=2).fit(blobs([300, 250, 200, 150, 200]), previous=model)
    assert sorted(later.labels_in_use_) == [1, 2, 3, 4, 5]
    assert later.predict({name: model.medians_[:, i] for i, name in enumerate(COLUMNS)}).tolist() == [
        1,
        2,
        3,
        4,
    ]


def test_a_number_of_clusters_with_a_handful_of_outliers_is_not_taken():
    frame = blobs([300, 250, 200, 150])
    outliers = {"recency_days": 1.0, "frequency": 30_000.0, "net_revenue": 3e9}
    frame = {name: np.append(values, np.full(7, outliers[name])) for name, values in frame.items()}
    model = CustomerClusters(bootstraps=3).fit(frame)
    five = next(one for one in model.candidates_ if one.k == 5)
    assert five.min_share < 0.05
    assert not five.accepted
    assert model.shares_.min() >= 0.05


def test_ties_go_to_the_smaller_number():
    found = [
        Candidate(4, 0.900, 0.8, 0.0, 0.1, 1.0),
        Candidate(5, 0.905, 0.8, 0.0, 0.1, 1.0),
        Candidate(6, 0.99, 0.9, 0.0, 0.04, 1.0),
    ]
    assert best(found).k == 4
    assert best([Candidate(4, 0.79, 0.5, 0.0, 0.2, 1.0)]) is None


def test_a_difference_that_the_bootstraps_cannot_tell_is_a_tie():
    found = [Candidate(4, 0.89, 0.8, 0.01, 0.1, 1.0), Candidate(7, 0.905, 0.8, 0.02, 0.06, 1.0)]
    assert best(found).k == 4
    assert best([found[0], Candidate(7, 0.95, 0.9, 0.02, 0.06, 1.0)]).k == 7


def test_noise_is_called_a_sketch():
    rng = np.random.default_rng(0)
    model = CustomerClusters(bootstraps=3).fit({name: rng.standard_normal(400) for name in "abcd"})
    assert model.stability_ < 0.85
    assert {guard.code for guard in model.guards_} & {"no_stable_k", "unstable", "unsure"}
    for guard in model.guards_:
        assert guard.text(GUARD_WORDS, "zh")


def test_customers_with_an_unknown_value_belong_to_no_cluster():
    frame = blobs([300, 250, 200, 150])
    frame["frequency"][:5] = np.nan
    model = CustomerClusters(k=4, bootstraps=2).fit(frame)
    assert model.predict(frame)[:5].tolist() == [0] * 5
    assert Saying("left_out", {"customers": 5}) in model.guards_


def test_too_few_or_equal_customers_give_no_clusters():
    with pytest.raises(ClusterError, match="have all values"):
        CustomerClusters().fit(blobs([50, 50]))
    with pytest.raises(ClusterError, match="constant"):
        CustomerClusters().fit({"a": np.ones(300), "b": np.ones(300)})


def test_a_constant_column_is_left_out_and_said():
    frame = {**blobs([300, 250, 200, 150]), "same": np.ones(900)}
    model = CustomerClusters(k=4, bootstraps=2).fit(frame)
    assert "same" not in model.columns_
    assert [guard.code for guard in model.guards_] == ["constant"]


def test_without_recency_frequency_and_money_the_name_says_what_stands_out():
    frame = {"visits": blobs([300, 250, 200, 150])["frequency"], "age": np.linspace(20, 70, 900)}
    model = CustomerClusters(k=3, bootstraps=2).fit(frame)
    assert any("visits" in name.en or "age" in name.en for name in model.names().values())


def test_the_words_for_stability():
    assert [stability_word(value) for value in (0.9, 0.85, 0.8, 0.7, 0.5)] == [
        "stable",
        "stable",
        "unsure",
        "unsure",
        "unstable",
    ]


@pytest.fixture(scope="module")
def retail(data_dir):
    """Recency, frequency and revenue of the 4,338 customers of Online Retail."""
    import pandas as pd

    lines = pd.read_csv(
        data_dir / "online_retail/online_retail.csv.gz", dtype={"InvoiceNo": str}, parse_dates=["InvoiceDate"]
    )
    lines = lines[
        lines.CustomerID.notna()
        & ~lines.InvoiceNo.str.startswith("C")
        & (lines.Quantity > 0)
        & (lines.UnitPrice > 0)
    ]
    lines = lines.assign(revenue=lines.Quantity * lines.UnitPrice, day=lines.InvoiceDate.dt.normalize())
    found = lines.groupby("CustomerID").agg(
        day=("day", "max"), frequency=("InvoiceNo", "nunique"), revenue=("revenue", "sum")
    )
    found["recency_days"] = (pd.Timestamp("2011-12-09") - found["day"]).dt.days
    return found[["recency_days", "frequency", "revenue"]]


def test_online_retail_gives_four_stable_groups_in_readable_rules(retail):
    assert len(retail) == 4338
    model = CustomerClusters().fit(retail)
    assert model.k_ == 4
    assert model.stability_ >= 0.88
    assert model.surrogate_.accuracy >= 0.85
    assert model.shares_.min() == pytest.approx(0.164, abs=0.02)
    names = [words.zh for words in model.names().values()]
    assert names[0].startswith("重要价值客户")
    assert names[-1] == "流失客户"
