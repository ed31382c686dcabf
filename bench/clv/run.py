"""Fitting and scoring of the value models against lifetimes and pymc-marketing on the same arrays, interleaved.

    python -m bench clv                     # 1 M customers weekly and daily, Gamma-Gamma, Pareto/NBD at 10 k
    python -m bench clv --quick             # a twentieth, to see that it runs
    python -m bench clv --ten-million       # our own fits and scoring at 10 M customers, with the peak

Each peer gets an environment of its own below the folder given: lifetimes 0.11.3 needs old numbers libraries,
pymc-marketing a newer Python (``--newer-python``; where there is none it is left out, and said so). The latter
knows no maximum likelihood: its posterior mode under its default priors is the nearest that it offers.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
LIFETIMES = ["lifetimes==0.11.3", "numpy==1.24.4", "pandas==2.0.3", "scipy==1.11.4", "autograd==1.6.2"]
PYMC = ["pymc-marketing==1.3.0"]
GOALS = {"bg_nbd weekly": 40, "bg_nbd daily": 30, "gamma_gamma": 8, "pareto_nbd weekly": 20}


def main() -> None:
    options = _options()
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    if options.ten_million:
        _ten_million(folder)
        return
    size = 50_000 if options.quick else 1_000_000
    small = 1_000 if options.quick else 10_000
    cases = {
        "bg_nbd weekly": _purchases(folder / "weekly.npz", size, days=7),
        "bg_nbd daily": _purchases(folder / "daily.npz", size, days=1),
        "gamma_gamma": _spends(folder / "spend.npz", size),
        "pareto_nbd weekly": _purchases(folder / "small.npz", small, days=7),
    }
    contestants = _contestants(folder, options.newer_python)
    print("| case | " + " | ".join(f"{name} s" for name in contestants) + " | ratios | goal |")
    print("|---" * (len(contestants) + 3) + "|")
    for case, path in cases.items():
        runs: dict[str, list[float]] = {name: [] for name in contestants}
        for _round in range(options.runs):
            for name, (python, script) in contestants.items():
                runs[name].append(_timed(python, script, case, path)["seconds"])
        mine, *others = (statistics.median(seconds) for seconds in runs.values())
        seconds = " | ".join(f"{one:.3f}" for one in (mine, *others))
        ratios = " / ".join(f"{one / mine:.0f}" for one in others)
        print(f"| {case} | {seconds} | {ratios} | {GOALS[case]} |", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--ten-million", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--newer-python", default="python3.12", help="for pymc-marketing")
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "zhike-bench-clv"))
    return parser.parse_args()


def _timed(python: Path, script: str, case: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [str(python), str(HERE / script), case, str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{script} {case} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _ten_million(folder: Path) -> None:
    for days in (7, 1):
        path = _purchases(folder / f"ten-{days}.npz", 10_000_000, days=days)
        for case in ("bg_nbd", "score"):
            found = _timed(Path(sys.executable), "ours.py", case, path)
            print(
                f"{case}, {'weekly' if days == 7 else 'daily'}: {found['seconds']:.2f} s, peak {found['peak_mb']:.0f} MB",
                flush=True,
            )


def _purchases(path: Path, size: int, *, days: int) -> Path:
    """Customers of a BG/NBD with r .5, alpha 60 days, a .8, b 2.5, born over two years."""
    if path.exists():
        return path
    from zhike.analytics.clv import BetaGeoNBD

    random = np.random.default_rng(days)
    born = random.integers(1, 731, size)
    truth = BetaGeoNBD.from_params(r=0.5, alpha=60, a=0.8, b=2.5)
    x, t_x = truth.sample(730.0, size, random)
    # Seen at the age "born": purchases fall evenly within the time that they took.
    share = np.minimum(born / np.maximum(t_x, 1), 1)
    x = np.minimum(np.floor(x * share), born // days)
    t_x = np.where(x > 0, np.maximum(np.minimum(t_x, born) // days, x), 0)
    np.savez(path, x=x.astype(np.int32), t_x=t_x.astype(np.int32), T=(born // days).astype(np.int32))
    return path


def _spends(path: Path, size: int) -> Path:
    if not path.exists():
        random = np.random.default_rng(3)
        x = random.geometric(0.3, int(size * 0.57))
        mean = random.gamma(6.25 * x, 1) / x / random.gamma(3.74, 1 / 15.44, len(x))
        np.savez(path, x=x.astype(np.int32), mean_spend=mean)
    return path


def _contestants(folder: Path, newer_python: str) -> dict[str, tuple[Path, str]]:
    """Python and script of ourselves and of every peer that installs here."""
    found = {
        "zhike": (Path(sys.executable), "ours.py"),
        "lifetimes": (_environment(folder / "lifetimes", sys.executable, LIFETIMES), "with_lifetimes.py"),
    }
    if _runs(newer_python):
        found["pymc-marketing"] = (_environment(folder / "pymc", newer_python, PYMC), "with_pymc.py")
    else:
        print(f"pymc-marketing is left out: {newer_python} does not run here")
    return found


def _runs(interpreter: str) -> bool:
    found = shutil.which(interpreter)
    done = subprocess.run([found, "-V"], capture_output=True, check=False) if found else None
    return done is not None and done.returncode == 0


def _environment(folder: Path, interpreter: str, packages: list[str]) -> Path:
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([interpreter, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
    return python


if __name__ == "__main__":
    main()
