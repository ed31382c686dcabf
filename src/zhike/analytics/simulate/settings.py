"""What a simulated company depends on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta

import numpy as np

EPOCH = date(1970, 1, 1)
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Equal settings give the equal company, to the last byte.

    ``orders_per_customer`` is the mean over all who ever buy. ``one_time_share`` raises the share of buyers
    with exactly one order to at least this value (default: as it comes, about a quarter).
    """

    customers: int
    seed: int
    until: date
    years: float = 3.0
    orders_per_customer: float = 7.0
    one_time_share: float | None = None
    duplicate_share: float = 0.03
    # Customers simulated at a time: bounds the memory. Part of the identity of a company.
    block: int = 20_000

    def __post_init__(self) -> None:
        if self.customers < 1 or self.years <= 0 or self.orders_per_customer <= 1:
            raise ValueError("customers and years must be positive, orders_per_customer above 1")

    @property
    def days(self) -> int:
        return round(self.years * DAYS_A_YEAR)

    @property
    def start(self) -> date:
        return self.until - timedelta(days=self.days - 1)

    @property
    def first_day(self) -> int:
        """The first simulated day, counted from 1970-01-01; day 0 of all inner arrays."""
        return (self.start - EPOCH).days

    @property
    def first_second(self) -> int:
        return self.first_day * 86_400

    def day(self, when: date) -> int:
        """A date as an index of the simulated days (may be outside)."""
        return (when - self.start).days

    def rng(self, part: int, block: int = 0) -> np.random.Generator:
        """An own stream per part and block, so that changing one part leaves the others alone."""
        return np.random.default_rng([self.seed, block, part])

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "until": self.until.isoformat()}
