"""Form fields in Bootstrap's clothes: label, input, help and errors that belong together."""

from __future__ import annotations

from django import forms, template
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import BoundField
from django.forms.boundfield import BoundWidget
from django.utils.safestring import SafeString

from zhike.platform.templatetags.zhike_format import UNKNOWN

register = template.Library()

CHECKED = (forms.CheckboxInput,)
LISTED = (forms.CheckboxSelectMultiple, forms.RadioSelect)
CHOSEN = (forms.Select, forms.SelectMultiple)


@register.filter
def field_shape(field: BoundField) -> str:
    """ "check" for one box, "list" for several, "input" for everything else."""
    widget = field.field.widget
    if isinstance(widget, LISTED):
        return "list"
    return "check" if isinstance(widget, CHECKED) else "input"


@register.filter
def boxes(field: BoundField) -> list[BoundWidget]:
    """The single boxes of a list of choices."""
    field.field.widget.attrs.setdefault("class", "form-check-input")
    return list(field)


@register.filter
def dressed(field: BoundField) -> SafeString:
    """The widget with the class of its kind, marked when its value was refused."""
    widget = field.field.widget
    if isinstance(widget, CHECKED):
        name = "form-check-input"
    else:
        _name_nothing(field.field)
        name = "form-select" if isinstance(widget, CHOSEN) else "form-control"
    given = widget.attrs.get("class", "")
    classes = " ".join(filter(None, (name, given, "is-invalid" if field.errors else "")))
    return field.as_widget(attrs={"class": classes})


def _name_nothing(field: forms.Field) -> None:
    """Nothing chosen is a dash, as everywhere, not Django's row of dashes."""
    ((_value, dashes),) = BLANK_CHOICE_DASH
    if isinstance(field, forms.ModelChoiceField):
        field.empty_label = UNKNOWN if field.empty_label == dashes else field.empty_label
    elif isinstance(field.widget, forms.Select):
        known = field.widget.choices
        field.widget.choices = [(value, UNKNOWN if label == dashes else label) for value, label in known]
