"""One definition, any size: a Spark cluster finds out exactly what the embedded engine does."""

from __future__ import annotations

import os
import random
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings

from analytics.purchase_lines import read_orders
from analytics.samples import AS_OF, arrow, customers_arrow, histories, order, small_company, state_arrow
from crm.insight.conftest import make_company
from zhike.analytics import AnalysisSettings, Lake, Session
from zhike.analytics.basket import pair_rules
from zhike.analytics.churn import score_churn, train_churn
from zhike.analytics.clv import CustomerValue, RFMTable
from zhike.analytics.clv.scoring import sample_table, score_value
from zhike.analytics.cycles import expected_need, purchase_cycles
from zhike.analytics.engine.distributed import DistributedSession
from zhike.analytics.features import build_facts
from zhike.analytics.recommend import audience, discover, rebuy
from zhike.analytics.tiers import Dimension, Tier, TierModel
from zhike.analytics.words import Words
from zhike.crm.insight import jobs, snapshots
from zhike.crm.insight.models import CustomerScore, StageHistory, TierHistory
from zhike.platform.jobs import enqueue
from zhike.platform.models import Job

from .comparing import assert_equal, assert_same, compute

# Doubles for every dimension, and both directions.
RATIOS = AnalysisSettings(
    tiers=TierModel(
        code="ratios",
        name=Words("Ratios", "比率"),
        dimensions=(
            Dimension("gap", "mean_gap", 1.5, "lower"),
            Dimension("trend", "trend", 1),
            Dimension("average", "average_order", 2),
            Dimension("returns", "return_rate", 0.7, "lower"),
            Dimension("margin", "margin_rate", 1),
            Dimension("breadth", "category_count", 1),
        ),
        tiers=tuple(
            Tier(name, Words(name, name), "#888888", min_score=least)
            for name, least in (("low", None), ("middle", 30.0), ("high", 60.0))
        ),
        cut="value",
    )
)

AWKWARD = {
    "nobody": [],
    "one customer": [order(1, AS_OF - 10, 1_000_000)],
    "returns only": [order(1, AS_OF - 10, 0, 500), order(2, AS_OF - 3, 0, 70), order(3, AS_OF - 9, 80)],
    "ties": [order(c, AS_OF - 40 * k, 1_000_000, cost=1) for c in range(1, 13) for k in range(1, 4)],
    "several orders a day": [order(c % 3, AS_OF - c // 7, 10 * c, mask=1 << 62) for c in range(1, 60)],
    "unknown costs": [order(c, AS_OF - c, 100 * c, cost=None if c % 3 else 40 * c) for c in range(1, 30)],
    "more given back than bought": [order(c, AS_OF - 30 * c, 100, 100 * c) for c in range(1, 9)],
    "large sums": [order(c, AS_OF - c, 10**15 + c, cost=10**15) for c in range(1, 20) for _ in range(5)],
    "after the day": [order(1, AS_OF + 5, 100), order(2, AS_OF + 1, 100), order(2, AS_OF, 100)],
}


def on_both(embedded: Session, distributed: DistributedSession, orders: Any, **given: Any) -> Any:
    ours, theirs = (compute(engine, arrow(orders), AS_OF, **given) for engine in (embedded, distributed))
    assert_same(ours, theirs)
    return theirs


@pytest.fixture(scope="module")
def awkward() -> list[dict[str, Any]]:
    """All cases in one company, a thousand numbers apart."""
    cases = enumerate(AWKWARD.values(), 1)
    return [
        {**one, "customer_id": 1_000 * place + one["customer_id"]} for place, case in cases for one in case
    ]


@pytest.mark.parametrize("case", ["nobody", "one customer"])
def test_a_company_with_almost_nothing_in_it(embedded, distributed, case):
    on_both(embedded, distributed, AWKWARD[case])


def test_awkward_histories_beside_each_other(embedded, distributed, awkward):
    found = on_both(embedded, distributed, awkward)
    assert found.features["cost"].null_count
    assert found.calibration.customers < found.features.num_rows


def test_dimensions_that_are_ratios_and_cuts_by_value(embedded, distributed):
    found = on_both(embedded, distributed, small_company(200, days=900), settings=RATIOS)
    assert len(set(found.scores["tier"].to_pylist())) == 3


def test_attributes_prior_states_and_customers_without_profile(embedded, distributed):
    customers = customers_arrow(range(1, 121)).append_column(
        "region", pa.array([None if c % 5 else "35" for c in range(120)], pa.string())
    )
    customers = customers.set_column(1, "profiled", pa.array([bool(c % 7) for c in range(120)]))
    states = state_arrow([
        {"customer_id": c, "tier": 4 - c % 4, "pending_since": AS_OF - c % 50 if c % 2 else None, "as_of": AS_OF - c % 2,
         "opening_tier": 1 + c % 5, "opening_pending_since": AS_OF - 100}
        for c in range(1, 90)
    ])  # fmt: skip
    found = on_both(embedded, distributed, small_company(100), customers=customers, states=states)
    assert found.scores["pending_since"].null_count < found.scores.num_rows
    assert "region" in found.scores.column_names


@hypothesis_settings(
    max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(orders=histories(max_customers=60, max_orders=400, days=900))
def test_random_companies(embedded, distributed, orders):
    on_both(embedded, distributed, orders)


def test_online_retail_from_the_lake(embedded, distributed, data_dir, tmp_path):
    orders = read_orders(data_dir)
    as_of = max(orders["day"].to_pylist()) + 1
    lake = Lake(tmp_path / "lake", width=5_000)
    with Session(threads=1, directories=[tmp_path]) as session:
        session.load("orders", orders)
        build_facts(session, orders="orders")
        lake.write(session, "facts")
    lake.attach(distributed, "lake_facts")
    both = [compute(engine, orders, as_of) for engine in (embedded, distributed)]
    assert_same(*both)
    assert_equal(both[0].facts, distributed.sql("SELECT * FROM lake_facts"), "order_id")
    assert both[1].calibration.customers == 4_338
    assert [
        round(100 * share, 2) for share in (both[1].pareto[0].top_1_share, both[1].pareto[0].top_20_share)
    ] == [32.0, 74.62]


def test_customer_values_are_those_of_the_whole_table(embedded, distributed):
    orders = arrow(small_company(400, days=700, one_time=0.4))
    for engine in (embedded, distributed):
        engine.load("orders", orders)
        build_facts(engine, orders="orders")
    table = sample_table(distributed, "facts", AS_OF)
    value = CustomerValue("mbg_nbd").fit(table)
    expected = value.predict(whole_table(orders))
    for engine in (embedded, distributed):
        assert_equal(expected, engine.sql(f"SELECT * FROM {score_value(engine, 'facts', value, AS_OF)}"))
    assert set(sample_table(embedded, "facts", AS_OF, 100)["customer_id"].to_pylist()) == {
        c for c in range(1, 401) if c % 4 == 0
    }


def whole_table(orders: pa.Table) -> RFMTable:
    bought = orders.filter(pa.compute.greater(orders["revenue"], 0))
    amounts = pa.array(bought["revenue"].to_numpy() / 10_000)
    columns = {
        "customer_id": bought["customer_id"],
        "date": bought["day"].cast(pa.date32()),
        "amount": amounts,
    }
    return RFMTable.from_events(columns, amount="amount", until=date.fromordinal(AS_OF + 719_163))


def test_forecasts_are_those_of_the_embedded_engine(embedded, distributed):
    orders = small_company(200, days=900, one_time=0.3)
    for engine in (embedded, distributed):
        engine.load("orders", arrow(orders))
        build_facts(engine, orders="orders")
        engine.load("lines", order_lines(orders))
    training = train_churn(embedded, "facts", AS_OF, 90, kind="logistic")
    for keys, forecast in {
        ("customer_id",): lambda engine: score_churn(engine, "facts", AS_OF, training),
        ("customer_id", "day"): lambda engine: purchase_cycles(engine, "facts", AS_OF),
        ("customer_id", "product_id"): lambda engine: expected_need(engine, "lines", AS_OF),
        ("customer_id", "rank"): lambda engine: rebuy(engine, "lines", AS_OF, 3),
        ("rank", "customer_id"): lambda engine: discover(engine, "lines", AS_OF, 3),
        ("rank",): lambda engine: audience(engine, "lines", 5),
        ("left", "right"): lambda engine: pair_rules(engine, "lines", 10),
    }.items():
        ours, theirs = forecast(embedded), forecast(distributed)
        assert ours.num_rows > 20
        assert_equal(ours, theirs, *(key for key in keys if key in ours.column_names))


def order_lines(orders: list[dict[str, Any]]) -> pa.Table:
    rng = random.Random(5)
    rows = [
        {"customer_id": one["customer_id"], "order_id": number, "day": one["day"], "quantity": float(rng.randint(1, 9)),
         "product_id": rng.choice([1, 2, 3, 5, 8, 13, 21]), "revenue": one["revenue"] // 3}
        for number, one in enumerate(orders, 1) for _ in range(rng.randint(1, 4))
    ]  # fmt: skip
    columns = {name: pa.int64() for name in ("customer_id", "order_id", "product_id", "revenue")}
    return pa.Table.from_pylist(rows, pa.schema({**columns, "day": pa.int32(), "quantity": pa.float64()}))


def test_functions_run_in_the_workers(distributed):
    distributed.load("numbers", pa.table({"a": np.arange(1_000)}))
    schema = pa.schema([("a", pa.int64()), ("process", pa.int64())])

    def with_process(rows: pa.Table) -> pa.Table:
        return rows.append_column("process", pa.array([os.getpid()] * rows.num_rows))

    distributed.apply("worked", "SELECT a FROM numbers", with_process, schema)
    found = distributed.rows(
        "SELECT COUNT(*) AS n, CAST(SUM(a) AS BIGINT) AS s, MIN(process) AS p FROM worked"
    )[0]
    assert found[:2] == (1_000, 499_500)
    assert found[2] != os.getpid()


def nasty_doubles() -> list[float]:
    rng = random.Random(3)
    plain = [0.0, 1.0, 0.1, 1 / 3, 2 / 3, 1.005, 2.675, 37.5, 100.0, 12_345_678.0, 1e-3, 9.999e-4, 1e-4, 9.9e-5,
             1e7, 1e15, 9_999_999_999_999_998.0, 1e16, 1.5e16, 1e22, 2e-7, 1.7976931348623157e308]  # fmt: skip
    ratios = [rng.randint(0, 10**6) / rng.randint(1, 10 ** rng.randint(1, 9)) for _ in range(4_000)]
    wide = [rng.random() * 10.0 ** rng.randint(-12, 15) for _ in range(4_000)]
    halves = [rng.randint(0, 10**5) / 1000 + 0.005 for _ in range(2_000)]
    return [sign * one for one in (*plain, *ratios, *wide, *halves) for sign in (1, -1)]


def test_doubles_are_rounded_and_written_alike(embedded, distributed):
    values = nasty_doubles()
    table = pa.table({"customer_id": range(len(values) + 1), "v": pa.array([*values, None], pa.float64())})
    text = (
        "SELECT customer_id, v, ROUND(v, 2) AS cents, ROUND(v, 4) AS fine, FLOOR(v) AS whole, "
        "COALESCE(CAST(CAST(v AS DOUBLE) AS STRING), 'null') AS written FROM doubles WHERE v IS NULL OR ABS(v) < 1E17"
    )
    for engine in (embedded, distributed):
        engine.load("doubles", table)
    ours, theirs = embedded.sql(text), distributed.sql(text)
    assert_equal(ours, theirs)
    for name in ("cents", "fine", "whole"):
        a, b = (one.sort_by("customer_id")[name] for one in (ours, theirs))
        assert a.equals(b), name


def test_integers_divide_as_doubles_and_nulls_sort_alike(embedded, distributed):
    table = pa.table({"customer_id": [1, 2, 3, 4], "n": pa.array([7, None, -7, 2], pa.int64())})
    text = (
        "SELECT customer_id, n / 2 AS half, n % 4 AS rest, GREATEST(n, 1) AS most, "
        "ROW_NUMBER() OVER (ORDER BY n, customer_id) AS up, "
        "ROW_NUMBER() OVER (ORDER BY n DESC, customer_id) AS down FROM small WHERE customer_id < :limit"
    )
    for engine in (embedded, distributed):
        engine.load("small", table)
    ours, theirs = (engine.sql(text, limit=5) for engine in (embedded, distributed))
    assert ours.sort_by("customer_id").to_pylist() == theirs.sort_by("customer_id").to_pylist()


def test_tables_are_replaced_and_dropped_like_in_the_embedded_engine(cluster, options, tmp_path):
    with DistributedSession(cluster.url, directory=tmp_path, options=options) as session:
        session.load("t", pa.table({"a": [1, 2]}))
        session.view("seen", "SELECT a + 1 AS b FROM t")
        session.create("t", "SELECT a + 10 AS a FROM t")
        assert sorted(session.rows("SELECT b FROM seen")) == [(12,), (13,)]
        assert session.columns("t") == ["a"]
        with Session(directories=[tmp_path]) as reader:
            reader.read_parquet("t", session.files("t"))
            assert sorted(reader.rows("SELECT a FROM t")) == [(11,), (12,)]
        session.drop("t")
        assert [path.name for path in session.directory.iterdir()] == []
    assert not session.directory.exists()


def test_two_sessions_of_a_process_see_nothing_of_each_other(distributed, cluster, options, tmp_path):
    with DistributedSession(cluster.url, directory=tmp_path, options=options) as other:
        other.load("mine_alone", pa.table({"a": [1]}))
        with pytest.raises(Exception, match="mine_alone"):
            distributed.rows("SELECT a FROM mine_alone")


@pytest.mark.django_db
def test_a_full_run_publishes_the_same_from_the_cluster(
    distributed, cluster, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.ZHIKE_HOME = tmp_path
    make_company(30)
    embedded = published(django_capture_on_commit_callbacks)
    for kind in (CustomerScore, TierHistory, StageHistory):
        kind.objects.all().delete()
    settings.ANALYSIS_ENGINE = cluster.url
    assert published(django_capture_on_commit_callbacks) == embedded
    assert len(embedded[0]) == len(embedded[2]) == 30
    assert not list((tmp_path / "tmp/engine").iterdir())


def published(callbacks: Any) -> tuple[Any, ...]:
    """Scores and histories in the store, and the customers of the snapshot."""
    with callbacks(execute=True):
        record = enqueue(jobs.RUN, {"recalibrate": True}, key=jobs.RUN_KEY)
    record.refresh_from_db()
    assert record.state == Job.State.DONE, record.error
    scores = CustomerScore.objects.order_by("customer_id").values()
    passing = {"version_id", "seq", "revision", "evaluated_at"}
    return (
        [{name: value for name, value in row.items() if name not in passing} for row in scores],
        list(
            TierHistory.objects.order_by("customer_id", "valid_from").values_list(
                "customer_id", "tier", "valid_from", "valid_to"
            )
        ),
        snapshots.reader().dicts("SELECT * FROM customers ORDER BY customer_id"),
    )
