"""Churn: how good and how fast, on real orders and contracts and on a made company of a million.

    python -m bench churn                       # everything
    python -m bench churn --customers 100000    # a smaller made company
    python -m bench churn --only telco          # telco, retail or scale

The real data sets are found by ZHIKE_TEST_DATA; without it only the made company runs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from zhike.analytics import Session, build_facts
from zhike.analytics.analyze.reading import open_orders
from zhike.analytics.churn import ChurnModel, evaluate_churn, score_churn, train_churn
from zhike.analytics.churn.columns import Columns, read_frame, row_hashes
from zhike.analytics.churn.folds import fold_of_rows
from zhike.analytics.churn.snapshots import features_sql
from zhike.analytics.orders import OrderBook

FOLDS, REPEATS = 5, 3
METRICS = ("auc", "ap", "brier", "ece", "lift_10", "empc")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=("telco", "retail", "scale"))
    options = parser.parse_args()
    data = os.environ.get("ZHIKE_TEST_DATA")
    wanted = [options.only] if options.only else ["telco", "retail", "scale"]
    if "telco" in wanted and data:
        telco(Path(data))
    if "retail" in wanted and data:
        retail(Path(data))
    if "scale" in wanted:
        scale(options.customers, options.threads)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak {peak:.0f} MB")


@contextmanager
def timed(what: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"{what:<44} {time.perf_counter() - wall:7.2f} s wall {time.process_time() - cpu:7.2f} s processor")


def telco(data: Path) -> None:
    """Five folds, three times, with the model that each training part chooses by itself."""
    import pandas as pd

    frame = pd.read_csv(data / "telco/telco_customer_churn.csv.gz")
    frame["TotalCharges"] = pd.to_numeric(frame["TotalCharges"], errors="coerce")
    churned = (frame.pop("Churn") == "Yes").to_numpy()
    table: Columns = read_frame(frame.drop(columns="customerID"))
    print("\n# Telco")
    found, kinds = [], []
    with timed(f"{FOLDS} folds x {REPEATS}, automatic choice"):
        for repeat in range(REPEATS):
            keys = row_hashes(table | {"repeat": np.full(len(churned), float(repeat))})
            fold = fold_of_rows(keys, churned, FOLDS)
            for one in range(FOLDS):
                held = fold == one
                model = ChurnModel().fit({n: v[~held] for n, v in table.items()}, churned[~held])
                p = model.predict_proba({n: v[held] for n, v in table.items()})
                found.append(evaluate_churn(churned[held], p))
                kinds.append(model.kind_)
    for name in METRICS:
        values = [one[name] for one in found]
        print(f"{name:<10} {np.mean(values):.4f} ± {np.std(values):.4f}")
    print({kind: kinds.count(kind) for kind in sorted(set(kinds))})
    with timed("one fit on all"):
        model = ChurnModel().fit(table, churned)
    many = {name: np.tile(values, 15)[:100_000] for name, values in table.items()}
    with timed("score 100,000"):
        model.predict_proba(many)


def retail(data: Path) -> None:
    """Trained with what was known before 2011-09-09, compared with the 90 days after, the new ones too."""
    book = OrderBook()
    for line in open_orders(data / "online_retail/online_retail.csv.gz").lines():
        book.add(line)
    # Everything before the reference snapshot of 2011-09-09.
    day = (dt.date(2011, 9, 8) - dt.date(1970, 1, 1)).days
    print("\n# Online Retail")
    with Session(threads=1) as session:
        session.load("orders", book.to_arrow())
        build_facts(session, orders="orders")
        with timed("train"):
            training = train_churn(session, "facts", day, 90)
        with timed("score with reasons"):
            score_churn(session, "facts", day, training)
        test = session.sql(features_sql("facts", [day], horizon=90))
    p, churned = training.model.predict_proba(test), test["churned"].to_numpy() == 1
    spent = test["revenue_90"].to_numpy().astype(float)
    found = evaluate_churn(
        churned, p, groups=np.where(test["purchase_days"].to_numpy() == 1, "one-time", "repeat"),
        baselines={"recency": test["recency_days"].to_numpy(), "frequency": -test["frequency"].to_numpy()},
        lost=spent, value=spent,
    )  # fmt: skip
    print(f"{training.model.kind_}, guards {training.guards}")
    for name in ("n", "churners", "expected", "auc", "auc_low", "auc_high", "ap", "brier", "ece", "lift_10"):
        print(f"{name:<10} {found[name]:.4f}")
    print("simple rules ", {name: round(value, 4) for name, value in found["baselines"].items()})
    print("groups ", {name: part["auc"] and round(part["auc"], 4) for name, part in found["groups"].items()})
    print("lost money in the first fifth ", {n: round(share, 4) for n, share in found["money"].items()})


def scale(customers: int, threads: int) -> None:
    print(f"\n# A made company of {customers:,} customers")
    orders = company(customers)
    as_of = int(orders["day"].to_numpy().max())
    with Session(threads=threads, memory_limit="4GB") as session:
        session.load("orders", orders)
        print(f"{orders.num_rows:,} orders")
        del orders
        with timed("facts"):
            build_facts(session, orders="orders")
        session.drop("orders")
        with timed("train"):
            training = train_churn(session, "facts", as_of)
        print(training.model.kind_, training.model.data_["rows"], "rows, AUC", training.validation.get("auc"))
        with timed("features of everybody"):
            session.sql(features_sql("facts", [as_of]))
        with timed("score"):
            score_churn(session, "facts", as_of, training, reasons=False)
        with timed("score with reasons"):
            scores = score_churn(session, "facts", as_of, training)
        print(scores["status"].value_counts().to_pylist())


def company(customers: int, days: int = 730, seed: int = 0) -> pa.Table:
    """Own rhythms, own ends: about five orders a customer."""
    random = np.random.default_rng(seed)
    born = random.integers(0, days - 30, customers)
    gap = random.gamma(1.5, 50, customers) + 3
    end = np.minimum(born + random.exponential(300, customers), days - 1)
    size = np.minimum(((end - born) / gap * 1.5 + 3).astype(np.int64), 60)
    customer = np.repeat(np.arange(customers), size)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    steps = random.exponential(gap[customer])
    steps[first] = 0
    walked = np.cumsum(steps)
    when = born[customer] + walked - walked[first][customer]
    kept = when <= end[customer]
    kept[first] = True
    customer, when = customer[kept], when[kept].astype(np.int32)
    rows = len(customer)
    revenue = random.lognormal(13, 0.8, rows).astype(np.int64)
    return pa.table({
        "order_id": np.arange(rows), "customer_id": customer + 1, "day": when + np.int32(18_000),
        "revenue": revenue, "returned": np.where(random.random(rows) < 0.05, revenue // 2, 0),
        "cost": pa.nulls(rows, pa.int64()), "category_mask": np.zeros(rows, np.int64),
    })  # fmt: skip


main()
