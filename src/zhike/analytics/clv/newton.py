"""Maximum likelihood by damped Newton steps on the logarithms of positive parameters.

Every step uses the analytic gradient and Hessian; a direction of wrong curvature is turned around, a step
is at most 1.5 in log space and halves until the likelihood rises. A parameter that runs to zero or infinity
is held at the bound: the maximum lies on the boundary, which is an answer and not an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from zhike.analytics.clv.groups import Floats

Derivatives = tuple[float, Floats, Floats]
Objective = Callable[[Floats], Derivatives]
LIMIT = 17.0
MAX_STEP = 1.5
MAX_EVALUATIONS = 200
# Newton decrement per customer below which no step can matter.
ENOUGH = 1e-15


@dataclass(frozen=True)
class Maximum:
    """``log_parameters`` with the value, gradient and Hessian there; ``held`` marks parameters at a bound."""

    log_parameters: Floats
    value: float
    gradient: Floats
    hessian: Floats
    held: np.ndarray
    evaluations: int
    converged: bool


def maximize(objective: Objective, starts: list[Floats], *, size: float) -> Maximum:
    """The maximum reached from the best of ``starts`` (log parameters); ``size`` counts customers."""
    # On groups the products are short: threads that wait for each other would take longer than the sums.
    with threadpool_limits(1):
        return _maximize(objective, starts, size)


def _maximize(objective: Objective, starts: list[Floats], size: float) -> Maximum:
    tried = [(objective(start), start) for start in starts]
    (value, gradient, hessian), point = max(tried, key=lambda item: item[0][0])
    evaluations, converged = len(tried), False
    while evaluations < MAX_EVALUATIONS:
        free = _free(point, gradient)
        step = _direction(gradient, hessian, free)
        if float(gradient @ step) <= ENOUGH * max(1.0, size):
            converged = True
            break
        better, used = _climb(objective, point, value, step)
        evaluations += used
        if better is None:
            # Rounding hides every further gain.
            converged = float(gradient @ step) <= 1e-6
            break
        point, (value, gradient, hessian) = better
    return Maximum(point, value, gradient, hessian, ~_free(point, gradient), evaluations, converged)


def _free(point: Floats, gradient: Floats) -> np.ndarray:
    low = (point <= -LIMIT) & (gradient <= 0)
    high = (point >= LIMIT) & (gradient >= 0)
    return ~(low | high)


def _direction(gradient: Floats, hessian: Floats, free: np.ndarray) -> Floats:
    step = np.zeros_like(gradient)
    if not free.any():
        return step
    values, vectors = np.linalg.eigh(-hessian[np.ix_(free, free)])
    steepest = max(float(np.abs(values).max()), 1e-300)
    curvature = np.maximum(np.abs(values), 1e-12 * steepest)
    step[free] = vectors @ ((vectors.T @ gradient[free]) / curvature)
    longest = float(np.abs(step).max())
    return step if longest <= MAX_STEP else step * (MAX_STEP / longest)


def _climb(
    objective: Objective, point: Floats, value: float, step: Floats
) -> tuple[tuple[Floats, Derivatives] | None, int]:
    """The first point on the way that is higher, and how many evaluations it took to find it."""
    for halvings in range(30):
        there = np.clip(point + step * 0.5**halvings, -LIMIT, LIMIT)
        found = objective(there)
        if np.isfinite(found[0]) and found[0] > value:
            return (there, found), halvings + 1
        if float(np.abs(there - point).max()) < 1e-12:
            return None, halvings + 1
    return None, 30
