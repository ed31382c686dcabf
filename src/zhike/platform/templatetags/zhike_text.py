"""Rich text in templates."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from zhike.platform import rich_text

register = template.Library()


@register.filter
def rich(text: str) -> SafeString:
    """A stored text as a page shows it, cleaned again on the way."""
    return rich_text.shown(text or "")
