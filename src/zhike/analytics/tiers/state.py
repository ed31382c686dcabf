"""The state of a tier from day to day: a rise acts at once, a fall after the grace period.

An evaluation of a day starts from the state at the close of the day evaluated before (``opening_…``), so
that any number of evaluations on one day, in any order, end in the same state as a single one.
"""

from __future__ import annotations

STATE_COLUMNS = ("customer_id", "tier", "pending_since", "as_of", "opening_tier", "opening_pending_since")


def opening_sql(as_of: int, tiers: int) -> str:
    """Columns of the opening state from the joined states ``s``."""
    fresh = f"s.as_of < {as_of}"
    tier = f"CASE WHEN {fresh} THEN s.tier ELSE s.opening_tier END"
    pending = f"CASE WHEN {fresh} THEN s.pending_since ELSE s.opening_pending_since END"
    return (
        f"CAST(CASE WHEN {tier} > {tiers} THEN {tiers} ELSE {tier} END AS SMALLINT) AS opening_tier, "
        f"CAST({pending} AS INT) AS opening_pending_since"
    )


def next_state_sql(as_of: int, grace_days: int) -> str:
    """Columns tier and pending_since from raw_tier, opening_tier and opening_pending_since.

    Somebody who is no customer (raw tier 0) has no tier to keep: that is a correction, not a fall.
    """
    stays = "raw_tier = 0 OR opening_tier IS NULL OR raw_tier >= opening_tier"
    since = f"COALESCE(opening_pending_since, {as_of})"
    falls = f"{as_of} - {since} >= {grace_days}"
    return (
        f"CAST(CASE WHEN {stays} OR {falls} THEN raw_tier ELSE opening_tier END AS SMALLINT) AS tier, "
        f"CAST(CASE WHEN {stays} OR {falls} THEN NULL ELSE {since} END AS INT) AS pending_since"
    )
