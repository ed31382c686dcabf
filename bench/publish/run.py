"""Republishing while others read: four processes query the snapshot and a publisher replaces it.

    python -m bench publish [--customers 1000000] [--seconds 30] [--readers 4]

Goal: no error, p95 under 150 ms. The readers ask what the screens ask: counts by conditions, groups, one
customer. ``reopen`` is the first query after a new snapshot appeared.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

GOAL_MS = 150
QUERIES = (
    "SELECT COUNT(*) FROM customers WHERE tier >= 3 AND recency_days > 90 AND owner_id = 7",
    "SELECT rfm_segment, COUNT(*), SUM(net_revenue) FROM customers WHERE frequency > 0 GROUP BY 1",
    "SELECT region, lifecycle, COUNT(*) FROM customers WHERE team_id = 2 GROUP BY 1, 2",
    "SELECT COUNT(*) FROM customers WHERE abc_class = 'A' AND orders_90 = 0 OR r_score = 1 AND m_score = 5",
    "SELECT * FROM customers WHERE customer_id = 4711",
    "SELECT customer_id, net_revenue FROM customers WHERE net_rank <= 50 ORDER BY net_rank",
)


def main() -> None:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="bench-publish-"))
    session = _base(folder, options.customers)
    stop, results = multiprocessing.Event(), multiprocessing.Queue()
    _publish(folder, session, 1)
    readers = [
        multiprocessing.Process(target=_read, args=(folder, stop, results, n)) for n in range(options.readers)
    ]
    for reader in readers:
        reader.start()
    began, published = time.monotonic(), []
    while time.monotonic() - began < options.seconds:
        started = time.monotonic()
        _publish(folder, session, len(published) + 2)
        published.append(time.monotonic() - started)
    stop.set()
    found = [results.get() for _reader in readers]
    for reader in readers:
        reader.join()
    _tell(options, published, found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--readers", type=int, default=4)
    return parser.parse_args()


def _base(folder: Path, customers: int) -> Any:
    """A company of plain numbers, through the real features, calibration and evaluation."""
    from zhike.analytics import Session, build, build_facts, calibrate, evaluate

    session = Session(memory_limit="3GB", temp_dir=folder, directories=[folder])
    run = session.connection.execute
    run(
        "CREATE TABLE orders AS SELECT i AS order_id, 1 + CAST(hash(i) % $n AS BIGINT) AS customer_id, "
        "CAST(20000 - hash(i * 7) % 1000 AS INT) AS day, "
        "CAST(10000 + hash(i * 13) % 50000000 AS BIGINT) AS revenue, "
        "CAST(CASE WHEN hash(i * 17) % 20 = 0 THEN hash(i * 19) % 100000 ELSE 0 END AS BIGINT) AS returned, "
        "CAST(NULL AS BIGINT) AS cost, CAST(1 << (hash(i * 23) % 12) AS BIGINT) AS category_mask "
        "FROM range($n * 4) t(i)",
        {"n": customers},
    )
    run(
        "CREATE TABLE customers AS SELECT i + 1 AS customer_id, TRUE AS profiled, i % 40 AS owner_id, "
        "i % 8 AS team_id, CAST(11 + i % 34 AS VARCHAR) AS region FROM range($n) t(i)",
        {"n": customers},
    )
    build_facts(session, orders="orders")
    build(session, facts="facts", customers="customers", as_of=20_000)
    evaluate(session, "features", calibrate(session, "features"), 20_000, into="scores")
    run(
        "CREATE TABLE ready AS SELECT *, "
        "ROW_NUMBER() OVER (ORDER BY net_revenue DESC, customer_id) AS net_rank "
        "FROM scores ORDER BY customer_id"
    )
    return session


def _publish(folder: Path, session: Any, number: int) -> None:
    from zhike.analytics import publish

    publish(folder / "snapshots", session, {"customers": "ready"}, version=str(number), as_of=20_000)


def _read(folder: Path, stop: Any, results: Any, seed: int) -> None:
    from zhike.analytics import SnapshotReader

    reader, pick = SnapshotReader(folder / "snapshots"), random.Random(seed)
    times: list[float] = []
    reopened: list[float] = []
    errors, version = 0, ""
    while not stop.is_set():
        started = time.perf_counter()
        try:
            reader.query(pick.choice(QUERIES))
            now = reader.query("SELECT version FROM meta")[0][0]
        except Exception:
            errors += 1
            continue
        (times if now == version else reopened).append(time.perf_counter() - started)
        version = now
        time.sleep(pick.random() * 0.02)
    results.put((times, reopened, errors))


def _tell(options: argparse.Namespace, published: list[float], found: list[Any]) -> None:
    times = sorted(1000 * t for own, new, _errors in found for t in (*own, *new))
    reopened = [1000 * t for _own, new, _errors in found for t in new]
    p95 = times[int(len(times) * 0.95)]
    print(f"{options.customers:,} customers, {options.readers} reading processes, {options.seconds:.0f} s")
    print(f"  published  {len(published)} times, {statistics.mean(published):.1f} s each")
    print(f"  queries    {len(times):,}   errors {sum(errors for *_rest, errors in found)}")
    print(
        f"  median {statistics.median(times):.1f} ms   p95 {p95:.1f}   max {times[-1]:.1f}   "
        f"after a new snapshot {max(reopened):.1f}"
    )
    print(f"  p95 is {p95 / GOAL_MS:.2f} of the goal of {GOAL_MS} ms")


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    main()
