"""One case with pymc-marketing's posterior mode under its default priors, in its own environment."""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")


def main() -> None:
    from pymc_marketing.clv import BetaGeoModel, GammaGammaModel, ParetoNBDModel

    case, path = sys.argv[1:]
    found = dict(np.load(path))
    rows = pd.DataFrame({"customer_id": np.arange(len(found["x"])), "frequency": found["x"]})
    if case == "gamma_gamma":
        kind, rows["monetary_value"] = GammaGammaModel, found["mean_spend"]
    else:
        kind = ParetoNBDModel if case.startswith("pareto") else BetaGeoModel
        rows["recency"], rows["T"] = found["t_x"], found["T"]
    # Compiled functions are kept on disk: the first fit of all pays for them, here the one of a few rows.
    _fit(kind, rows[:200])
    start = time.perf_counter()
    model = _fit(kind, rows)
    seconds = time.perf_counter() - start
    means = model.fit_result.mean(("chain", "draw"))
    shown = {str(name): round(float(value), 4) for name, value in means.items() if value.ndim == 0}
    print(json.dumps({"seconds": seconds, "params": shown}))


def _fit(kind: type, rows: pd.DataFrame):
    model = kind()
    model.fit(rows, method="map", progressbar=False)
    return model


main()
