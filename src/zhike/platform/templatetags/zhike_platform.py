"""Words for jobs and audit events, as tags."""

from __future__ import annotations

from typing import Any

from django import template
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from zhike.platform import cells
from zhike.platform.audit_events import EVENTS, FACTS, SAYING
from zhike.platform.jobs import KINDS
from zhike.platform.models import AuditEvent, Job
from zhike.platform.permissions import allowed
from zhike.platform.templatetags.zhike_format import UNKNOWN

register = template.Library()


@register.filter
def may(user: Any, capability: str) -> bool:
    """Whether the person's role grants the capability."""
    return allowed(user, capability)


@register.simple_tag
def icons_address() -> str:
    return cells.icons_address()


@register.simple_tag
def job_title(job: Job) -> str | Promise:
    """The title of a job's kind."""
    kind = KINDS.get(job.kind)
    return kind.title if kind else job.kind


@register.simple_tag
def event_title(event: AuditEvent) -> str | Promise:
    """The words for an event."""
    return EVENTS.get(event.event, event.event)


@register.simple_tag
def field_title(event: AuditEvent, name: str) -> str:
    """The label of a changed field, as its model gives it, or of another fact."""
    label = getattr(_field(event, name), "verbose_name", "")
    # A field without words of its own is called by its name, as is a fact that nobody has put into words.
    return str(label if isinstance(label, Promise) else FACTS.get(name) or label or name)


@register.simple_tag
def field_value(event: AuditEvent, name: str, value: Any) -> str:
    """What a field held: in the words of its room, of choices the label, else the plain value."""
    if value and (event.target_type, name) in SAYING:
        return SAYING[event.target_type, name](value)
    labels = dict(getattr(_field(event, name), "flatchoices", ()))
    return str(labels.get(value) or plainly(value)) if isinstance(value, str | int) else plainly(value)


def _field(event: AuditEvent, name: str) -> Any:
    try:
        return apps.get_model(event.target_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None


@register.filter
def plainly(value: Any) -> str:
    """A value of the audit trail: yes and no in words, nothing as a dash, what belongs together joined."""
    if value is None or value == "" or value == [] or value == {}:
        return UNKNOWN
    if isinstance(value, dict):
        return str(_("; ")).join(f"{key}: {plainly(one)}" for key, one in value.items())
    if isinstance(value, list):
        return str(_("; ")).join(plainly(one) for one in value)
    return str((_("Yes") if value else _("No")) if isinstance(value, bool) else value)
