"""Pairs against mlxtend, and recommendations and rhythm for a million customers.

    ZHIKE_TEST_DATA=… python -m bench recommend      # pairs of Groceries and Online Retail, then 1 M
    customers python -m bench recommend --only scoring         # without the data sets
    python -m bench recommend --quick                # a twentieth, to see that it runs

mlxtend gets an environment of its own below the folder given. Processor seconds are compared; all processes
run one after the other, interleaved.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

from data import DAYS, company, groceries, retail

HERE = Path(__file__).resolve().parent
PEER = ["mlxtend==0.25.0", "pandas<3", "pyarrow"]
GOAL = 5


def main() -> None:
    options = _options()
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    if options.only != "scoring":
        _pairs(folder, options.runs)
    if options.only != "pairs":
        _scoring(folder, 50_000 if options.quick else 1_000_000)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("pairs", "scoring"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "zhike-bench-recommend"))
    return parser.parse_args()


def _pairs(folder: Path, runs: int) -> None:
    source = os.environ.get("ZHIKE_TEST_DATA")
    if not source:
        raise SystemExit("Set ZHIKE_TEST_DATA to the folder of the data sets, or give --only scoring.")
    cases = {
        "Groceries, count 10": (groceries(Path(source), folder / "groceries.parquet"), 10),
        "Online Retail, count 198": (retail(Path(source), folder / "retail.parquet"), 198),
    }
    peer = _peer_python(folder / "mlxtend")
    print(
        "| pairs | found | zhike cpu s | mlxtend, pairs only | ratio | mlxtend, all lengths | ratio | goal |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, (path, least) in cases.items():
        found: dict[str, list[dict[str, Any]]] = {"ours": [], "2": [], "0": []}
        for _round in range(runs):
            found["ours"].append(_timed(sys.executable, "ours.py", "pairs", path, least))
            for length in ("2", "0"):
                found[length].append(_timed(peer, "with_mlxtend.py", path, least, length))
        if len({run["rows"] for group in found.values() for run in group}) > 1:
            raise SystemExit(f"{name}: the numbers of pairs differ: {found}")
        cpu = {key: statistics.median(run["cpu"] for run in group) for key, group in found.items()}
        print(
            f"| {name} | {found['ours'][0]['rows']} | {cpu['ours']:.2f} | {cpu['2']:.2f} "
            f"| {cpu['2'] / cpu['ours']:.1f} | {cpu['0']:.2f} | {cpu['0'] / cpu['ours']:.1f} | {GOAL} |",
            flush=True,
        )


def _scoring(folder: Path, customers: int) -> None:
    path = company(folder / f"company-{customers}.parquet", customers)
    print(
        f"\n| {customers:,} customers | rows | seconds | cpu s | peak MB |\n|---|---|---|---|---|", flush=True
    )
    for case in ("rebuy", "discover", "cycles", "need", "pairs"):
        argument = customers // 1_000 if case == "pairs" else DAYS
        run = _timed(sys.executable, "ours.py", case, path, argument)
        print(
            f"| {case} | {run['rows']:,} | {run['seconds']:.1f} | {run['cpu']:.1f} | {run['peak_mb']:.0f} |",
            flush=True,
        )


def _timed(python: str, script: str, *arguments: Any) -> dict[str, Any]:
    command = [python, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script} {arguments} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _peer_python(folder: Path) -> str:
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEER], check=True)
    return str(python)


if __name__ == "__main__":
    main()
