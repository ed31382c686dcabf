"""Why this tier, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhike.analytics.tiers import DimensionReason, explain
from zhike.analytics.tiers import Explanation as Reasons
from zhike.crm.insight import labels, overrides, snapshots, versions
from zhike.crm.insight.days import day_of, number
from zhike.crm.insight.models import CustomerScore, TierOverride, Version
from zhike.platform import money
from zhike.platform.templatetags import zhike_format as say

SNAPSHOT_ROW = """
SELECT c.as_of, c.earned_tier AS tier, c.raw_tier, c.pending_since, c.net_revenue, c.reasons
FROM customers c WHERE c.customer_id = $customer
"""


@dataclass(frozen=True)
class Part:
    """One dimension: what was measured, what it counts, and what alone would lift the customer."""

    code: str
    label: str
    measure: str
    raw: str
    score: float | None
    weight: float
    contribution: float
    needed: str
    actionable: bool


@dataclass(frozen=True)
class Explanation:
    """``falls_to`` and ``falls_on``: the tier deserved now, and when it comes into force (None: no fall)."""

    as_of: date
    version: Version
    tier: int
    tier_name: str
    score: float
    next_tier_name: str
    next_score: float | None
    falls_to: str
    falls_on: date | None
    no_value: bool
    parts: tuple[Part, ...]
    # What holds by a person's decision, and the name of the tier that the rules would give.
    override: TierOverride | None = None
    earned_name: str = ""

    @property
    def missing(self) -> float | None:
        """Points still missing to the next tier."""
        return None if self.next_score is None else max(0.0, self.next_score - self.score)


def explanation(score: CustomerScore) -> Explanation | None:
    """Why the customer of this score has its tier; None without a tier."""
    if not score.tier or score.version is None:
        return None
    row, as_of = _newest(score)
    calibration = versions.calibration_of(score.version)
    found = explain(calibration, row["reasons"], row)
    decided = overrides.of(score.customer_id, as_of)
    holds = decided is not None and calibration.model.number(decided.code) > 0
    return _in_words(found, score, as_of, decided if holds else None)


def _newest(score: CustomerScore) -> tuple[Mapping[str, Any], date]:
    """The published row, or the snapshot's where only the drift of days lies between them."""
    stored = {
        "tier": score.earned_tier,
        "raw_tier": score.raw_tier,
        "pending_since": number(score.pending_since) if score.pending_since else None,
        "net_revenue": money.to_units(score.net_revenue),
        "reasons": score.reasons,
    }
    drifted = _snapshot_row(score)
    same = drifted is not None and all(drifted[name] == stored[name] for name in stored if name != "reasons")
    if drifted is None or not same or drifted["as_of"] < number(score.as_of):
        return stored, score.as_of
    return drifted, day_of(drifted["as_of"]) or score.as_of


def _snapshot_row(score: CustomerScore) -> Mapping[str, Any] | None:
    reader = snapshots.reader()
    if not reader.available or reader.meta()["extra"].get("version_id") != score.version_id:
        return None
    found = reader.dicts(SNAPSHOT_ROW, {"customer": score.customer_id})
    return found[0] if found else None


def _in_words(
    found: Reasons, score: CustomerScore, as_of: date, override: TierOverride | None
) -> Explanation:
    assert score.version is not None
    # A fall that is to come stays hidden while a person's decision holds.
    falls = found.held_until is not None and found.raw_tier is not None and override is None
    held = versions.calibration_of(score.version).model.tier(score.tier)
    return Explanation(
        as_of=as_of,
        version=score.version,
        tier=score.tier,
        tier_name=labels.say(held.name) if held else "",
        score=found.score,
        next_tier_name=labels.say(found.next_tier.name) if found.next_tier else "",
        next_score=found.next_score,
        falls_to=labels.say(found.raw_tier.name) if falls and found.raw_tier else "",
        falls_on=day_of(found.held_until) if falls else None,
        no_value=found.no_value,
        parts=tuple(_part(reason) for reason in found.dimensions),
        override=override,
        earned_name=labels.say(found.tier.name) if found.tier else "",
    )


def _part(reason: DimensionReason) -> Part:
    return Part(
        code=reason.code,
        label=labels.say(reason.name) or labels.feature_name(reason.feature),
        measure=labels.feature_name(reason.feature),
        raw=in_words(reason.raw, reason.unit),
        score=reason.score,
        weight=reason.weight,
        contribution=reason.contribution,
        needed="" if reason.needed is None else in_words(reason.needed, reason.unit),
        actionable=reason.actionable,
    )


def in_words(value: float | None, unit: str) -> str:
    """A value of the feature catalogue with its unit; unknown is said, not shown as zero."""
    if value is None:
        return _("unknown")
    if unit == "money":
        return say.money(money.from_units(round(value)), 0)
    if unit == "days":
        return say.days(value)
    if unit == "share":
        return say.percent(value)
    if unit == "orders":
        return ngettext("%(count)s order", "%(count)s orders", round(value)) % {"count": say.number(value)}
    if unit == "categories":
        return ngettext("%(count)s category", "%(count)s categories", round(value)) % {
            "count": say.number(value)
        }
    return say.number(value, 0 if float(value).is_integer() else 2)
