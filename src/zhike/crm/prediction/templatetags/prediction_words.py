"""Reasons and money that may be unknown, as templates say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _

from zhike.crm.prediction import phrases
from zhike.platform.templatetags import zhike_format

register = template.Library()


@register.filter
def main_reason(found: Iterable[Mapping[str, Any]]) -> str:
    """The strongest of what makes leaving likelier, in words."""
    return next((one["words"] for one in phrases.reasons(found or ()) if one["raises"]), "")


@register.filter
def money_or_unknown(value: Any) -> str:
    """What nobody entered is unknown, which a dash would not say."""
    if value is None:
        return format_html('<span class="text-secondary">{}</span>', _("unknown"))
    return zhike_format.money(value, 0)
