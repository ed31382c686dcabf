"""A field, its help and what was wrong with it belong together for who hears the page, too."""

from __future__ import annotations

import re

from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH
from django.template import Context, Template

FIELDS = Template(
    "{% load zhike_forms %}"
    '{% for field in form %}{% include "web/_field.html" with shape=field|field_shape %}{% endfor %}'
)


class Entry(forms.Form):
    name = forms.CharField(help_text="As on the contract")
    size = forms.ChoiceField(choices=[*BLANK_CHOICE_DASH, ("s", "small")], required=False)
    days = forms.MultipleChoiceField(choices=[("1", "Mo"), ("2", "Tu")], widget=forms.CheckboxSelectMultiple)


def test_what_describes_a_field_stands_beside_it() -> None:
    shown = FIELDS.render(Context({"form": Entry({})}))
    described = {name for names in re.findall(r'aria-describedby="([^"]+)"', shown) for name in names.split()}
    assert described == {"id_name_helptext", "id_name_error", "id_days_error"}
    assert described <= set(re.findall(r' id="([^"]+)"', shown))


def test_nothing_chosen_is_a_dash() -> None:
    assert '<option value="" selected>—</option>' in FIELDS.render(Context({"form": Entry()}))
