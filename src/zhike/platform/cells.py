"""How a value of each kind looks in a list: plain text, a badge, a bar."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from zhike.platform import shades
from zhike.platform.templatetags import zhike_format


@cache
def icons_address() -> str:
    """Where all icons are: asked for a hundred times a page, the same until the process ends."""
    return static("icons.svg")


@cache
def drawn_icon(icon: str) -> SafeString:
    """What ``<c-icon>`` draws, for cells that are drawn without a template."""
    return format_html(
        '<svg class="icon" aria-hidden="true" viewBox="0 0 24 24"><use href="{}#tabler-{}"></use></svg>',
        icons_address(),
        icon,
    )


def draw(kind: str, value: Any, label: str = "") -> SafeString:
    """HTML of a value; ``label`` is what a coded value reads as."""
    drawer = DRAWERS.get(kind)
    if drawer is not None:
        return drawer(value, label)
    return conditional_escape(label or zhike_format.figure(value, kind))


def tier_badge(rank: int | None, label: str, hint: str = "") -> SafeString:
    """The tier's own colour everywhere; 0 or None is a customer without one. ``hint`` is its tooltip."""
    shade = shades.shade(rank)
    text = label or zhike_format.UNKNOWN
    if hint:
        return format_html('<span class="badge zk-tier zk-tier-{}" title="{}">{}</span>', shade, hint, text)
    return format_html('<span class="badge zk-tier zk-tier-{}">{}</span>', shade, text)


def stage_badge(code: str | None, label: str) -> SafeString:
    if not code:
        return _unknown()
    return format_html('<span class="badge zk-stage zk-stage-{}">{}</span>', code, label or code)


def abc_badge(value: str | None, label: str) -> SafeString:
    if not value:
        return _unknown()
    return format_html('<span class="badge zk-abc zk-abc-{}">{}</span>', value.lower(), label or value)


def state_badge(code: str | None, label: str) -> SafeString:
    if not code:
        return _unknown()
    return format_html('<span class="badge zk-state zk-state-{}">{}</span>', code, label or code)


def badge(value: Any, label: str) -> SafeString:
    text = label or zhike_format.figure(value, "text")
    return _unknown() if text == zhike_format.UNKNOWN else format_html('<span class="badge">{}</span>', text)


def tags(value: Any, label: str) -> SafeString:
    return format_html_join(" ", '<span class="badge">{}</span>', ((tag,) for tag in value or ()))


def progress(value: Any, label: str) -> SafeString:
    """A bar for a fraction between 0 and 1, with its figure."""
    if value is None:
        return _unknown()
    share = min(max(float(value), 0.0), 1.0)
    return format_html(
        '<span class="zk-bar"><progress value="{}" max="1"></progress><span class="num">{}</span></span>',
        f"{share:.4f}",
        label or zhike_format.percent(share, 0),
    )


def _unknown() -> SafeString:
    return format_html('<span class="text-secondary">{}</span>', zhike_format.UNKNOWN)


DRAWERS: dict[str, Callable[[Any, str], SafeString]] = {
    "tier": tier_badge,
    "stage": stage_badge,
    "abc": abc_badge,
    "state": state_badge,
    "badge": badge,
    "tags": tags,
    "progress": progress,
}
