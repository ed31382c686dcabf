"""An approved draft comes into force: the definition is saved, and everybody is evaluated with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.analytics import AnalysisSettings
from zhike.crm.insight import services as insight
from zhike.crm.insight import versions
from zhike.crm.insight.models import TierModel
from zhike.crm.studio import simulation
from zhike.crm.studio.models import Draft
from zhike.platform.errors import DomainError


def publish(draft: Draft, approver: Any) -> TierModel:
    """Inside the transaction that decides on the draft. Returns the model that carries the definition."""
    if simulation.will_be_primary(draft):
        return _publish_primary(draft, approver)
    return _publish_beside(draft, approver)


def _publish_primary(draft: Draft, approver: Any) -> TierModel:
    primary = versions.ensure_default_model()
    settings = insight.checked(draft.definition)
    if draft.model_id == primary.pk:
        _rename(primary, draft.name)
    else:
        settings = _with_rest_of(settings, versions.settings_of(primary))
        _change_places(primary, draft)
    return insight.publish_definition(
        approver, primary, settings.to_dict(), author=draft.author, note=draft.note
    )


def _with_rest_of(settings: AnalysisSettings, primary: AnalysisSettings) -> AnalysisSettings:
    """Only the tiers change places; RFM, classes and stages stay those of the company."""
    return replace(primary, tiers=settings.tiers)


def _change_places(primary: TierModel, draft: Draft) -> None:
    """What was primary goes on beside under its old name; the primary keeps its versions and histories."""
    name, definition = primary.name, versions.settings_of(primary).to_dict()
    beside = draft.model or TierModel(name=_free("", draft.pk))
    TierModel.objects.filter(pk=primary.pk).update(name=_free(name, primary.pk))
    beside.name, beside.definition, beside.retired_at = name, definition, None
    beside.author, beside.approver, beside.note = primary.author, primary.approver, primary.note
    beside.save()
    _rename(primary, draft.name)
    draft.model = primary


def _free(name: str, number: int) -> str:
    """A name nobody else has, for the moment between two."""
    return f"{name[:60]}\u200b{number}"


def _publish_beside(draft: Draft, approver: Any) -> TierModel:
    settings = insight.checked(draft.definition, predicted=True)
    model = draft.model or TierModel(name=draft.name)
    model.definition, model.retired_at, model.given_at = settings.to_dict(), None, timezone.now()
    model.author, model.approver, model.note = draft.author, approver, draft.note
    if model.pk is None:
        model.name = _free("", draft.pk)
    model.save()
    _rename(model, draft.name)
    draft.model = model
    return model


def _rename(model: TierModel, name: str) -> None:
    if model.name == name:
        return
    try:
        with transaction.atomic():
            TierModel.objects.filter(pk=model.pk).update(name=name)
    except IntegrityError as error:
        words = _("Another tier model has this name.")
        raise DomainError(words, field="name", code="duplicate") from error
    model.name = name
