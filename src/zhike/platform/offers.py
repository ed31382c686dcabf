"""What the fields of a form may be set to, where it depends on the person or on the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db.models import QuerySet


def offer(form: forms.BaseForm, **offered: QuerySet[Any] | Iterable[Any]) -> None:
    """Give the named choice fields their rows (a queryset) or their choices (pairs of value and label)."""
    for name, values in offered.items():
        if isinstance(values, QuerySet):
            cast(forms.ModelChoiceField, form.fields[name]).queryset = values
        else:
            cast(forms.ChoiceField, form.fields[name]).choices = list(values)
