"""Customer value: purchase models, spend, and what a customer is worth.

    table = RFMTable.from_events(orders, customer="customer_id", when="date", amount="amount")
    value = CustomerValue(horizon="12 months").fit(table).predict(table)

Names load on first use, so that importing the analytics stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
