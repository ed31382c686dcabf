"""Did it work? Who is treated and who is left out on purpose, and what the difference says."""

from zhike.analytics.effect.assignment import (
    BUCKETS,
    DEFAULT_SHARE,
    RatioCheck,
    bucket,
    held_out,
    is_held_out,
    ratio_check,
    seed_of,
)

__all__ = [
    "BUCKETS",
    "DEFAULT_SHARE",
    "RatioCheck",
    "bucket",
    "held_out",
    "is_held_out",
    "ratio_check",
    "seed_of",
]
