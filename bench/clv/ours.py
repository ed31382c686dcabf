"""One case with this product, in a process of its own: seconds, log-likelihood and peak."""

import json
import sys
import time
from pathlib import Path

import numpy as np

from zhike.analytics.clv import BetaGeoNBD, GammaGamma, ParetoNBD


def main() -> None:
    case, path = sys.argv[1:]
    X = dict(np.load(path))
    model = {"gamma_gamma": GammaGamma, "pareto_nbd weekly": ParetoNBD}.get(case, BetaGeoNBD)()
    if case == "score":
        model = BetaGeoNBD.from_params(r=0.5, alpha=60 * X["T"].max() / 730, a=0.8, b=2.5)
    # Modules load once per process, not once per fit.
    GammaGamma.from_params(p=1, q=2, gamma=1)
    start = time.perf_counter()
    if case == "score":
        horizon = 0.5 * float(X["T"].max())
        for first in range(0, len(X["x"]), 1_000_000):
            part = {name: values[first : first + 1_000_000] for name, values in X.items()}
            model.predict_alive(part)
            model.predict(part, horizon)
    else:
        model.fit(X)
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    print(
        json.dumps(
            {"seconds": seconds, "loglik": getattr(model, "loglik_", 0.0), "peak_mb": int(peak) / 1024}
        )
    )


main()
