"""Each customer's own rhythm: the usual gap between purchases, and when the next one is to be expected.

From four gaps on the cycle is the trimmed mean of the customer's own gaps. Below, the mean of their
logarithms is shrunk to the population's (empirical Bayes, normal within and between): with ``k`` pseudo-gaps,
``(sum of own log gaps + k * population mean) / (own gaps + k)``, as a geometric mean brought to the scale of
a mean by the population's ratio of the two.

The next purchase is read off the population's scaled gaps (gap over own cycle) that are longer than the time
already waited: quartiles of what is still possible, so no date lies in the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics.cycles.gaps import Floats, Gaps, Integers
from zhike.analytics.engine.session import Session, identifier

STATUSES = ("not_due", "due", "overdue", "unknown")
SCHEMA = pa.schema(
    [("customer_id", pa.int64()), ("gaps", pa.int32()), ("cycle_days", pa.float64()),
     ("next_expected", pa.int32()), ("next_low", pa.int32()), ("next_high", pa.int32()),
     ("ratio", pa.float64()), ("status", pa.string())]
)  # fmt: skip
_DAYS = "SELECT customer_id, day FROM {facts} WHERE purchase = 1 AND day <= {as_of}"
# Scaled gaps needed beyond the time waited; further out the last ones are stretched.
_TAIL = 20
_SAMPLE = 500_000


@dataclass(frozen=True, slots=True)
class CycleSettings:
    """``own_gaps``: from how many gaps a customer's own mean counts; ``trim``: share cut on each side;
    ``due`` and ``overdue``: the waited share of the cycle from which an order is due and overdue."""

    own_gaps: int = 4
    trim: float = 0.1
    due: float = 1.0
    overdue: float = 2.0


@dataclass(frozen=True)
class Rhythms:
    """What the population teaches: ``mean_log`` gap, ``pseudo_gaps`` of the shrinkage, ``stretch`` from a
    geometric mean to a mean, and ``scaled`` (sorted) gaps over own cycles."""

    mean_log: float
    pseudo_gaps: float
    stretch: float
    scaled: Floats

    @classmethod
    def learn(cls, gaps: Gaps, settings: CycleSettings) -> Rhythms | None:
        """From everybody's gaps; None without a single gap."""
        if not len(gaps.days):
            return None
        counts = gaps.counts
        sums, squares = gaps.log_sums()
        mean_log, pseudo = _shrinkage(counts, sums, squares)
        geometric = np.exp((sums + pseudo * mean_log) / (counts + pseudo))
        stretch = float(gaps.days.sum() / (geometric * counts).sum())
        rhythms = cls(mean_log, pseudo, stretch, np.ones(1))
        scaled = gaps.days / rhythms.cycles(gaps, settings)[gaps.owner]
        step = -(-len(scaled) // _SAMPLE)
        return cls(mean_log, pseudo, stretch, np.sort(scaled)[::step])

    def cycles(self, gaps: Gaps, settings: CycleSettings) -> Floats:
        """The cycle (n,) in days of every owner, at least one day."""
        counts = gaps.counts
        sums, _squares = gaps.log_sums()
        shrunk = self.stretch * np.exp(
            (sums + self.pseudo_gaps * self.mean_log) / (counts + self.pseudo_gaps)
        )
        own = gaps.trimmed_means(settings.trim)
        return np.maximum(np.where(counts >= settings.own_gaps, own, shrunk), 1.0)

    def beyond(self, waited: Floats, share: float) -> Floats:
        """The quantile ``share`` of the scaled gaps longer than ``waited`` (in cycles)."""
        size = len(self.scaled)
        border = max(size - _TAIL, 0)
        first = np.searchsorted(self.scaled, waited, side="right")
        inside = np.minimum(first, border)
        place = inside + share * (size - 1 - inside)
        found = np.interp(place, np.arange(size), self.scaled)
        stretched = waited * found / np.maximum(self.scaled[border], 1e-9)
        return np.where(first > border, np.maximum(stretched, found), found)


def purchase_cycles(
    session: Session, facts: str, as_of: int, *, settings: CycleSettings | None = None
) -> pa.Table:
    """The rhythm of every customer with a purchase up to ``as_of``, by customer.

    Returns customer_id, gaps (between purchase days), cycle_days, next_expected with next_low and next_high
    (quartiles; days after ``as_of``), ratio (days waited over the cycle) and status: ``not_due`` below 1,
    ``due`` up to 2, ``overdue`` above, ``unknown`` (everything else null) for fewer than two purchase days.
    """
    chosen = settings or CycleSettings()
    found = session.sql(_DAYS.format(facts=identifier(facts), as_of=int(as_of)))
    customers, owner = np.unique(found["customer_id"].to_numpy(), return_inverse=True)
    gaps = Gaps.of(owner, found["day"].to_numpy())
    return cycle_table(customers, gaps, Rhythms.learn(gaps, chosen), int(as_of), chosen)


def cycle_table(
    customers: Integers, gaps: Gaps, rhythms: Rhythms | None, as_of: int, settings: CycleSettings
) -> pa.Table:
    """The table of :func:`purchase_cycles` for customers (n,) sorted as the owners of ``gaps``."""
    counts = gaps.counts
    known = counts > 0
    cycle, ratio = np.zeros(len(counts)), np.zeros(len(counts))
    days = np.zeros((3, len(counts)))
    if rhythms is not None:
        cycle = rhythms.cycles(gaps, settings)
        ratio = (as_of - gaps.last) / cycle
        days = expected_days(rhythms, gaps.last, cycle, ratio, as_of)
    status = np.select([~known, ratio < settings.due, ratio <= settings.overdue],
                       ["unknown", "not_due", "due"], "overdue")  # fmt: skip
    columns: dict[str, Any] = {"customer_id": customers, "gaps": counts.astype(np.int32), "cycle_days": cycle}
    columns |= dict(zip(("next_low", "next_expected", "next_high"), days.astype(np.int32), strict=True))
    columns |= {"ratio": ratio, "status": status}
    always = {"customer_id", "gaps", "status"}
    return pa.table(
        [pa.array(columns[f.name], f.type, mask=None if f.name in always else ~known) for f in SCHEMA],
        schema=SCHEMA,
    )


def expected_days(rhythms: Rhythms, last: Integers, cycle: Floats, ratio: Floats, as_of: int) -> Floats:
    """P25, median and P75 (3, n) of the day of the next purchase: whole days, after ``as_of``."""
    quantiles = np.stack([rhythms.beyond(ratio, share) for share in (0.25, 0.5, 0.75)])
    return np.maximum(np.rint(last + quantiles * cycle), as_of + 1)


def _shrinkage(counts: Integers, sums: Floats, squares: Floats) -> tuple[float, float]:
    """Population mean of the log gaps and the pseudo-gaps: variance within customers over that between
    them."""
    total = counts.sum()
    mean = float(sums.sum() / total)
    some = counts > 0
    within_square = (squares[some] - sums[some] ** 2 / counts[some]).sum()
    freedom = total - some.sum()
    if freedom <= 0 or some.sum() < 2:
        return mean, 1.0
    within = within_square / freedom
    averages = sums[some] / counts[some]
    # Unweighted analysis of variance: the spread of averages less what chance alone gives them.
    between = averages.var(ddof=1) - within * (1 / counts[some]).mean()
    return mean, float(np.clip(within / max(between, 1e-9), 0.1, 100.0))
