"""Segments: counting while somebody types, samples, estimates, full evaluation, and the ways of others.

    python -m bench segments [--customers 10000000] [--orders 10000000] [--skip-postgres]
    python -m bench segments --only-stored sqlite,postgresql

Goals at 10 million customers: twelve nested definitions counted exactly in 50 ms at the median and 200 ms at
most, with behavior over the orders in 2 s, an estimate with its error in 300 ms, twenty rows in 200 ms. With
1 million customers and 10 million orders: a hundred segments within 60 s, 10,000 changed customers in 2 s,
both with what differs written into the store.
Beside it, in the same run: one statement on PostgreSQL, and batches of 300, each with the query asked again.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from definitions import BEHAVIOR, TWELVE, hundred

from data import AS_OF, catalogue, make_base
from zhike.analytics import Session
from zhike.analytics.engine import SnapshotReader
from zhike.analytics.engine.dialect import render
from zhike.analytics.segments import Catalogue, Definition, Query, count, members, read, truths
from zhike.analytics.segments.sampling import estimate, sampled

CATALOGUE = catalogue()
SMALL = 1_000_000
DIRTY = 10_000
RUNS = 7


def main() -> None:
    options = _options()
    folder = Path(options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if options.only_stored:
        _stored(folder, options.only_stored)
        return
    base = make_base(folder, options.customers, options.orders)
    reader = SnapshotReader(base, memory_limit="4GB", threads=options.threads)
    print(
        f"# {options.customers:,} customers, {options.orders:,} orders, {options.threads} threads", flush=True
    )
    _previews(reader)
    _samples(reader)
    _estimates(reader)
    if options.only_previews:
        return
    small = make_base(folder, SMALL, 10_000_000)
    print(f"\n# {SMALL:,} customers, 10,000,000 orders", flush=True)
    _evaluate(small, options.threads)
    _dirty(small)
    if not options.skip_postgres:
        import with_postgres

        with_postgres.compare(folder, small, options.threads)
    _stored(folder, "sqlite" if options.skip_postgres else "sqlite,postgresql")


def _stored(folder: Path, stores: str) -> None:
    """Each store in a process of its own, which can have one alone."""
    for store in stores.split(","):
        command = [sys.executable, str(Path(__file__).with_name("stored.py")), "--store", store]
        subprocess.run([*command, "--folder", str(folder)], check=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--skip-postgres", action="store_true")
    parser.add_argument("--only-previews", action="store_true")
    parser.add_argument("--only-stored", default="", help="sqlite, postgresql or both with a comma")
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "zhike-bench-segments"))
    return parser.parse_args()


def definition(root: Any, known: Catalogue = CATALOGUE) -> Definition:
    return read({"v": 1, "entity": "customer", "root": root}, known)


def asked(reader: SnapshotReader, query: Query) -> list[tuple[Any, ...]]:
    return reader.query(render(query.text), query.params or None)


def timed(work: Callable[[], Any], runs: int = RUNS) -> tuple[Any, float, float]:
    """What comes out, the median by the clock, and the median of the processor's time, in ms; warm."""
    found, walls, busy = work(), [], []
    for _run in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(1000 * (time.perf_counter() - wall))
        busy.append(1000 * (time.process_time() - cpu))
    return found, statistics.median(walls), statistics.median(busy)


def _previews(reader: SnapshotReader) -> None:
    for title, given in (("over columns", TWELVE), ("with behavior", BEHAVIOR)):
        print(f"\nexact count {title:<42} customers      ms   processor ms")
        medians, cpus = [], []
        for name, root in given.items():
            query = count(definition(root), CATALOGUE, AS_OF)
            rows, wall, cpu = timed(lambda query=query: asked(reader, query))
            medians.append(wall)
            cpus.append(cpu)
            print(f"  {name:<50} {rows[0][0]:>12,} {wall:7.0f} {cpu:9.0f}", flush=True)
        print(
            f"  median {statistics.median(medians):.0f} ms, slowest {max(medians):.0f} ms; "
            f"processor {statistics.median(cpus):.0f} and {max(cpus):.0f} ms"
        )


def _samples(reader: SnapshotReader) -> None:
    """Of conditions over columns out of everybody; with behavior out of the sample, as the builder does."""
    slowest, few = 0.0, sampled(CATALOGUE)
    for name, root in (TWELVE | BEHAVIOR).items():
        known = few if name in BEHAVIOR else CATALOGUE
        query = members(definition(root, known), known, AS_OF)
        shown = Query(f"{query.text} LIMIT 20", query.params)
        slowest = max(slowest, timed(lambda shown=shown: asked(reader, shown), 3)[1])
    print(f"\ntwenty rows of any of the fifteen: slowest {slowest:.0f} ms", flush=True)


def _estimates(reader: SnapshotReader) -> None:
    print(
        "\nestimate from a sample                                  exact     estimate (95 %)             ms"
    )
    everybody = reader.query("SELECT COUNT(*) FROM people")[0][0]
    few = sampled(CATALOGUE)
    inside = 0
    for name, root in (TWELVE | BEHAVIOR).items():
        exact = asked(reader, count(definition(root), CATALOGUE, AS_OF))[0][0]
        query = count(definition(root, few), few, AS_OF)
        rows, wall, _cpu = timed(lambda query=query: asked(reader, query), 3)
        told = estimate(rows[0][0], rows[0][1], everybody)
        inside += told.low <= exact <= told.high
        between = f"{told.count:,} ({told.low:,}–{told.high:,})"
        print(f"  {name:<45} {exact:>12,}  {between:<32} {wall:5.0f}", flush=True)
    print(f"  {inside} of {len(TWELVE | BEHAVIOR)} within the stated error")


def opened(base: Path, threads: int) -> Session:
    """A session with the base's relations as views, able to write tables of its own."""
    session = Session(threads=threads, memory_limit="3GB", temp_dir=base, directories=[base])
    path = base / (base / "CURRENT").read_text(encoding="utf-8").strip()
    session.connection.execute(f"ATTACH '{path}' AS base (READ_ONLY)")
    for name in ("people", "facts", "members", "buckets"):
        session.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM base.{name}")
    return session


def _evaluate(base: Path, threads: int) -> None:
    """Each segment by one statement, compared as sets with the members of before; both differences kept."""
    found = [definition(root) for root in hundred()]
    with opened(base, threads) as session:
        run = session.connection.execute
        run("CREATE TABLE stored (segment INT, customer_id BIGINT)")
        run("CREATE TABLE moved (segment INT, customer_id BIGINT, entered BOOLEAN)")
        for title in ("first time, everybody enters", "again, nothing moved"):
            began = time.perf_counter()
            total = sum(_renew(session, number, one) for number, one in enumerate(found))
            print(
                f"100 segments, {title}: {time.perf_counter() - began:.1f} s, {total:,} memberships",
                flush=True,
            )


def _renew(session: Session, number: int, found: Definition) -> int:
    query, run = members(found, CATALOGUE, AS_OF), session.connection.execute
    run(f"CREATE OR REPLACE TEMPORARY TABLE now AS {render(query.text)}", query.params)
    before = f"SELECT customer_id FROM stored WHERE segment = {number}"
    run(f"CREATE OR REPLACE TEMPORARY TABLE came AS SELECT customer_id FROM now EXCEPT {before}")
    run(f"CREATE OR REPLACE TEMPORARY TABLE went AS {before} EXCEPT SELECT customer_id FROM now")
    run(f"INSERT INTO moved SELECT {number}, customer_id, TRUE FROM came")
    run(f"INSERT INTO moved SELECT {number}, customer_id, FALSE FROM went")
    run(f"DELETE FROM stored WHERE segment = {number} AND customer_id IN (SELECT customer_id FROM went)")
    run(f"INSERT INTO stored SELECT {number}, customer_id FROM came")
    return int(run("SELECT COUNT(*) FROM now").fetchall()[0][0])


def _dirty(base: Path) -> None:
    """Changed customers alone: their rows are loaded and all hundred segments judged in one statement."""
    found = [one.root for one in (definition(root) for root in hundred())]
    with opened(base, 2) as source:
        chosen = f"customer_id % {SMALL // DIRTY} = 7"
        rows = {
            name: source.connection.execute(f"SELECT * FROM {name} WHERE {chosen}").to_arrow_table()
            for name in ("people", "facts", "members", "buckets")
        }

    def judge() -> int:
        with Session(threads=2) as session:
            for name, table in rows.items():
                session.load(name, table)
            query = truths(found, CATALOGUE, AS_OF)
            return int(session.sql(query.text, **query.params).num_rows)

    judged, wall, cpu = timed(judge, 3)
    print(f"{judged:,} changed customers, 100 segments: {wall / 1000:.2f} s (processor {cpu / 1000:.2f} s)")


if __name__ == "__main__":
    main()
