"""Importing the analytics is quick, and brings no heavy library along."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "sklearn", "lightgbm", "statsmodels", "pandas", "polars", "scipy.stats", "scipy.optimize", "matplotlib",
    "numba", "django", "duckdb", "pyspark",
}  # fmt: skip
NAMES = (
    "BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD, BetaGeoBetaBinomial, GammaGamma, CustomerValue, RFMTable, "
    "evaluate_clv"
)
FORMS = [
    "import zhike.analytics",
    "import zhike.analytics.clv",
    f"import zhike.analytics; from zhike.analytics.clv import {NAMES}",
]
PROGRAM = """
import json, sys, time
start = time.process_time()
{form}
print(json.dumps([time.process_time() - start, sorted(sys.modules)]))
"""


def _fresh(form: str) -> tuple[float, set[str]]:
    program = PROGRAM.format(form=form)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    seconds, modules = json.loads(done.stdout)
    return seconds, set(modules)


@pytest.mark.parametrize("form", FORMS)
def test_the_import_takes_less_than_a_second_and_no_heavy_library(form):
    runs = [_fresh(form) for _ in range(3)]
    assert not {name for name in runs[0][1] if name in HEAVY or name.split(".")[0] in HEAVY}
    # The models themselves bring scipy.special, whose own time is not ours.
    assert min(seconds for seconds, _ in runs) < (2.0 if "CustomerValue" in form else 1.0)
