"""Verbs of the analysis: start a run, evaluate customers, give the primary tier model its definition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhike.analytics import AnalysisSettings, SettingsError
from zhike.analytics.problems import Problem
from zhike.analytics.words import Words
from zhike.crm.insight import jobs, rescoring, versions
from zhike.crm.insight.errors import DefinitionError
from zhike.crm.insight.models import TierModel
from zhike.crm.insight.publishing import Outcome
from zhike.platform import audit
from zhike.platform.errors import Text
from zhike.platform.jobs import enqueue, run_here
from zhike.platform.models import Job
from zhike.platform.permissions import require

_MALFORMED = Problem("", "malformed", Words("The definition is incomplete.", "定义不完整。"))


def rescore(customer_ids: Iterable[int], position: int | None = None) -> Outcome:
    """Evaluate these customers at once with the current version and publish their tiers."""
    return rescoring.rescore(customer_ids, position)


@transaction.atomic
def start_run(actor: Any, *, recalibrate: bool = False) -> Job:
    """Queue a full run; the one that waits or works already is returned instead of a second one."""
    require(actor, "insight.run")
    record = enqueue(jobs.RUN, {"recalibrate": recalibrate}, requested_by=actor, key=jobs.RUN_KEY)
    audit.record(actor, "insight.run_started", record, after={"recalibrate": recalibrate})
    return record


def run_now(
    *,
    recalibrate: bool = False,
    as_of: date | None = None,
    progress: Callable[[Text], None] | None = None,
) -> Job:
    """Run the whole analysis in this process, for commands; joins one that was interrupted."""
    params = {"recalibrate": recalibrate, "as_of": as_of.isoformat() if as_of else None}
    return run_here(jobs.RUN, params, key=jobs.RUN_KEY, progress=progress)


def ensure_default_model() -> TierModel:
    return versions.ensure_default_model()


def current_definition() -> dict[str, Any]:
    """The definition as it stands, with every default written out."""
    return versions.settings_of(versions.ensure_default_model()).to_dict()


def default_definition() -> dict[str, Any]:
    return AnalysisSettings().to_dict()


@transaction.atomic
def publish_definition(
    approver: Any, model: TierModel, definition: dict[str, Any], *, author: Any, note: str
) -> TierModel:
    """Give the primary model an approved definition; a run with a new version follows by itself."""
    require(approver, "tiers.approve")
    settings = checked(definition)
    model = TierModel.objects.select_for_update().get(pk=model.pk)
    before = versions.settings_of(model).to_dict()
    model.definition, model.given_at = settings.to_dict(), timezone.now()
    model.author, model.approver, model.note = author, approver, note
    model.save(update_fields=["definition", "author", "approver", "note", "given_at", "updated_at"])
    if model.definition != before:
        audit.record(approver, "tiers.definition_saved", model, before=before, after=model.definition)
    enqueue(jobs.RUN, {"recalibrate": True}, requested_by=approver, key=jobs.RUN_KEY)
    return model


def checked(definition: dict[str, Any], *, predicted: bool = False) -> AnalysisSettings:
    """The settings of a definition; DefinitionError names every field that cannot be used."""
    try:
        return AnalysisSettings.from_dict(definition).check(predicted=predicted)
    except SettingsError as error:
        raise DefinitionError(error.problems) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DefinitionError([_MALFORMED]) from error
