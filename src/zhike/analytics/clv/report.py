"""How good the forecasts are, in one call and always beside naive ones.

Metrics: total bias; mean absolute and root mean squared error of purchases per customer; mean absolute
difference of forecast and actual means over deciles of the forecast; normalised Gini and the top fifth's
share of hold-out revenue (with the oracle's); AUC and Brier score of "buys in the hold-out".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from zhike.analytics.clv.base import PurchaseModel
from zhike.analytics.clv.beta_geo import BetaGeoNBD, ModifiedBetaGeoNBD
from zhike.analytics.clv.choice import choose
from zhike.analytics.clv.gamma_gamma import GammaGamma
from zhike.analytics.clv.groups import Floats
from zhike.analytics.clv.horizons import day_number
from zhike.analytics.clv.pareto_nbd import ParetoNBD
from zhike.analytics.clv.seasonal import SeasonalClock, learn_clock
from zhike.analytics.clv.table import RFMTable, Split

BINS = 8


@dataclass(frozen=True)
class Evaluation:
    """``scores`` maps a method to its metrics (None where it makes no such forecast); ``by_count`` compares
    mean purchases by x = 0 … 6, 7+; ``tracking`` holds cumulative repeat purchases at ages of the whole
    base."""

    customers: int
    purchases: int
    oracle_top_fifth: float
    scores: dict[str, dict[str, float | None]]
    by_count: dict[str, list[float]]
    warnings: list[str]


def evaluate_clv(table: RFMTable, at: date, until: date | None = None) -> Evaluation:
    """Fit on purchases up to ``at``, forecast those up to ``until``, and compare with what happened."""
    split = table.split(at, until or table.until)
    end = until or table.until
    fitted: dict[str, tuple[PurchaseModel, SeasonalClock]] = {}
    for name, kind in (("bg_nbd", BetaGeoNBD), ("mbg_nbd", ModifiedBetaGeoNBD), ("pareto_nbd", ParetoNBD)):
        fitted[name] = (kind().fit(split.calibration), SeasonalClock.flat())
    clock = learn_clock(split.calibration, BetaGeoNBD())
    if not clock.is_flat:
        fitted["bg_nbd seasonal"] = (BetaGeoNBD().fit(clock.columns(split.calibration)), clock)
    choice = choose(split.calibration, "auto", "auto")
    spend = _spend(split, choice.include_first)
    scores, by_count = {}, {"actual": _by_count(split, split.purchases.astype(np.float64))}
    warnings: list[str] = []
    for name, (model, own_clock) in fitted.items():
        columns = own_clock.columns(split.calibration)
        ahead = _ahead(own_clock, at, end)
        forecast = model.predict(columns, ahead)
        scores[name] = _scores(split, forecast, forecast * spend, model.predict_proba_active(columns, ahead))
        by_count[name] = _by_count(split, forecast)
        warnings += [f"{name}: {warning}" for warning in model.warnings_]
    scores |= _naive(split, (end - at).days)
    return Evaluation(
        len(split.purchases), int(split.purchases.sum()), top_share(split.spend, split.spend),
        scores, by_count, warnings,
    )  # fmt: skip


def _spend(split: Split, include_first: bool) -> Floats:
    columns = split.calibration.spend_columns(include_first=include_first)
    return GammaGamma().fit(columns).predict(columns)


def _ahead(clock: SeasonalClock, at: date, end: date) -> float:
    return float(clock.elapsed(np.array([day_number(at)]), np.array([day_number(end)]))[0])


def _naive(split: Split, days: int) -> dict[str, dict[str, float | None]]:
    table = split.calibration
    rate = np.where(table["T"] > 0, table["x"] / np.maximum(table["T"], 1), 0.0) * days
    rows: dict[str, tuple[Floats | None, Floats]] = {
        "past rate": (rate, rate * table["mean_spend"]),
        "past spend": (None, table["spend"]),
        "recency": (None, -(table["T"] - table["t_x"]).astype(np.float64)),
    }
    return {
        name: _scores(split, forecast, value, None, ranking=value if forecast is None else forecast)
        for name, (forecast, value) in rows.items()
    }


def _scores(
    split: Split, forecast: Floats | None, value: Floats, active: Floats | None, ranking: Floats | None = None
) -> dict[str, float | None]:
    actual = split.purchases
    bought = actual > 0
    # By expected purchases, as the literature does: they rank the frequent above the merely likely.
    order = forecast if forecast is not None else ranking
    found: dict[str, float | None] = {
        "gini": normalized_gini(split.spend, value),
        "top_fifth": top_share(split.spend, value),
        "auc": auc(bought, order if order is not None else value),
        "brier": None if active is None else float(np.mean((active - bought) ** 2)),
    }
    if forecast is None:
        return found | dict.fromkeys(("bias", "mae", "rmse", "decile_mae"))
    error = forecast - actual
    return found | {
        "bias": float(forecast.sum() / max(actual.sum(), 1) - 1),
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "decile_mae": _decile_error(actual, forecast),
    }


def _decile_error(actual: Any, forecast: Floats) -> float:
    parts = np.array_split(np.argsort(forecast, kind="stable"), 10)
    return float(np.mean([abs(forecast[part].mean() - actual[part].mean()) for part in parts if len(part)]))


def _by_count(split: Split, values: Floats) -> list[float]:
    count = np.minimum(split.calibration["x"], BINS - 1)
    sizes = np.bincount(count, minlength=BINS)
    return (np.bincount(count, values, BINS) / np.maximum(sizes, 1)).tolist()


def gini(actual: Floats, order: Floats) -> float:
    """Twice the area between the diagonal and the Lorenz curve of ``actual`` in falling ``order``."""
    cumulative = np.cumsum(actual[np.argsort(-order, kind="stable")])
    if not len(actual) or cumulative[-1] <= 0:
        return 0.0
    return float(2 * (cumulative / cumulative[-1]).mean() - 1 - 1 / len(actual))


def normalized_gini(actual: Floats, order: Floats) -> float:
    """Gini of the forecast's order over that of the true order: 1 is perfect, 0 is chance."""
    best = gini(actual, actual)
    return gini(actual, order) / best if best else 0.0


def top_share(actual: Floats, order: Floats, share: float = 0.2) -> float:
    """Share of ``actual`` held by the first fifth in falling order of ``order``."""
    count = int(np.ceil(share * len(actual)))
    total = actual.sum()
    return float(actual[np.argsort(-order, kind="stable")[:count]].sum() / total) if total else 0.0


def auc(positive: Any, score: Floats) -> float:
    """Area under the ROC curve by the Mann-Whitney statistic; .5 when one class is empty."""
    ones = int(positive.sum())
    zeros = len(positive) - ones
    if not ones or not zeros:
        return 0.5
    return float((_ranks(score)[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, equal values sharing their mean (scipy.stats would load for a second)."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Floats = (ends - (counts - 1) / 2)[place]
    return ranks
