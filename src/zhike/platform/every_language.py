"""Texts that are kept for readers whom nobody knows yet: in every language, shown in the reader's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise, lazy

from zhike.platform.errors import Text


def _fill(text: Promise, values: Mapping[str, Any]) -> str:
    return str(text) % values


_filled = lazy(_fill, str)


def filled(text: Promise, **values: Any) -> Promise:
    """A translatable text with its places filled, still to be said in the language of who reads it."""
    return cast(Promise, _filled(text, values))


def in_every_language(text: Text, longest: int = 500) -> dict[str, str]:
    """The text by language; one that is no translation reads the same in all."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found[code] = str(text)[:longest]
    return found


def own_words(texts: Mapping[str, str]) -> str:
    """What was kept, in the language of this moment."""
    spoken = translation.get_language() or settings.LANGUAGE_CODE
    return texts.get(spoken) or next(iter(texts.values()), "")
