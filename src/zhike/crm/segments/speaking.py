"""Labels of closed vocabularies in both languages, for the library, which has no catalogue of its own."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils import translation

from zhike.analytics.words import Words

ENGLISH, CHINESE = "en", "zh-hans"


def in_both(values: type[TextChoices]) -> tuple[tuple[str, Words], ...]:
    """Codes with their labels in English and Chinese."""
    with translation.override(ENGLISH):
        english = [str(label) for label in values.labels]
    with translation.override(CHINESE):
        chinese = [str(label) for label in values.labels]
    return tuple((code, Words(en, zh)) for code, en, zh in zip(values.values, english, chinese, strict=True))
