"""How close the expected dates come, beside naive ones.

Judged are customers with two purchase days or more who came back within the window: lateness of those who did
not is unknown, so errors are understated, for every method alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zhike.analytics.cycles.gaps import Floats, Gaps, Integers
from zhike.analytics.cycles.rhythm import CycleSettings, Rhythms, cycle_table, expected_days
from zhike.analytics.engine.session import Session, identifier


@dataclass(frozen=True)
class CycleReport:
    """``scores[method][group]`` holds mae, median_error (days), within_14 (share) and customers of ``all``
    and of those with ``four_gaps`` or more; ``with_one_time`` also judges who had bought once, by the
    population's rhythm, which the product does not show; ``interval_share`` of the actual days lie in the
    quartiles' interval; ``not_back`` customers with a rhythm did not return within the window."""

    scores: dict[str, dict[str, dict[str, float]]]
    interval_share: float
    not_back: int

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def evaluate_cycles(
    session: Session, facts: str, at: int, until: int, *, settings: CycleSettings | None = None
) -> CycleReport:
    """Forecast the next purchase of everybody as of day ``at`` and compare with the first one up to
    ``until``."""
    chosen = settings or CycleSettings()
    found = session.sql(
        f"SELECT customer_id, day FROM {identifier(facts)} WHERE purchase = 1 AND day <= {int(until)}"
    )
    customer, day = found["customer_id"].to_numpy(), found["day"].to_numpy().astype(np.int64)
    past = day <= at
    customers, owner = np.unique(customer[past], return_inverse=True)
    gaps = Gaps.of(owner, day[past])
    rhythms = Rhythms.learn(gaps, chosen)
    table = cycle_table(customers, gaps, rhythms, int(at), chosen)
    actual = _next_days(customers, customer[~past], day[~past])
    judged = (gaps.counts > 0) & (actual > 0)
    forecasts = {"own rhythm": _middle(rhythms, gaps, int(at), chosen)} | _naive(
        gaps, owner, day[past], int(at)
    )
    groups = {"all": judged, "four_gaps": judged & (gaps.counts >= 4), "with_one_time": actual > 0}
    scores = {
        name: {group: _errors(forecast[mask] - actual[mask]) for group, mask in groups.items()}
        for name, forecast in forecasts.items()
    }
    low, high = _filled(table["next_low"])[judged], _filled(table["next_high"])[judged]
    inside = (actual[judged] >= low) & (actual[judged] <= high)
    return CycleReport(
        scores, float(inside.mean()) if judged.any() else 0.0, int(((gaps.counts > 0) & (actual == 0)).sum())
    )


def _next_days(customers: Integers, later: Integers, day: Integers) -> Integers:
    """The first later day of each customer, 0 for none."""
    place = np.searchsorted(customers, later)
    known = place < len(customers)
    known[known] = customers[place[known]] == later[known]
    first = np.full(len(customers), np.iinfo(np.int64).max)
    np.minimum.at(first, place[known], day[known])
    return np.where(first == np.iinfo(np.int64).max, 0, first)


def _middle(rhythms: Rhythms | None, gaps: Gaps, at: int, settings: CycleSettings) -> Floats:
    if rhythms is None:
        return np.zeros(len(gaps.last))
    cycle = rhythms.cycles(gaps, settings)
    return expected_days(rhythms, gaps.last, cycle, (at - gaps.last) / cycle, at)[1]


def _naive(gaps: Gaps, owner: Integers, day: Integers, at: int) -> dict[str, Floats]:
    """The population's median gap, the customer's last gap and mean gap after the last purchase; not before
    the day after ``at``."""
    median = np.full(len(gaps.last), np.median(gaps.days) if len(gaps.days) else 0.0)
    order = np.lexsort((day, owner))
    gap, same = np.diff(day[order]), np.diff(owner[order]) == 0
    use = same & (gap > 0)
    last_gap = np.zeros(len(gaps.last))
    last_gap[owner[order][1:][use]] = gap[use]
    lengths = {"global median": median, "last gap": last_gap, "own mean": gaps.trimmed_means(0.0)}
    return {name: np.maximum(gaps.last + length, at + 1) for name, length in lengths.items()}


def _filled(column: Any) -> Floats:
    return column.to_numpy(zero_copy_only=False).astype(np.float64)


def _errors(error: Floats) -> dict[str, float]:
    size = np.abs(error)
    if not len(size):
        return {"customers": 0, "mae": 0.0, "median_error": 0.0, "within_14": 0.0}
    return {
        "customers": len(size),
        "mae": float(size.mean()),
        "median_error": float(np.median(size)),
        "within_14": float((size <= 14).mean()),
    }
