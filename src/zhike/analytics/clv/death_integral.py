"""The integral over the unseen time of death, which Pareto/NBD needs instead of two ``hyp2f1``.

    I = integral from t_x to T of (alpha + y)^-n (beta + y)^-(s + 1) dy

with n = r + x. The substitution u = ln((m + y) / (m + t_x)), m = min(alpha, beta), leaves an integrand that
falls ever faster in u; it is cut where nothing is left and summed on panels of Gauss-Legendre nodes. All
terms are positive: no cancellation. Differentiation under the integral uses the same nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zhike.analytics.clv.groups import Floats

NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(20)
DECAY_LENGTHS = 45.0
# Panel borders as shares of the range, by its length in decay lengths.
PANELS = {
    1: np.array([0.0, 1.0]),
    2: np.array([0.0, 0.3, 1.0]),
    4: np.array([0.0, 0.1, 0.28, 0.56, 1.0]),
}
CHUNK = 1 << 14


@dataclass(frozen=True)
class DeathIntegral:
    """``log`` of the integral per row; with derivatives, by (n, alpha, s, beta): ``gradient`` (4, rows) and
    ``hessian`` (4, 4, rows) of the logarithm."""

    log: Floats
    gradient: Floats | None = None
    hessian: Floats | None = None


def death_integral(
    n: Floats, alpha: Any, s: float, beta: Any, start: Floats, end: Floats, *, derivatives: bool = False
) -> DeathIntegral:
    """Per row; ``alpha`` and ``beta`` are numbers or arrays of the rows' length. -inf where start = end."""
    rows = len(n)
    alpha = np.broadcast_to(np.asarray(alpha, dtype=np.float64), rows)
    beta = np.broadcast_to(np.asarray(beta, dtype=np.float64), rows)
    log = np.empty(rows)
    gradient = np.empty((4, rows)) if derivatives else None
    hessian = np.empty((4, 4, rows)) if derivatives else None
    low = np.minimum(alpha, beta)
    reach = np.log1p((end - start) / (low + start))
    slope = n * (low + start) / (alpha + start) + (s + 1) * (low + start) / (beta + start) - 1
    length = np.where(slope * reach > DECAY_LENGTHS, DECAY_LENGTHS / np.maximum(slope, 1e-300), reach)
    steep = np.maximum(slope, 0.2) * length
    size = np.where(steep < 4, 1, np.where(steep < 14, 2, 4))
    # x = 0 begins with a rising integrand and a long way to go.
    size = np.where((length > 3) & (size < 4), 4, size)
    for panels, borders in PANELS.items():
        chosen = np.flatnonzero(size == panels)
        for begin in range(0, len(chosen), CHUNK):
            part = chosen[begin : begin + CHUNK]
            found = _on_nodes(
                n[part],
                alpha[part],
                s,
                beta[part],
                start[part],
                low[part],
                length[part],
                borders,
                derivatives,
            )
            log[part] = found.log
            if gradient is not None and hessian is not None:
                gradient[:, part], hessian[:, :, part] = found.gradient, found.hessian
    return DeathIntegral(log, gradient, hessian)


def _on_nodes(
    n: Floats, alpha: Floats, s: float, beta: Floats, start: Floats, low: Floats, length: Floats,
    borders: Floats, derivatives: bool,
) -> DeathIntegral:  # fmt: skip
    widths = np.diff(borders)
    places = (borders[:-1, None] + widths[:, None] * (NODES + 1) / 2).ravel()
    weights = (widths[:, None] * NODE_WEIGHTS / 2).ravel()
    base = low + start
    since = base[:, None] * np.expm1(length[:, None] * places)
    # Logarithms of (alpha + y) and (beta + y), y = start + since.
    by_alpha = np.log1p(since / (alpha + start)[:, None]) + np.log(alpha + start)[:, None]
    by_beta = np.log1p(since / (beta + start)[:, None]) + np.log(beta + start)[:, None]
    exponent = np.log(base)[:, None] + length[:, None] * places - n[:, None] * by_alpha - (s + 1) * by_beta
    peak = exponent.max(axis=1)
    share = np.exp(exponent - peak[:, None]) * weights
    total = share.sum(axis=1)
    with np.errstate(divide="ignore"):
        log = peak + np.log(total) + np.log(length)
    if not derivatives:
        return DeathIntegral(log)
    share /= total[:, None]
    y = start[:, None] + since
    near_alpha, near_beta = 1 / (alpha[:, None] + y), 1 / (beta[:, None] + y)
    by = np.stack([-by_alpha, -n[:, None] * near_alpha, -by_beta, -(s + 1) * near_beta])
    gradient = np.einsum("ijk,jk->ij", by, share)
    hessian = np.einsum("ajk,bjk,jk->abj", by, by, share, optimize=True) - gradient[:, None] * gradient
    for a, b, bend in (
        (0, 1, -near_alpha),
        (2, 3, -near_beta),
    ):
        mean = np.einsum("jk,jk->j", bend, share)
        hessian[a, b] += mean
        hessian[b, a] += mean
    hessian[1, 1] += n * np.einsum("jk,jk->j", near_alpha**2, share)
    hessian[3, 3] += (s + 1) * np.einsum("jk,jk->j", near_beta**2, share)
    return DeathIntegral(log, gradient, hessian)
