"""The tag that draws one value as a list does, so that a badge looks the same everywhere."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from zhike.platform import cells

register = template.Library()


@register.simple_tag
def cell(kind: str, value: Any, label: Any = "") -> SafeString:
    """A value of the given kind; ranks arrive as text when an attribute was literal."""
    if kind == "tier" and isinstance(value, str):
        value = int(value) if value.isdigit() else 0
    return cells.draw(kind, value, str(label) if label else "")
