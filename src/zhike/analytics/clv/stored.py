"""A fitted customer value as plain JSON, and back: parameters only, never code."""

from __future__ import annotations

import math
from datetime import date
from typing import Any, TypeVar

import numpy as np

from zhike.analytics.clv.base import MaximumLikelihood, NotFitted
from zhike.analytics.clv.choice import CANDIDATES, Choice, holdout_start, poisson_deviance
from zhike.analytics.clv.gamma_gamma import GammaGamma
from zhike.analytics.clv.groups import DataError
from zhike.analytics.clv.horizons import day_number
from zhike.analytics.clv.seasonal import SeasonalClock
from zhike.analytics.clv.table import RFMTable
from zhike.analytics.clv.value import CustomerValue

_Model = TypeVar("_Model", bound=MaximumLikelihood)


def to_json(value: CustomerValue) -> dict[str, Any]:
    """What :func:`from_json` needs, with standard errors, likelihood and boundaries beside each parameter.

    Times are in days, money in the unit of the fit. Raises :class:`NotFitted` before ``fit`` and
    :class:`DataError` for a purchase model or horizon that cannot be named.
    """
    if not hasattr(value, "model_"):
        raise NotFitted("CustomerValue is not fitted; call fit first")
    if not isinstance(value.horizon, str):
        raise DataError("only a horizon in words, such as '12 months', can be stored")
    return {
        "transactions": {"name": _name(value.model_), **_fitted(value.model_)},
        "spend": {**_fitted(value.spend_), "mean": value.spend_.mean_},
        "include_first": value.choice_.include_first,
        "clock": [float(rate) for rate in value.clock_.factors],
        "deviances": value.choice_.deviances,
        "discount": value.discount,
        "horizon": value.horizon,
        "interval": value.interval,
    }


def from_json(data: dict[str, Any], *, margin: Any = 1.0) -> CustomerValue:
    """The fitted value with its parameters frozen; ``margin`` as in :class:`CustomerValue`."""
    kind = CANDIDATES[data["transactions"]["name"]]
    value = CustomerValue(
        data["transactions"]["name"],
        margin=margin,
        discount=data["discount"],
        horizon=data["horizon"],
        interval=data["interval"],
    )
    value.model_ = _restored(kind, data["transactions"])
    value.spend_ = _restored(GammaGamma, data["spend"])
    value.spend_.mean_ = data["spend"]["mean"]
    value.clock_ = SeasonalClock(np.asarray(data["clock"], dtype=np.float64))
    seasonal = not value.clock_.is_flat
    value.choice_ = Choice(
        data["transactions"]["name"], kind(), data["include_first"], seasonal, data.get("deviances", {})
    )
    value.warnings_ = []
    return value


def frozen_deviance(value: CustomerValue, table: RFMTable, at: date | None = None) -> float:
    """Poisson deviance of the forecast of what came after ``at`` (default: the last part of ``table``, see
    :mod:`.choice`), the parameters as they are: two fitted values compare on the same customers and days.
    Lower is better."""
    split = table.split(at or holdout_start(table))
    known = split.calibration
    start, end = np.array([day_number(known.until)]), np.array([day_number(table.until)])
    ahead = float(value.clock_.elapsed(start, end)[0])
    return poisson_deviance(split.purchases, value.model_.predict(value.clock_.columns(known), ahead))


def _name(model: MaximumLikelihood) -> str:
    for name, kind in CANDIDATES.items():
        if type(model) is kind:
            return name
    raise DataError(f"{type(model).__name__} has no name to be stored under")


def _fitted(model: MaximumLikelihood) -> dict[str, Any]:
    return {
        "params": dict(model.params_),
        "se": {name: error if math.isfinite(error) else None for name, error in model.se_.items()},
        "boundary": dict(model.boundary_),
        "loglik": model.loglik_,
        "aic": model.aic_,
        "customers": model.n_customers_,
    }


def _restored(kind: type[_Model], data: dict[str, Any]) -> _Model:
    model = kind.from_params(**data["params"])
    model.boundary_ = dict(data["boundary"])
    return model
