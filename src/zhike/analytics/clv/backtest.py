"""A fitted value model tried on the past: learned up to a day, forecasting what came after it.

What a page about the model shows: metrics beside naive forecasts, how the whole base is tracked over time,
forecast and actual purchases by tenth of the forecast, and how often the interval held.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics.clv.choice import holdout_start
from zhike.analytics.clv.groups import Floats
from zhike.analytics.clv.horizons import EPOCH, day_number
from zhike.analytics.clv.report import _naive, _scores
from zhike.analytics.clv.seasonal import _expected_by_day, _repeats_by_day
from zhike.analytics.clv.table import RFMTable, Split
from zhike.analytics.clv.value import CustomerValue

MIN_HOLDOUT_PURCHASES = 30
TRACKED_POINTS = 60
TENTHS = 10
#: Larger bases are judged by this many customers drawn at random.
SAMPLE = 50_000


@dataclass(frozen=True)
class Backtest:
    """``scores`` maps "model" and the naive methods to metrics (see :mod:`.report`); ``coverage`` is the
    share of customers whose hold-out spend lies within the interval; ``tracking`` holds cumulative repeat
    purchases of the calibration's customers on ``day``; ``tenths`` mean purchases by tenth of the forecast,
    lowest first."""

    at: date
    until: date
    customers: int
    purchases: int
    coverage: float
    interval: float
    scores: dict[str, dict[str, float | None]]
    tracking: dict[str, list[Any]]
    tenths: dict[str, list[float]]

    def to_dict(self) -> dict[str, Any]:
        """For JSON: dates as ISO text, figures rounded to six digits."""
        return _plain(asdict(self))


def backtest(value: CustomerValue, table: RFMTable, at: date | None = None) -> Backtest | None:
    """Learn ``value``'s chosen models again up to ``at`` (default: the inner hold-out) and compare.

    None where the hold-out has fewer than 30 purchases: nothing can be said.
    """
    table = table.sample(SAMPLE)
    at = at or holdout_start(table)
    if at >= table.until or day_number(at) < int(table["first_day"].min()):
        return None
    split = table.split(at)
    if split.purchases.sum() < MIN_HOLDOUT_PURCHASES:
        return None
    model = CustomerValue(discount=0.0, horizon=table.until, interval=value.interval)
    model.fit(split.calibration, value.choice_)
    found = model.predict(split.calibration)
    orders, spend, active, low, high = (
        found[name].to_numpy() for name in ("expected_orders", "clv", "p_active", "clv_low", "clv_high")
    )
    # A cent: what is rounded in the data is no miss.
    covered = (split.spend >= low - 0.01) & (split.spend <= high + 0.01)
    scores = {"model": _scores(split, orders, spend, active)} | _naive(split, (table.until - at).days)
    return Backtest(
        at=at,
        until=table.until,
        customers=len(split.purchases),
        purchases=int(split.purchases.sum()),
        coverage=float(covered.mean()),
        interval=value.interval,
        scores=scores,
        tracking=_tracking(model, table, split),
        tenths=_tenths(split, orders),
    )


def _tracking(model: CustomerValue, table: RFMTable, split: Split) -> dict[str, list[Any]]:
    known = split.calibration
    start, until = int(known["first_day"].min()), day_number(table.until)
    size = until - start + 1
    cohorts = np.bincount(known["first_day"] - start, minlength=size).astype(np.float64)
    expected = np.cumsum(_expected_by_day(model.model_, model.clock_, cohorts, start, until))
    old = table.customer_positions(known["customer_id"])
    mine = np.isin(_rows_of(table), old)
    actual = np.cumsum(
        _repeats_by_day(RFMTable(table.days.filter(pa.array(mine)), table.until), start, until)
    )
    points = np.unique(np.linspace(0, size - 1, min(size, TRACKED_POINTS)).astype(int))
    return {
        "day": [EPOCH + timedelta(days=int(start + point)) for point in points],
        "actual": actual[points].tolist(),
        "expected": expected[points].tolist(),
    }


def _rows_of(table: RFMTable) -> Any:
    """The customer's position for every purchase day."""
    return table.customer_positions(table.days["customer_id"])


def _tenths(split: Split, forecast: Floats) -> dict[str, list[float]]:
    parts = [part for part in np.array_split(np.argsort(forecast, kind="stable"), TENTHS) if len(part)]
    return {
        "expected": [float(forecast[part].mean()) for part in parts],
        "actual": [float(split.purchases[part].mean()) for part in parts],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 6) if isinstance(value, float) else value
