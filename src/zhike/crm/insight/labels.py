"""Names of tiers, stages, segments and measures in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhike.analytics.features import CATALOGUE
from zhike.analytics.lifecycle import OUTSIDE
from zhike.analytics.lifecycle import STAGES as STAGE_WORDS
from zhike.analytics.rfm import SEGMENTS as SEGMENT_WORDS
from zhike.analytics.tiers.measures import PREDICTED
from zhike.analytics.tiers.model import NO_TIER, TierModel, default_model
from zhike.analytics.words import Words
from zhike.crm.insight import ranks, versions
from zhike.platform import memo

STAGES = tuple(STAGE_WORDS)
OUTSIDE_STAGES = tuple(OUTSIDE)
RFM_SEGMENTS = tuple(SEGMENT_WORDS)


def say(words: Words) -> str:
    """The words in the active language; the other one where it is missing."""
    text = words.text(get_language() or "en")
    return text or words.en or words.zh


def tier_model() -> TierModel:
    """The tiers that published ranks refer to: those of the version that the last full run published with."""
    return memo.once("tier model", _tier_model)


def _tier_model() -> TierModel:
    version = ranks.now().shown
    return versions.calibration_of(version).model if version else default_model()


def tier_names(model: TierModel | None = None) -> dict[int, str]:
    """Names by rank from the lowest; 0 is nobody's tier yet."""
    model = model or tier_model()
    return {0: _("No tier"), **{rank: say(tier.name) for rank, tier in enumerate(model.tiers, 1)}}


def tier_codes(model: TierModel | None = None) -> dict[int, str]:
    """What tiers are known by whatever their rank, by rank from the lowest."""
    return {rank: tier.code for rank, tier in enumerate((model or tier_model()).tiers, 1)}


def tier_name(rank: int | None) -> str:
    return tier_names().get(rank or 0, _("Tier %(rank)s") % {"rank": rank})


def names_given() -> Callable[[int, int | None], str]:
    """Tells the name of a rank by the version that gave it.

    While a version with other tiers is being published, scores of two stand side by side.
    """
    found, names = ranks.now(), tier_names()
    if not found.is_mixed:
        return lambda rank, _version_id: names.get(rank, "")

    def name(rank: int, version_id: int | None) -> str:
        tier = found.tier(found.code(rank, version_id))
        return say(tier.name) if tier else names.get(rank, "")

    return name


def tier_pairs() -> list[tuple[str, str]]:
    """Codes and names of the tiers that customers have, from the highest; last whoever has none."""
    found = [(tier.code, say(tier.name)) for tier in reversed(ranks.now().order)]
    return [*found, (NO_TIER, _("No tier"))]


def tier_shades() -> dict[int, str]:
    """The name of the shade that somebody chose for each rank."""
    return {rank: tier.color for rank, tier in enumerate(tier_model().tiers, 1)}


def stage_name(code: str) -> str:
    words = STAGE_WORDS.get(code) or OUTSIDE.get(code)
    return say(words) if words else ""


def rfm_name(code: str) -> str:
    words = SEGMENT_WORDS.get(code)
    return say(words) if words else ""


def abc_name(name: str) -> str:
    return _("Class %(name)s") % {"name": name} if name else ""


def feature_name(name: str) -> str:
    feature = CATALOGUE.get(name) or PREDICTED.get(name)
    return say(feature.meaning) if feature else name


def dimension_name(code: str, model: TierModel | None = None) -> str:
    """The name a person gave the dimension, or that of what it measures."""
    for dimension in (model or tier_model()).dimensions:
        if dimension.code == code:
            return say(dimension.name) or feature_name(dimension.feature)
    return code
