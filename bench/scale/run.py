"""The cost curve of the analysis: the embedded engine against a Spark cluster on this machine, compared.

One job per size: facts (Parquet) → features → calibration → scores, tiers and reasons of every customer →
customer values with intervals. Every run is a process of its own; the cluster is up before. Processor seconds
are those of all processes together (driver, daemons, executors, Python workers): steadier on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "features"))
ENGINES = ("embedded", "spark")
STEPS = ("start", "features", "calibrate", "evaluate", "values")
ORDERS_PER_CUSTOMER = 10


def main() -> int:
    options = _options()
    folder = Path(options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if options.engine:
        print(json.dumps(_measure(options, folder)))
        return 0
    from data import make_lake

    wrong = 0
    print(f"{os.cpu_count()} cores; {ORDERS_PER_CUSTOMER} orders per customer", flush=True)
    with _cluster(options, folder) as master:
        for customers in (int(size) for size in options.customers.split(",")):
            make_lake(folder, customers, customers * ORDERS_PER_CUSTOMER)
            found = _interleaved(customers, master, options)
            _report(customers, found)
            wrong += _compare(folder, list(found))
    return wrong


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", default="10000,100000,1000000", help="sizes, separated by commas")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--memory", default="4GB", help="memory limit of the embedded engine")
    parser.add_argument("--executor-memory", default="2g", help="of each of the two Spark workers")
    parser.add_argument("--master", help="a cluster that is up already, instead of one on this machine")
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "zhike-bench"))
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    return parser.parse_args()


def _cluster(options: argparse.Namespace, folder: Path) -> AbstractContextManager[Any]:
    if "spark" not in options.engines or options.master:
        return nullcontext(options.master)
    from zhike.analytics.engine.loopback import LoopbackCluster

    began = time.perf_counter()
    cluster = LoopbackCluster(folder / "cluster", workers=2, memory=options.executor_memory)
    cluster.start()
    print(f"the cluster is up after {time.perf_counter() - began:.1f} s", flush=True)
    return cluster


def _interleaved(customers: int, master: Any, options: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {engine: [] for engine in options.engines.split(",")}
    extra = ["--customers", str(customers), "--folder", options.folder, "--memory", options.memory]
    if master is not None:
        extra += ["--master", getattr(master, "url", master)]
        extra += ["--executor-memory", options.executor_memory]
    for _round in range(options.runs):
        for engine, runs in found.items():
            command = [sys.executable, __file__, *extra, "--engine", engine]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{engine} failed:\n{done.stderr[-3000:]}")
            runs.append(json.loads(done.stdout.splitlines()[-1]))
            print(f"  {engine}: {runs[-1]['total']:.1f} s", flush=True)
    return found


def _measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """One engine in this process: seconds of each step."""
    from data import AS_OF, make_lake
    from zhike.analytics import build, calibrate, evaluate
    from zhike.analytics.clv import CustomerValue
    from zhike.analytics.clv.scoring import sample_table, score_value

    customers = int(options.customers)
    lake = make_lake(folder, customers, customers * ORDERS_PER_CUSTOMER)
    clock = _Clock()
    with _session(options, folder) as session:
        lake.attach(session)
        session.rows("SELECT COUNT(*) AS n FROM facts")
        clock.lap("start")
        build(session, facts="facts", as_of=AS_OF)
        clock.lap("features")
        version = calibrate(session, "features")
        clock.lap("calibrate")
        evaluate(session, "features", version, AS_OF, into="scores")
        clock.lap("evaluate")
        value = CustomerValue("mbg_nbd").fit(sample_table(session, "facts", AS_OF, 50_000))
        score_value(session, "facts", value, AS_OF, into="values_of_customers")
        clock.lap("values")
        _keep(session, folder, options.engine)
    steps = {**clock.seconds, "total": sum(clock.seconds.values())}
    steps |= {f"busy_{name}": busy for name, busy in clock.busy.items()}
    steps["busy_total"] = sum(clock.busy.values())
    return {**steps, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _session(options: argparse.Namespace, folder: Path) -> Any:
    from zhike.analytics import Session
    from zhike.analytics.engine.distributed import DistributedSession

    if options.engine == "embedded":
        return Session(memory_limit=options.memory, temp_dir=folder / "spill", directories=[folder])
    settings = {
        "spark.executor.memory": options.executor_memory,
        "spark.driver.memory": "2g",
        "spark.driver.maxResultSize": "2g",
        "spark.sql.shuffle.partitions": "8",
    }
    return DistributedSession(options.master, directory=folder / "shared", options=settings)


class _Clock:
    """Seconds and processor seconds of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.busy: dict[str, float] = {}
        self._last, self._last_busy = time.perf_counter(), _processor_seconds()

    def lap(self, name: str) -> None:
        now, busy = time.perf_counter(), _processor_seconds()
        self.seconds[name], self._last = now - self._last, now
        self.busy[name], self._last_busy = busy - self._last_busy, busy


def _processor_seconds() -> float:
    """Of everything that the benchmark has started: its own processes and the cluster's."""
    parents, ticks = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(path.parent.name)
        parents[number], ticks[number] = int(fields[1]), sum(int(one) for one in fields[11:15])
    ours = {os.getppid()}
    while more := {number for number, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(ticks[number] for number in ours - {os.getppid()}) / os.sysconf("SC_CLK_TCK")


def _keep(session: Any, folder: Path, engine: str) -> None:
    """Results as files, outside the clock: the cluster's are files already, the embedded ones are tables."""
    import shutil

    for name in ("scores", "values_of_customers"):
        target = folder / f"out-{engine}-{name}"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        if engine == "spark":
            for path in session.files(name):
                shutil.copy(path, target)
        else:
            session.connection.execute(f"COPY {name} TO '{target}/part.parquet' (FORMAT parquet)")


def _report(customers: int, found: dict[str, list[dict[str, Any]]]) -> None:
    print(f"\n{customers:,} customers (median of {len(next(iter(found.values())))})\n")
    print(f"| engine | | {' | '.join(STEPS)} | total | peak MB of this process |")
    print("|---" * (len(STEPS) + 4) + "|")
    for engine, runs in found.items():
        middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        for kind, prefix in (("seconds", ""), ("processor seconds", "busy_")):
            cells = " | ".join(f"{middle[prefix + name]:.1f}" for name in (*STEPS, "total"))
            print(f"| {engine} | {kind} | {cells} | {middle['peak_mb']:.0f} |", flush=True)


def _compare(folder: Path, engines: list[str]) -> int:
    """Every column of both results; returns the number of columns that differ."""
    if set(engines) != set(ENGINES):
        return 0
    import duckdb

    store, wrong = duckdb.connect(), []
    for name in ("scores", "values_of_customers"):
        for view, engine in (("a", "embedded"), ("b", "spark")):
            files = folder / f"out-{engine}-{name}" / "*.parquet"
            store.execute(f"CREATE OR REPLACE VIEW {view} AS SELECT * FROM '{files}'")
        kinds = store.execute("DESCRIBE a").fetchall()
        checks = ", ".join(f"COUNT(*) FILTER ({_differs(c, kind)})" for c, kind, *_rest in kinds)
        row = store.execute(f"SELECT {checks} FROM a FULL OUTER JOIN b USING (customer_id)").fetchall()[0]
        wrong += [column for (column, *_rest), count in zip(kinds, row, strict=True) if count]
    print("results are equal" if not wrong else f"results DIFFER in {', '.join(wrong)}", flush=True)
    return len(wrong)


def _differs(name: str, kind: str) -> str:
    a, b = f"a.{name}", f"b.{name}"
    if kind != "DOUBLE":
        return f"{a} IS DISTINCT FROM {b}"
    return f"(({a} IS NULL) <> ({b} IS NULL)) OR abs({a} - {b}) > 1e-9 * greatest(abs({a}), abs({b}))"


if __name__ == "__main__":
    sys.exit(main())
