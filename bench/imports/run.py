"""How long the analytics take to import, in fresh interpreters: ``python -m bench imports``.

Goal: `zhike.analytics` in less than a second.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

RUNS = 7
FORMS = (
    "import numpy, pyarrow",
    "import zhike.analytics",
    "import zhike.analytics.clv",
    "import zhike.analytics; from zhike.analytics.clv import CustomerValue, RFMTable, evaluate_clv",
)
PROGRAM = """
import time
clock, work = time.perf_counter(), time.process_time()
{form}
print(time.perf_counter() - clock, time.process_time() - work)
"""


def main() -> None:
    print("| import | seconds, median | processor seconds |\n|---|---|---|")
    for form in FORMS:
        runs = [_run(form) for _ in range(RUNS)]
        clock, work = (statistics.median(run[place] for run in runs) for place in (0, 1))
        print(f"| `{form}` | {clock:.2f} | {work:.2f} |", flush=True)


def _run(form: str) -> list[float]:
    program = PROGRAM.format(form=form)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return [float(part) for part in done.stdout.split()]


if __name__ == "__main__":
    main()
