"""Random hold-out by hash: who of the customers that were chosen is left alone, so that an effect shows.

A customer's bucket is ``SHA-256(seed ‖ ":" ‖ customer) mod 10,000``; the customers in the first
``share × 10,000`` buckets are held out. Nothing is drawn and nothing needs to be stored to know an arm again:
the same seed and customer give the same arm on any machine, in any order, after any interruption. Raising the
share only moves customers from treated to held out. Another seed gives an independent arm, which needs a hash
without structure: Kohavi et al. tested several and only a cryptographic one left no correlation between
experiments.

R. Kohavi, R. Longbotham, D. Sommerfield, R. M. Henne, "Controlled experiments on the web: survey and
practical guide", Data Mining and Knowledge Discovery 18 (2009), 140–181, section 4.1 (hash and partition).
A. Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD 2019 (the check).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

BUCKETS = 10_000
DEFAULT_SHARE = 0.1
#: Below it, the sizes of the arms are no accident: no conclusion is drawn.
MISMATCH = 0.001


@dataclass(frozen=True)
class RatioCheck:
    """Whether the sizes of the arms fit the share: χ² with one degree of freedom."""

    expected: float
    chi_squared: float
    p_value: float

    @property
    def is_mismatch(self) -> bool:
        return self.p_value < MISMATCH


def seed_of(purpose: str) -> str:
    """The seed of a purpose: the same words, however they are typed, give the same arms."""
    words = unicodedata.normalize("NFKC", purpose).casefold().split()
    return sha256(" ".join(words).encode()).hexdigest()[:16]


def bucket(seed: str, customer: int) -> int:
    """0 to 9,999; every bucket is equally likely (the remainder of 256 bits favors none noticeably)."""
    return int.from_bytes(sha256(f"{seed}:{customer}".encode()).digest()) % BUCKETS


def is_held_out(seed: str, customer: int, share: float = DEFAULT_SHARE) -> bool:
    """True for a customer who is left alone."""
    return bucket(seed, customer) < _edge(share)


def held_out(seed: str, customers: Iterable[int], share: float = DEFAULT_SHARE) -> set[int]:
    """Those of the customers who are left alone."""
    edge = _edge(share)
    return {customer for customer in customers if bucket(seed, customer) < edge}


def _edge(share: float) -> int:
    if not 0 <= share < 1:
        raise ValueError(f"a share lies between 0 and 1: {share}")
    return round(share * BUCKETS)


def ratio_check(treated: int, left_out: int, share: float = DEFAULT_SHARE) -> RatioCheck:
    """Compare the arms with what the share promises; an arm that must be empty says nothing."""
    total = treated + left_out
    expected = total * _edge(share) / BUCKETS
    if not 0 < expected < total:
        return RatioCheck(expected, 0.0, 1.0)
    gap = (left_out - expected) ** 2
    chi_squared = gap / expected + gap / (total - expected)
    return RatioCheck(expected, chi_squared, math.erfc(math.sqrt(chi_squared / 2)))
