"""Verbs of the tier studio: draft, weigh, simulate, hand in, approve, go back, review."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date
from types import EllipsisType
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.analytics import AnalysisSettings
from zhike.crm.insight import approvals, versions
from zhike.crm.insight import jobs as insight_jobs
from zhike.crm.insight import services as insight
from zhike.crm.insight.models import TierAssignment, TierModel, Version
from zhike.crm.studio import base, jobs, publication, reviews, simulation, weighing
from zhike.crm.studio.choices import DraftState, Method
from zhike.crm.studio.errors import NotSimulatedError, SecondPersonError, WrongStateError
from zhike.crm.studio.models import Draft
from zhike.crm.studio.weighing import Judged
from zhike.platform import audit
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.jobs import enqueue
from zhike.platform.models import Job
from zhike.platform.permissions import require

# Up to so many customers a simulation answers at once; above them it is a job.
DIRECT = 50_000
MAX_NAME, MAX_NOTE = 80, 300


@transaction.atomic
def create_draft(
    actor: Any, *, model: TierModel | None = None, name: str = "", definition: dict[str, Any] | None = None
) -> Draft:
    """Begin a change of a model, or with a name and no model a new one beside the primary.

    Without ``definition`` it starts from the model's own, a new one from that of the primary.
    """
    require(actor, "tiers.edit")
    source = model or versions.ensure_default_model()
    draft = Draft(model=model, name=_name(name or (model.name if model else "")), author=actor)
    draft.review_on = reviews.due_on(model) if model else None
    _define(draft, definition or versions.settings_of(source).to_dict())
    draft.save()
    audit.record(actor, "tiers.draft_created", draft, after={"name": draft.name})
    return draft


@transaction.atomic
def save_draft(
    actor: Any,
    draft: Draft,
    *,
    definition: dict[str, Any] | None = None,
    name: str | None = None,
    note: str | None = None,
    make_primary: bool | None = None,
    review_on: date | EllipsisType | None = ...,
) -> Draft:
    """Change a draft that is being edited; None leaves a field as it is. DefinitionError names mistakes.

    ``review_on`` None means that no review is wanted; without it the day stays.
    """
    require(actor, "tiers.edit")
    draft = _locked(draft, DraftState.EDITING)
    if name is not None:
        draft.name = _name(name)
    if note is not None:
        draft.note = note.strip()[:MAX_NOTE]
    if make_primary is not None:
        draft.make_primary = make_primary and not (draft.model and draft.model.is_primary)
    if review_on is not ...:
        draft.review_on = review_on
    _define(draft, definition or draft.definition)
    draft.save()
    return draft


@transaction.atomic
def discard_draft(actor: Any, draft: Draft) -> None:
    """Throw a draft away that has not been published."""
    require(actor, "tiers.edit")
    draft = _locked(draft, DraftState.EDITING, DraftState.SUBMITTED, DraftState.REJECTED)
    audit.record(actor, "tiers.draft_deleted", draft, before={"name": draft.name})
    number = draft.pk
    draft.delete()
    transaction.on_commit(lambda: simulation.forget(number))


def judge(criteria: Sequence[str], matrix: weighing.Matrix) -> Judged:
    """Weights, consistency and the worst judgement of a matrix, without keeping anything."""
    return weighing.judge(criteria, matrix)


@transaction.atomic
def set_judgements(
    actor: Any, draft: Draft, expert: str, matrix: weighing.Matrix, *, overruled: str = ""
) -> Judged:
    """Keep one expert's judgements of the draft's dimensions (in their order).

    Contradicting ones are kept, so that the expert can mend them, but not computed with unless ``overruled``
    says why they count all the same.
    """
    require(actor, "tiers.edit")
    draft = _locked(draft, DraftState.EDITING)
    criteria = _criteria(draft)
    draft.weights = weighing.with_expert(draft.weights, criteria, expert, matrix, overruled)
    draft.save(update_fields=["weights", "updated_at"])
    found = weighing.judge(criteria, matrix)
    after = {"expert": expert, "ratio": round(found.ratio, 4), "overruled": overruled}
    audit.record(actor, "tiers.judged", draft, after=after)
    return found


@transaction.atomic
def remove_judgements(actor: Any, draft: Draft, expert: str) -> None:
    require(actor, "tiers.edit")
    draft = _locked(draft, DraftState.EDITING)
    draft.weights = weighing.without_expert(draft.weights, expert)
    draft.save(update_fields=["weights", "updated_at"])


@transaction.atomic
def weigh_by_hand(actor: Any, draft: Draft, weights: Mapping[str, float]) -> Draft:
    """Set the weights that somebody chose; judgements are kept for another time, but say nothing now."""
    require(actor, "tiers.edit")
    draft = _locked(draft, DraftState.EDITING)
    told = {"method": Method.HAND, "experts": draft.weights.get("experts", [])}
    _define(draft, _weighted(draft.definition, weights), told=told)
    draft.save()
    return draft


def compute_weights(actor: Any, draft: Draft, method: str, *, share: float | None = None) -> Draft:
    """Set the draft's weights by judgements, by the data, or by both (``share`` is the judgements').

    InconsistentError when an expert's judgements contradict each other and nobody said why they count.
    """
    require(actor, "tiers.edit")
    if method not in Method.values or method == Method.HAND:
        raise DomainError(_("Choose one of the values offered."), field="method", code="unknown_choice")
    draft = Draft.objects.get(pk=draft.pk)
    settings = AnalysisSettings.from_dict(draft.definition)
    found, told = weighing.compute(settings, draft.weights, method, share)
    with transaction.atomic():
        draft = _locked(draft, DraftState.EDITING)
        _define(draft, _weighted(draft.definition, found), told=told)
        draft.save()
    return draft


def simulate(actor: Any, draft: Draft) -> Job | None:
    """Find out exactly what publishing would do; a job for large bases, else it is done on return."""
    require_any(actor)
    _require_state(draft, DraftState.EDITING, DraftState.SUBMITTED)
    if base.customers() > DIRECT:
        return enqueue(jobs.SIMULATE, {"draft": draft.pk}, requested_by=actor, key=str(draft.pk))
    draft.simulation = simulation.simulate(draft)
    Draft.objects.filter(pk=draft.pk).update(simulation=draft.simulation)
    return None


@transaction.atomic
def submit(actor: Any, draft: Draft, *, note: str | None = None) -> Draft:
    """Hand a simulated draft in; whoever may approve is told."""
    require(actor, "tiers.edit")
    draft = _locked(draft, DraftState.EDITING)
    if not simulation.is_fresh(draft):
        raise NotSimulatedError
    draft.note = draft.note if note is None else note.strip()[:MAX_NOTE]
    if not draft.note:
        raise DomainError(_("Say why, in a sentence."), field="note", code="required")
    # Whoever hands in answers for the draft.
    draft.state, draft.author, draft.submitted_at = DraftState.SUBMITTED, actor, timezone.now()
    draft.save()
    audit.record(actor, "tiers.draft_submitted", draft, after={"name": draft.name, "note": draft.note})
    reviews.tell_approvers(draft)
    return draft


@transaction.atomic
def withdraw(actor: Any, draft: Draft) -> Draft:
    """Take a draft back that waits for approval, or take up one that was declined."""
    require(actor, "tiers.edit")
    draft = _locked(draft, DraftState.SUBMITTED, DraftState.REJECTED)
    draft.state = DraftState.EDITING
    draft.save(update_fields=["state", "updated_at"])
    return draft


def may_approve(actor: Any, draft: Draft) -> bool:
    """Not the author, unless nobody else in the installation may approve."""
    if draft.state != DraftState.SUBMITTED or actor.pk not in {one.pk for one in approvals.approvers()}:
        return False
    return draft.author_id != actor.pk or approvals.is_alone(actor)


@transaction.atomic
def approve(actor: Any, draft: Draft) -> TierModel:
    """Publish a draft: its definition is in force, and everybody is evaluated with it right away."""
    require(actor, "tiers.approve")
    draft = _locked(draft, DraftState.SUBMITTED)
    if not may_approve(actor, draft):
        raise SecondPersonError
    if not simulation.is_fresh(draft):
        raise NotSimulatedError
    alone = draft.author_id == actor.pk
    model = publication.publish(draft, actor)
    reviews.set_review(model, reviews.still_to_come(draft.review_on), actor)
    draft.state, draft.approver, draft.decided_at = DraftState.PUBLISHED, actor, timezone.now()
    draft.save()
    after = {"name": draft.name, "author": str(draft.author or ""), "note": draft.note}
    audit.record(actor, "tiers.published_alone" if alone else "tiers.published", model, after=after)
    reviews.tell_author(draft)
    jobs.ask_for_evaluation(actor)
    return model


@transaction.atomic
def reject(actor: Any, draft: Draft, reason: str) -> Draft:
    """Decline a draft with a reason; its author may take it up again."""
    require(actor, "tiers.approve")
    draft = _locked(draft, DraftState.SUBMITTED)
    if not reason.strip():
        raise DomainError(_("Say why, in a sentence."), field="reason", code="required")
    draft.state, draft.approver, draft.decided_at = DraftState.REJECTED, actor, timezone.now()
    draft.answer = reason.strip()[:MAX_NOTE]
    draft.save()
    audit.record(actor, "tiers.draft_rejected", draft, after={"name": draft.name, "reason": draft.answer})
    reviews.tell_author(draft)
    return draft


@transaction.atomic
def rollback(actor: Any, version: Version, reason: str) -> None:
    """Put an older version back into force, with exactly its calibration; everybody is evaluated with it."""
    require(actor, "tiers.approve")
    if not reason.strip():
        raise DomainError(_("Say why, in a sentence."), field="reason", code="required")
    version = Version.objects.select_related("model").get(pk=version.pk)
    if version.is_current:
        raise Conflict(_("This version is in force already."))
    before = versions.current_of(version.model)
    versions.activate(version, actor=actor, note=reason.strip()[:MAX_NOTE])
    told = {"before": {"version": before.number} if before else {}, "after": {"version": version.number}}
    audit.record(actor, "tiers.rolled_back", version.model, note=reason.strip()[:MAX_NOTE], **told)
    if version.model.is_primary:
        enqueue(insight_jobs.RUN, {"recalibrate": False}, requested_by=actor, key=insight_jobs.RUN_KEY)
    jobs.ask_for_evaluation(actor)


@transaction.atomic
def retire(actor: Any, model: TierModel) -> None:
    """Take a model beside the primary one out of use; its versions stay."""
    require(actor, "tiers.approve")
    if model.is_primary:
        raise DomainError(_("The primary model stays in use."), code="primary")
    model.retired_at = timezone.now()
    model.save(update_fields=["retired_at", "updated_at"])
    TierAssignment.objects.filter(model=model).delete()
    audit.record(actor, "tiers.model_retired", model, before={"name": model.name})


@transaction.atomic
def set_review(actor: Any, model: TierModel, due_on: date | None) -> None:
    """The day on which everybody who works on tier models is reminded to look at this one again."""
    require(actor, "tiers.edit")
    if due_on is not None and reviews.still_to_come(due_on) is None:
        raise DomainError(_("Choose a day to come."), field="review_on", code="past")
    reviews.set_review(model, due_on, actor)
    # A draft on its way must not bring back another day.
    Draft.objects.filter(model=model, state__in=DraftState.open()).update(review_on=due_on)
    audit.record(actor, "tiers.review_set", model, after={"due_on": due_on.isoformat() if due_on else ""})


def require_any(actor: Any) -> None:
    """Those who change tier models, and those who approve."""
    from zhike.platform.permissions import allowed

    if not allowed(actor, "tiers.approve"):
        require(actor, "tiers.edit")


def _locked(draft: Draft, *states: str) -> Draft:
    found = Draft.objects.select_for_update().get(pk=draft.pk)
    _require_state(found, *states)
    return found


def _require_state(draft: Draft, *states: str) -> None:
    if draft.state not in states:
        raise WrongStateError


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME:
        raise DomainError(_("Give the model a name."), field="name", code="required")
    return name


def _criteria(draft: Draft) -> list[str]:
    return [dimension["code"] for dimension in draft.definition["tiers"]["dimensions"]]


def _weighted(definition: dict[str, Any], weights: Mapping[str, float]) -> dict[str, Any]:
    found = copy.deepcopy(definition)
    for dimension in found["tiers"]["dimensions"]:
        dimension["weight"] = weights.get(dimension["code"], 0)
    return found


def _define(draft: Draft, definition: dict[str, Any], *, told: dict[str, Any] | None = None) -> None:
    """Set the definition and what its weights rest on: by hand as soon as they are no longer the computed."""
    primary = simulation.will_be_primary(draft)
    draft.definition = insight.checked(definition, predicted=not primary).to_dict()
    draft.weights = told or draft.weights or {"method": Method.HAND, "experts": []}
    weights = {d["code"]: d["weight"] for d in draft.definition["tiers"]["dimensions"]}
    if draft.weights["method"] != Method.HAND and draft.weights.get("weights") != weights:
        draft.weights = {**draft.weights, "method": Method.HAND}
    if draft.simulation and draft.simulation.get("key") != simulation.key_of(draft):
        draft.simulation = {}
