"""Which model to use: tried on an inner hold-out, by the deviance of its forecasts, never by taste.

The last quarter of the observed time (at most a year) is held out, every candidate is fitted on the rest
and forecasts it. The Poisson deviance of a mean forecast rewards calibration and ranking at once; models
that it cannot tell apart are told apart by AIC. Without enough purchases in the hold-out the defaults stay:
MBG/NBD, all purchases in the spend, a flat clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from zhike.analytics.clv.base import PurchaseModel
from zhike.analytics.clv.beta_geo import BetaGeoNBD, ModifiedBetaGeoNBD
from zhike.analytics.clv.gamma_gamma import GammaGamma
from zhike.analytics.clv.groups import DataError, Floats
from zhike.analytics.clv.horizons import EPOCH, day_number
from zhike.analytics.clv.pareto_nbd import ParetoNBD
from zhike.analytics.clv.seasonal import SeasonalClock, learn_clock
from zhike.analytics.clv.table import RFMTable, Split

CANDIDATES: dict[str, type[PurchaseModel]] = {
    "mbg_nbd": ModifiedBetaGeoNBD,
    "bg_nbd": BetaGeoNBD,
    "pareto_nbd": ParetoNBD,
}
DEFAULT = "mbg_nbd"
MIN_CUSTOMERS = 200
MIN_HOLDOUT_PURCHASES = 100
# Larger bases are judged by this many customers drawn at random.
SAMPLE = 50_000
# The seasonal clock must be better by this share.
MARGIN = 0.002
# Deviances closer than this share are a tie.
TIE = 0.01


@dataclass(frozen=True)
class Choice:
    """What was chosen, the deviance of every candidate, and why in sentences."""

    name: str
    model: PurchaseModel
    include_first: bool
    seasonal: bool
    deviances: dict[str, float] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    def new_model(self) -> PurchaseModel:
        return type(self.model)()

    def clock(self, table: RFMTable) -> SeasonalClock:
        return learn_clock(table, self.new_model()) if self.seasonal else SeasonalClock.flat()


def choose(table: RFMTable, transactions: PurchaseModel | str, include_first: bool | str) -> Choice:
    """Settle the purchase model, the clock and the spend's base for ``table``."""
    candidates = _candidates(transactions)
    table = table.sample(SAMPLE)
    split = table.split(holdout_start(table))
    enough = len(split.calibration["x"]) >= MIN_CUSTOMERS and split.purchases.sum() >= MIN_HOLDOUT_PURCHASES
    first = include_first if isinstance(include_first, bool) else True
    if not enough:
        name = DEFAULT if DEFAULT in candidates else next(iter(candidates))
        reasons = ["too few purchases to compare models: the default is used"] if len(candidates) > 1 else []
        return Choice(name, candidates[name](), first, False, reasons=reasons)
    trials = [
        trial
        for name, kind in candidates.items()
        for seasonal in (False, True)
        if (trial := _try(name, kind(), split, table.until, seasonal=seasonal))
    ]
    best = _best(trials)
    if not isinstance(include_first, bool):
        first = _first_helps(split)
    deviances = {
        f"{trial.name} seasonal" if trial.seasonal else trial.name: trial.deviance for trial in trials
    }
    return Choice(best.name, candidates[best.name](), first, best.seasonal, deviances)


@dataclass(frozen=True)
class _Trial:
    name: str
    seasonal: bool
    deviance: float
    aic: float


def _try(name: str, model: PurchaseModel, split: Split, until: date, *, seasonal: bool) -> _Trial | None:
    """The candidate's forecast of the hold-out; None for a season that the data do not show."""
    table = split.calibration
    clock = learn_clock(table, model) if seasonal else SeasonalClock.flat()
    if seasonal and clock.is_flat:
        return None
    columns = clock.columns(table)
    ahead = float(clock.elapsed(np.array([day_number(table.until)]), np.array([day_number(until)]))[0])
    forecast = model.fit(columns).predict(columns, ahead)
    return _Trial(name, seasonal, poisson_deviance(split.purchases, forecast), model.aic_)


def _candidates(transactions: PurchaseModel | str) -> dict[str, type[PurchaseModel]]:
    if isinstance(transactions, PurchaseModel):
        return {type(transactions).__name__: type(transactions)}
    if transactions == "auto":
        return CANDIDATES
    if transactions in CANDIDATES:
        return {transactions: CANDIDATES[transactions]}
    raise DataError(f"{transactions!r} is no purchase model; choose auto, {', '.join(CANDIDATES)}")


def holdout_start(table: RFMTable) -> date:
    """The last day before the inner hold-out: three quarters of the time, or a year before the end."""
    first, until = int(table["first_day"].min()), day_number(table.until)
    return EPOCH + timedelta(days=int(until - min((until - first) // 4, 365)))


def poisson_deviance(actual: Any, forecast: Floats) -> float:
    """Mean Poisson deviance of forecasts of a count; 0 is perfect."""
    forecast = np.maximum(forecast, 1e-6)
    ratio = np.where(actual > 0, actual * np.log(np.maximum(actual, 1) / forecast), 0.0)
    return float(2 * np.mean(ratio - (actual - forecast)))


def _best(trials: list[_Trial]) -> _Trial:
    """First the clock, then the model: likelihoods compare only within one clock."""
    flat = [trial for trial in trials if not trial.seasonal]
    seasonal = [trial for trial in trials if trial.seasonal]
    least = min(trial.deviance for trial in flat)
    if seasonal and min(trial.deviance for trial in seasonal) < least * (1 - MARGIN):
        flat, least = seasonal, min(trial.deviance for trial in seasonal)
    return min((trial for trial in flat if trial.deviance <= least * (1 + TIE)), key=lambda trial: trial.aic)


def _first_helps(split: Split) -> bool:
    """Whether spend learned with the first purchase forecasts the hold-out's mean spend better."""
    bought = split.purchases > 0
    actual = split.spend[bought] / split.purchases[bought]
    errors = {}
    for first in (True, False):
        columns = split.calibration.spend_columns(include_first=first)
        if (columns["x"] > 0).sum() < 30:
            continue
        forecast = GammaGamma().fit(columns).predict(columns)[bought]
        errors[first] = float(np.mean(np.abs(actual - forecast)))
    return min(errors, key=lambda first: errors[first]) if errors else True
