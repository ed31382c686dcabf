"""For migrations: rows that were kept by the rank of a tier are kept by its code from now on."""

from __future__ import annotations

from typing import Any

#: Of the model that an installation without a definition has.
DEFAULT_CODES = ("bronze", "silver", "gold", "diamond")


def give_codes(apps: Any, *models: tuple[str, str]) -> None:
    """Fill ``code`` from ``tier`` in these models (app and name); what stands for no tier goes."""
    codes = codes_in_force(apps)
    for app, name in models:
        rows = apps.get_model(app, name).objects
        for rank, code in enumerate(codes, 1):
            rows.filter(tier=rank).update(code=code)
        rows.filter(code="").delete()


def codes_in_force(apps: Any) -> tuple[str, ...]:
    """From the lowest: the tiers of the version in force, else those of the definition."""
    primary = apps.get_model("insight", "TierModel").objects.filter(is_primary=True).first()
    version = apps.get_model("insight", "Version").objects.filter(model=primary, is_current=True).first()
    settings = version.calibration["settings"] if version else primary.definition if primary else {}
    tiers = settings.get("tiers", {}).get("tiers", [])
    return tuple(tier["code"] for tier in tiers) or DEFAULT_CODES
