"""Versions: the tier model's definition, and the calibrations that were fixed from it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from zhike.analytics import AnalysisSettings, Calibration
from zhike.crm.insight.choices import Came
from zhike.crm.insight.models import Activation, TierModel, Version

MODEL_NAME = "Customer value"
# A version fixed on too little data is replaced once there are half as many customers again.
GROWTH = 1.5


def ensure_default_model() -> TierModel:
    """The primary tier model; the default definition when there is none yet."""
    found = TierModel.objects.filter(is_primary=True).first()
    if found is not None:
        return found
    defaults = {"definition": AnalysisSettings().to_dict(), "is_primary": True}
    return TierModel.objects.get_or_create(name=MODEL_NAME, defaults=defaults)[0]


def current() -> Version | None:
    """The version that decides now."""
    return currently().first()


def current_of(model: TierModel) -> Version | None:
    """The version of this model that is in force."""
    return Version.objects.filter(model=model, is_current=True).first()


def currently() -> QuerySet[Version]:
    return Version.objects.filter(is_current=True, model__is_primary=True)


def calibration_of(version: Version) -> Calibration:
    """The calibration of a version; versions never change, so it is kept."""
    return _parsed(version.pk, version.created_at.isoformat())


@lru_cache(maxsize=16)
def _parsed(version_id: int, _created_at: str) -> Calibration:
    import json

    stored = Version.objects.values_list("calibration", flat=True).get(pk=version_id)
    return Calibration.from_json(json.dumps(stored))


def settings_of(model: TierModel) -> AnalysisSettings:
    return AnalysisSettings.from_dict(model.definition or {})


def is_stale(version: Version | None, model: TierModel) -> bool:
    """True when the definition is not the one that the version was fixed from, or was approved after it."""
    if version is None or _is_given_anew(version, model):
        return True
    return calibration_of(version).settings != settings_of(model)


def _is_given_anew(version: Version, model: TierModel) -> bool:
    """Approved since: the rules, even if the same, are fixed on the customers of the day, as simulated."""
    return model.given_at is not None and version.created_at < model.given_at


def has_outgrown(version: Version, customers: int) -> bool:
    """True when the version warned of too little data and there is clearly more now."""
    sizes = {"no_customers", "few_customers", "few_repeat_customers", "no_repeat_customers", "short_history"}
    warned = any(guard.code in sizes for guard in calibration_of(version).guards)
    return warned and customers >= max(GROWTH * version.customers, version.customers + 5)


def is_pinned(version: Version) -> bool:
    """Somebody went back to exactly this calibration: more data alone do not replace it."""
    last = version.activations.order_by("-pk").first()
    return last is not None and last.came == Came.ROLLED_BACK


@transaction.atomic
def create(*, model: TierModel, calibration: Calibration, as_of: date, actor_id: int | None) -> Version:
    """Store a calibration as the next version and make it the one that decides."""
    import json

    # Locks the model's row where the store can: two calibrations at once must not take one number.
    TierModel.objects.select_for_update().get(pk=model.pk)
    last = Version.objects.filter(model=model).order_by("-number").values_list("number", flat=True).first()
    Version.objects.filter(model=model, is_current=True).update(is_current=False)
    data: dict[str, Any] = json.loads(calibration.to_json())
    came = _how_it_came(model, calibration)
    version = Version.objects.create(
        model=model,
        number=(last or 0) + 1,
        calibration=data,
        as_of=as_of,
        customers=calibration.customers,
        is_current=True,
        created_by_id=actor_id,
    )
    _note(version, model, came)
    return version


def _how_it_came(model: TierModel, calibration: Calibration) -> str:
    """Recalibrated when the version before it followed from the same definition, not approved since."""
    before = Version.objects.filter(model=model).order_by("-number").first()
    if before is None or _is_given_anew(before, model):
        return Came.PUBLISHED
    same = calibration_of(before).settings == calibration.settings
    return Came.RECALIBRATED if same else Came.PUBLISHED


def _note(version: Version, model: TierModel, came: str) -> None:
    """Who gave the definition and why belongs to its first version; a recalibration has its starter."""
    if came == Came.RECALIBRATED:
        Activation.objects.create(version=version, came=came, by_id=version.created_by_id)
        return
    by = model.author_id or version.created_by_id
    Activation.objects.create(
        version=version, came=came, by_id=by, approved_by_id=model.approver_id, note=model.note
    )


@transaction.atomic
def activate(version: Version, *, actor: Any, note: str) -> None:
    """Put an older version back into force, exactly as it was calibrated; its definition returns with it."""
    model = TierModel.objects.select_for_update().get(pk=version.model_id)
    Version.objects.filter(model=model, is_current=True).update(is_current=False)
    Version.objects.filter(pk=version.pk).update(is_current=True)
    model.definition = calibration_of(version).settings.to_dict()
    model.author, model.approver, model.note, model.given_at = actor, None, note, None
    model.save(update_fields=["definition", "author", "approver", "note", "given_at", "updated_at"])
    Activation.objects.create(version=version, came=Came.ROLLED_BACK, by=actor, note=note)
