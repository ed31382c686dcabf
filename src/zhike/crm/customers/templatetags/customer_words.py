"""Words that a template needs beside the value it has."""

from __future__ import annotations

from django import template

register = template.Library()


@register.simple_tag
def tier_of(names: dict[int, str], rank: int | None) -> str:
    """The name of a tier out of the names that the view read once."""
    return names.get(rank or 0, "")
