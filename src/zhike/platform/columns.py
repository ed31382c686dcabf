"""Columns of a model by their names, with their types."""

from __future__ import annotations

from typing import Any

from django.db.models import Field, Model


def column_of(model: type[Model], name: str) -> Field[Any, Any]:
    """The field of the model itself; relations that only lead to it have no label and no choices."""
    found = model._meta.get_field(name)
    if not isinstance(found, Field):
        raise LookupError(f"{model.__name__}.{name} is no column")
    return found
