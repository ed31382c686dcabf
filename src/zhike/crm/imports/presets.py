"""Mappings that are known beforehand: those built in (by the headings of common exports) and saved ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language

from zhike.analytics.columns import PRESETS, plain_name
from zhike.crm.imports.models import ImportPreset
from zhike.platform.requests import number_of


@dataclass(frozen=True)
class BuiltIn:
    """A built-in preset as the pages show it."""

    code: str
    label: str
    entity: str


def built_in(entity: str) -> list[BuiltIn]:
    language = get_language() or "zh-hans"
    return [
        BuiltIn(preset.code, preset.label(language), preset.entity)
        for preset in PRESETS
        if preset.entity == entity
    ]


def label_of(code: str) -> str:
    """The name of the preset that a mapping came from, '' when it was recognized column by column."""
    if code.startswith("saved:"):
        saved = ImportPreset.objects.filter(pk=number_of(code.removeprefix("saved:")) or 0).first()
        return saved.name if saved else ""
    language = get_language() or "zh-hans"
    return next((preset.label(language) for preset in PRESETS if preset.code == code), "")


def headers_key(headers: Sequence[str]) -> list[str]:
    """Headings in comparable form, without regard to their order."""
    return sorted(plain_name(header) for header in headers)


def fitting(entity: str, headers: Sequence[str]) -> ImportPreset | None:
    """The newest saved preset made for exactly these headings."""
    wanted = headers_key(headers)
    presets = ImportPreset.objects.filter(entity=entity).order_by("-pk")
    known = [preset for preset in presets if preset.headers == wanted]
    return next((p for p in known if set(p.mapping.get("columns", {})) <= set(headers)), None)
