"""Customer value: purchase models, spend, and what a customer is worth.

    table = RFMTable.from_events(orders, customer="customer_id", when="date", amount="amount")
    value = CustomerValue(horizon="12 months").fit(table).predict(table)

Names load on first use, so that importing the analytics stays quick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.analytics.first_use import on_first_use

_HOMES = {
    "BetaGeoNBD": "beta_geo",
    "ModifiedBetaGeoNBD": "beta_geo",
    "ParetoNBD": "pareto_nbd",
    "BetaGeoBetaBinomial": "beta_binomial",
    "GammaGamma": "gamma_gamma",
    "CustomerValue": "value",
    "RFMTable": "table",
    "SeasonalClock": "seasonal",
    "DataError": "groups",
    "NotFitted": "base",
    "evaluate_clv": "report",
}

__all__ = [
    "BetaGeoBetaBinomial",
    "BetaGeoNBD",
    "CustomerValue",
    "DataError",
    "GammaGamma",
    "ModifiedBetaGeoNBD",
    "NotFitted",
    "ParetoNBD",
    "RFMTable",
    "SeasonalClock",
    "evaluate_clv",
]

__getattr__: Callable[[str], Any] = on_first_use(__name__, _HOMES)
