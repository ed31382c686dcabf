"""Names of the analysis in templates."""

from __future__ import annotations

from django import template
from django.forms import BoundField, Select
from django.utils.safestring import SafeString

from zhike.crm.insight import importing, labels

register = template.Library()


@register.simple_tag
def import_is_at_work() -> bool:
    """For the word that the figures do not know a file yet that is being imported."""
    return importing.is_at_work()


@register.filter
def stage_name(code: str) -> str:
    return labels.stage_name(code)


@register.filter
def tier_of(names: dict[int, str], rank: int) -> str:
    """The name of a rank in a mapping of the page's version."""
    return names.get(rank, "")


@register.filter
def styled(field: BoundField) -> SafeString:
    """A form field in the clothes of the design, marked when it has errors."""
    widget = field.field.widget
    name = "form-select" if isinstance(widget, Select) else "form-control"
    wrong = " is-invalid" if field.errors else ""
    return field.as_widget(attrs={"class": f"{name}{wrong}", "aria-label": str(field.label)})
