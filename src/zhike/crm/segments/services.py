"""Verbs of segments: made, saved, published, put away; and people chosen by hand."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.crm.customers.models import Customer
from zhike.crm.segments import evaluation, jobs, queries
from zhike.crm.segments.choices import Choice, SegmentState
from zhike.crm.segments.definitions import read_for, refuse_cycle, sha256
from zhike.crm.segments.models import ManualChoice, Membership, Segment, SegmentVersion
from zhike.platform import audit
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import allowed, require

COPY_TRIES = 100


@transaction.atomic
def create_segment(
    *, actor: Any, name: str, definition: Any, description: str = "", shared: bool = True
) -> Segment:
    """A draft. Raises ``SettingsError`` with every problem of the definition."""
    require(actor, "segments.edit")
    read_for(actor, definition)
    segment = Segment.objects.create(
        name=_free_name(name),
        description=_short(description),
        definition=definition,
        shared=shared,
        owner=actor,
    )
    audit.record(actor, "segment.created", segment, after=_state(segment))
    return segment


@transaction.atomic
def save_segment(
    *,
    actor: Any,
    segment: Segment,
    name: str | None = None,
    definition: Any = None,
    description: str | None = None,
    shared: bool | None = None,
) -> Segment:
    """Change what is given; a published segment goes on with its version until it is published again."""
    current = _changeable(actor, segment)
    before = _state(current)
    if definition is not None:
        refuse_cycle(current, read_for(actor, definition))
        current.definition = definition
    if name is not None and name.strip() != current.name:
        current.name = _free_name(name, besides=current.pk)
    if description is not None:
        current.description = _short(description)
    if shared is not None:
        current.shared = shared
    current.save(update_fields=["name", "description", "definition", "shared", "updated_at"])
    if _state(current) != before:
        audit.record(actor, "segment.changed", current, before=before, after=_state(current))
    return current


@transaction.atomic
def publish(*, actor: Any, segment: Segment) -> Segment:
    """Put the definition in force: from now on its members follow. Its evaluation is asked for."""
    current = _changeable(actor, segment)
    refuse_cycle(current, read_for(actor, current.definition))
    version = _version(actor, current)
    before = {"state": current.state, "version": current.version and current.version.number}
    current.state, current.version, current.problem = SegmentState.PUBLISHED, version, {}
    current.evaluated_at = None
    current.save(update_fields=["state", "version", "problem", "evaluated_at", "updated_at"])
    after = {"state": current.state, "version": version.number}
    audit.record(actor, "segment.published", current, before=before, after=after, note=version.sha256)
    jobs.ask_for([current.pk], requested_by=actor)
    return current


def _version(actor: Any, segment: Segment) -> SegmentVersion:
    """The version in force when it says the same, else a new one."""
    digest = sha256(segment.definition)
    if segment.version is not None and segment.version.sha256 == digest:
        return segment.version
    last = segment.versions.order_by("-number").values_list("number", flat=True).first() or 0
    return SegmentVersion.objects.create(
        segment=segment, number=last + 1, definition=segment.definition, sha256=digest, created_by=actor
    )


@transaction.atomic
def archive(*, actor: Any, segment: Segment) -> Segment:
    """Its members follow no longer; what they were stays. Refused while others ask for it."""
    current = _changeable(actor, segment)
    _refuse_used(current)
    before = {"state": current.state}
    current.state = SegmentState.ARCHIVED
    current.save(update_fields=["state", "updated_at"])
    audit.record(actor, "segment.archived", current, before=before, after={"state": current.state})
    return current


@transaction.atomic
def delete(*, actor: Any, segment: Segment) -> None:
    """Remove a segment with its history; refused while others ask for it."""
    current = _changeable(actor, segment)
    _refuse_used(current)
    audit.record(actor, "segment.deleted", current, before=_state(current))
    Segment.objects.filter(pk=current.pk).update(version=None)
    history = Membership.objects.filter(segment=current)
    history._raw_delete(history.db)
    current.version = None
    current.delete()


def _refuse_used(segment: Segment) -> None:
    users = queries.where_used(segment)
    if users:
        names = _("、").join(one.name for one in users[:5])
        raise DomainError(
            _("Other segments ask for this one: %(names)s. Change them first.") % {"names": names},
            code="used",
        )


@transaction.atomic
def duplicate(*, actor: Any, segment: Segment) -> Segment:
    """A draft of one's own with the same definition."""
    require(actor, "segments.edit")
    found = Segment.objects.visible_to(actor).filter(pk=segment.pk).first()
    if found is None:
        raise NotAllowed()
    return create_segment(
        actor=actor,
        name=_copy_name(found.name),
        definition=found.definition,
        description=found.description,
        shared=found.shared,
    )


def _copy_name(name: str) -> str:
    taken = set(Segment.objects.filter(name__startswith=name[:60]).values_list("name", flat=True))
    for number in range(1, COPY_TRIES):
        tail = _("(copy)") if number == 1 else _("(copy %(number)s)") % {"number": number}
        wanted = f"{name[: 78 - len(tail)]} {tail}"
        if wanted not in taken:
            return wanted
    raise DomainError(_("There are too many copies."), code="taken")


@transaction.atomic
def choose(*, actor: Any, segment: Segment, customer: Customer, choice: str | None, reason: str = "") -> None:
    """Put a customer in or out for good; without a choice the conditions decide again. Acts at once."""
    current = _changeable(actor, segment)
    if not Customer.objects.visible_to(actor).filter(pk=customer.pk).exists():
        raise DomainError(_("This customer does not exist."), field="customer", code="not_found")
    if choice is not None and choice not in Choice.values:
        raise DomainError(_("Choose one of the values offered."), field="choice", code="choice")
    old = ManualChoice.objects.filter(segment=current, customer=customer).first()
    if choice is None:
        ManualChoice.objects.filter(segment=current, customer=customer).delete()
    else:
        ManualChoice.objects.update_or_create(
            segment=current,
            customer=customer,
            defaults={"choice": choice, "reason": reason.strip()[:200], "by": actor, "at": timezone.now()},
        )
    before, after = {"choice": old.choice if old else None}, {"choice": choice}
    note = f"{customer.name}: {reason.strip()}"[:500]
    audit.record(actor, "segment.chosen", current, before=before, after=after, note=note)
    if current.state == SegmentState.PUBLISHED:
        evaluation.settle_choice(current, customer.pk, choice)


def evaluate_now(segments: list[Segment] | None = None) -> dict[str, Any]:
    """Build the base where it is missing or older than the last analysis, and evaluate; in this process."""
    return evaluation.work(None if segments is None else [one.pk for one in segments])


def _changeable(actor: Any, segment: Segment) -> Segment:
    """The segment, locked, if the actor may change it."""
    require(actor, "segments.edit")
    rows = Segment.objects.visible_to(actor) if allowed(actor, "insight.view") else Segment.objects.none()
    found = rows.select_for_update(of=("self",)).select_related("version").filter(pk=segment.pk).first()
    if found is None:
        raise NotAllowed()
    return found


def _free_name(name: str, besides: int = 0) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 80 or "\x00" in name:
        raise DomainError(
            gettext_lazy("Give the segment a name of at most 80 characters."), field="name", code="required"
        )
    if Segment.objects.filter(name=name).exclude(pk=besides).exists():
        raise DomainError(gettext_lazy("There is a segment of this name."), field="name", code="taken")
    return name


def _short(description: str) -> str:
    return description.strip().replace("\x00", "")[:300]


def _state(segment: Segment) -> dict[str, Any]:
    return {name: getattr(segment, name) for name in ("name", "description", "shared", "definition")}
