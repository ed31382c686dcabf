"""Features + RFM + Pareto: this product against Polars, pandas, SQLite and PostgreSQL, results compared."""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
ENGINES = ("zhike", "polars", "pandas", "sqlite", "postgres")
FIGURES = ("customers", "top_1_share", "top_10_share", "top_20_share", "customers_for_80_percent")


def main() -> int:
    options = _options()
    folder = Path(options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if options.engine:
        print(json.dumps(_measure(options, folder)))
        return 0
    from data import make_lake

    print(f"{make_lake(folder, options.customers, options.orders).rows:,} orders", flush=True)
    engines = options.engines.split(",")
    results = _interleaved(options, engines)
    _report(results)
    return _compare(folder, engines, results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", default="4GB", help="memory limit of the product's engine")
    parser.add_argument("--engines", default="zhike,polars,pandas", help=f"of {', '.join(ENGINES)}")
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "zhike-bench"))
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """One engine in this process: seconds of the work, and the peak of the process."""
    from data import AS_OF, make_lake

    lake = make_lake(folder, options.customers, options.orders)
    engine = importlib.import_module(f"with_{options.engine}")
    if hasattr(engine, "prepare"):
        engine.prepare(lake, folder)
    start, busy = time.perf_counter(), time.process_time()
    found = engine.run(lake, AS_OF, folder / f"out-{options.engine}.parquet", options.memory)
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    if hasattr(engine, "finish"):
        engine.finish(folder / f"out-{options.engine}.parquet")
    peak = _peak_mb()
    return {
        "seconds": seconds,
        "cpu": cpu,
        "peak_mb": peak,
        "figures": {name: found[name] for name in FIGURES},
    }


def _peak_mb() -> float:
    """Of this program alone: what ``getrusage`` counts includes the process that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _interleaved(options: argparse.Namespace, engines: list[str]) -> dict[str, list[dict[str, Any]]]:
    results: dict[str, list[dict[str, Any]]] = {engine: [] for engine in engines}
    for _round in range(options.runs):
        for engine in engines:
            command = [sys.executable, __file__, *sys.argv[1:], "--engine", engine]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{engine} failed:\n{done.stderr[-2000:]}")
            results[engine].append(json.loads(done.stdout.splitlines()[-1]))
            print(f"  {engine}: {results[engine][-1]['seconds']:.2f} s", flush=True)
    return results


def _report(results: dict[str, list[dict[str, Any]]]) -> None:
    middle = {name: statistics.median(r["seconds"] for r in runs) for name, runs in results.items()}
    busy = {name: statistics.median(r["cpu"] for r in runs) for name, runs in results.items()}
    base = "polars" if "polars" in results else next(iter(results))
    print("\n| engine | seconds (range) | ratio | processor seconds | ratio | peak MB |")
    print("|---|---|---|---|---|---|")
    for name, runs in results.items():
        times = [r["seconds"] for r in runs]
        print(
            f"| {name} | {middle[name]:.2f} ({min(times):.2f}–{max(times):.2f}) "
            f"| {middle[name] / middle[base]:.2f} | {busy[name]:.2f} | {busy[name] / busy[base]:.2f} "
            f"| {max(r['peak_mb'] for r in runs):.0f} |"
        )


def _compare(folder: Path, engines: list[str], results: dict[str, list[dict[str, Any]]]) -> int:
    """Every column of every result against ours; returns the number of engines that differ."""
    wrong = 0
    for engine in engines:
        if engine == "zhike" or "zhike" not in engines:
            continue
        columns = _differing_columns(folder / "out-zhike.parquet", folder / f"out-{engine}.parquet")
        ours, theirs = results["zhike"][0]["figures"], results[engine][0]["figures"]
        columns += [name for name in FIGURES if abs(ours[name] - theirs[name]) > 1e-9 * abs(ours[name])]
        print(f"{engine}: " + (f"DIFFERS in {', '.join(columns)}" if columns else "results are equal"))
        wrong += bool(columns)
    return wrong


def _differing_columns(ours: Path, theirs: Path) -> list[str]:
    import duckdb

    store = duckdb.connect()
    store.execute(f"CREATE VIEW a AS SELECT * FROM '{ours}'")
    store.execute(f"CREATE VIEW b AS SELECT * FROM '{theirs}'")
    kinds = dict(
        store.execute("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'a'").fetchall()
    )
    names = [name for name in kinds if name not in {"customer_id", "profiled", "as_of"}]
    checks = ", ".join(f"SUM(CASE WHEN {_differs(name, kinds[name])} THEN 1 ELSE 0 END)" for name in names)
    row = store.execute(f"SELECT {checks}, COUNT(*) FROM a FULL OUTER JOIN b USING (customer_id)").fetchall()[
        0
    ]
    size = store.execute("SELECT COUNT(*) FROM a").fetchall()[0][0]
    return [name for name, count in zip([*names, "rows"], [*row[:-1], row[-1] - size], strict=True) if count]


def _differs(name: str, kind: str) -> str:
    a, b = f"a.{name}", f"b.{name}"
    if kind != "DOUBLE":
        return f"{a} IS DISTINCT FROM {b}"
    return f"(({a} IS NULL) <> ({b} IS NULL)) OR abs({a} - {b}) > 1e-9 * greatest(abs({a}), abs({b}))"


if __name__ == "__main__":
    sys.exit(main())
