"""One case with lifetimes 0.11.3, in its own environment."""

import json
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")


def main() -> None:
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

    case, path = sys.argv[1:]
    data = dict(np.load(path))
    start = time.perf_counter()
    if case == "gamma_gamma":
        fitter = GammaGammaFitter(penalizer_coef=0)
        fitter.fit(data["x"], data["mean_spend"])
    else:
        fitter = (ParetoNBDFitter if case.startswith("pareto") else BetaGeoFitter)(penalizer_coef=0)
        fitter.fit(data["x"], data["t_x"], data["T"])
    print(json.dumps({"seconds": time.perf_counter() - start, "loglik": "rescaled time"}))


main()
