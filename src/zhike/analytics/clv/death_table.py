"""Death integrals of many histories whose times lie on one grid (whole days or weeks).

The integrand of :mod:`zhike.analytics.clv.death_integral` depends on the count of purchases and on the time
alone. On a grid the integral over every unit of time is summed once per distinct count, with its moments for
gradient and Hessian; summed from the end backwards, each history is the difference of two look-ups. The
integrand falls with time, so the difference loses at most the digits of the number of units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from zhike.analytics.clv.death_integral import DeathIntegral, death_integral
from zhike.analytics.clv.groups import Floats, Groups, Integers

NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(12)
# Twelve nodes are exact to rounding while the integrand falls by less than exp(8) within a unit.
STEEPEST = 8.0
# Integrals relative to a count's first one underflow beyond exp(-708).
DEEPEST = 500.0
# Counts summed at a time, and cells per history up to which the table is less work than the histories.
BLOCK = 16
CELLS_PER_ROW = 4
MOMENTS = 15


@dataclass(frozen=True)
class _Parameters:
    """The point of one evaluation, with the logarithms at the borders of all units."""

    r: float
    alpha: float
    s: float
    beta: float
    log_alpha: Floats
    log_beta: Floats

    def fall(self, n: Floats, start: Integers, end: Integers) -> Floats:
        """By how much the logarithm of the integrand falls between two borders."""
        by_alpha = self.log_alpha[end] - self.log_alpha[start]
        return n * by_alpha + (self.s + 1) * (self.log_beta[end] - self.log_beta[start])


class DeathTable:
    """The histories of ``groups`` (x, t_x, T) with times in multiples of ``unit``."""

    def __init__(self, groups: Groups, start: Integers, end: Integers, unit: float) -> None:
        self.x, self.t_x, self.T = groups.columns
        self.values, self.place = groups.values, groups.place
        self.start, self.end, self.unit = start, end, unit
        self.units = int(end.max())
        # Rows that begin with the first unit are few, and the integrand may be singular there.
        self.usable = (start > 0) & (end > start)
        self.first = np.full(len(self.values), self.units, dtype=np.int64)
        np.minimum.at(self.first, self.place[self.usable], start[self.usable])

    @classmethod
    def of(cls, groups: Groups, unit: float) -> Self | None:
        """None where the times are on no grid, or too far apart for a table to pay."""
        x, t_x, T = groups.columns
        start, end = (np.rint(times / unit).astype(np.int64) for times in (t_x, T))
        # Against the greatest time: scaling has rounded.
        tolerance = 1e-12 * max(float(T.max(initial=0.0)), unit)
        for times, whole in ((t_x, start), (T, end)):
            if np.abs(times - whole * unit).max(initial=0.0) > tolerance:
                return None
        if len(groups.values) * int(end.max(initial=0)) > CELLS_PER_ROW * len(x):
            return None
        return cls(groups, start, end, unit)

    def integrals(self, r: float, alpha: float, s: float, beta: float) -> DeathIntegral:
        """As :func:`death_integral` with n = r + x, with gradient and Hessian."""
        border = self.unit * np.arange(self.units + 1)
        point = _Parameters(r, alpha, s, beta, np.log(alpha + border), np.log(beta + border))
        rows = self._in_table(point)
        log, gradient = np.empty(len(self.x)), np.empty((4, len(self.x)))
        hessian = np.empty((4, 4, len(self.x)))
        for part in self._blocks(rows):
            log[part], gradient[:, part], hessian[:, :, part] = self._block(part, point)
        others = np.flatnonzero(~rows)
        found = death_integral(
            r + self.x[others], alpha, s, beta, self.t_x[others], self.T[others], derivatives=True
        )
        log[others], gradient[:, others], hessian[:, :, others] = found.log, found.gradient, found.hessian
        return DeathIntegral(log, gradient, hessian)

    def _in_table(self, point: _Parameters) -> np.ndarray:
        """Rows whose count is gentle in its first unit and whose own start lies not too deep below it."""
        n = point.r + self.values
        second = np.minimum(self.first + 1, self.units)
        gentle = point.fall(n, self.first, second) <= STEEPEST
        depth = point.fall(n[self.place], self.first[self.place], np.maximum(self.start, 1))
        return self.usable & gentle[self.place] & (depth <= DEEPEST)

    def _blocks(self, rows: np.ndarray) -> list[Integers]:
        """Table rows by neighboring counts: large counts begin late, and their early units are left out."""
        chosen = np.flatnonzero(rows)
        block = self.place[chosen] // BLOCK
        order = np.argsort(block, kind="stable")
        borders = np.flatnonzero(np.diff(block[order])) + 1
        return [part for part in np.split(chosen[order], borders) if len(part)]

    def _block(self, rows: Integers, point: _Parameters) -> tuple[Floats, Floats, Floats]:
        counts, local = np.unique(self.place[rows], return_inverse=True)
        first = self.first[counts]
        n = point.r + self.values[counts]
        begin = int(first.min())
        # The greatest integrand of each count: what is relative to it is at most 1.
        peak = -n * point.log_alpha[first] - (point.s + 1) * point.log_beta[first]
        sums = self._suffix_sums(n, peak, begin, int(self.end[rows].max()), point)
        part = sums[self.start[rows] - begin, local] - sums[self.end[rows] - begin, local]
        means = (part[:, 1:] / part[:, :1]).T
        return peak[local] + np.log(part[:, 0]), *_derivatives(means, n[local], point.s)

    def _suffix_sums(self, n: Floats, peak: Floats, begin: int, end: int, point: _Parameters) -> Floats:
        """Sums from each border to ``end`` of the integrand and its moments: (units + 1, counts, 15)."""
        y = self.unit * (np.arange(begin, end)[:, None] + (NODES + 1) / 2)
        by_alpha, by_beta = np.log(point.alpha + y), np.log(point.beta + y)
        exponent = -n[:, None] * by_alpha[:, None, :] - ((point.s + 1) * by_beta)[:, None, :]
        # Units before a count's first are never looked up; they must only not overflow.
        share = np.exp(np.minimum(exponent - peak[:, None], 0.0)) * (self.unit / 2 * NODE_WEIGHTS)
        cells = share @ _moments(by_alpha, 1 / (point.alpha + y), by_beta, 1 / (point.beta + y))
        sums = np.zeros((end - begin + 1, len(n), MOMENTS))
        np.cumsum(cells[::-1], axis=0, out=sums[-2::-1])
        return sums


def _moments(log_a: Floats, near_a: Floats, log_b: Floats, near_b: Floats) -> Floats:
    """1, the four functions, and their ten products: (units, nodes, 15)."""
    by = (log_a, near_a, log_b, near_b)
    products = [by[i] * by[j] for i in range(4) for j in range(i, 4)]
    return np.stack([np.ones_like(log_a), *by, *products], axis=-1)


def _derivatives(means: Floats, n: Floats, s: float) -> tuple[Floats, Floats]:
    """Gradient and Hessian of the logarithm by (n, alpha, s, beta) from the means over the interval."""
    one = np.ones_like(n)
    factor = np.stack([-one, -n, -one, -(s + 1) * one])
    gradient = factor * means[:4]
    hessian = np.empty((4, 4, len(n)))
    rest = iter(means[4:])
    for i in range(4):
        for j in range(i, 4):
            product = next(rest)
            bend = factor[i] * factor[j] * product - gradient[i] * gradient[j]
            # The derivatives of 1 / (alpha + y) and 1 / (beta + y) themselves.
            if i == j and i in (1, 3):
                bend = bend - factor[i] * product
            if (i, j) in ((0, 1), (2, 3)):
                bend = bend - means[j]
            hessian[i, j] = hessian[j, i] = bend
    return gradient, hessian
