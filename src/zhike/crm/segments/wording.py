"""A definition, its problems and its state in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhike.analytics.problems import SettingsError
from zhike.analytics.segments import Catalogue
from zhike.crm.insight import labels
from zhike.crm.segments import fields, queries
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Segment
from zhike.crm.segments.standing import Place
from zhike.platform.errors import DomainError
from zhike.platform.templatetags import zhike_format as say


def said(definition: Any, language: str, catalogue: Catalogue | None = None) -> str:
    """The definition as a sentence; what no longer can be read is said so."""
    try:
        return sentence(definition, language, catalogue)
    except (SettingsError, DomainError):
        return _("This definition cannot be read any more. Open it to see what is missing.")


def sentence(definition: Any, language: str, catalogue: Catalogue | None = None) -> str:
    """Conditions and limit in words. Raises ``SettingsError`` when the definition cannot be read."""
    catalogue = catalogue or fields.whole()
    text = queries.say(definition, language, catalogue)
    text = text[1:-1] if _is_wrapped(text) else text
    limit = definition.get("limit")
    return text[:1].upper() + text[1:] + (_limit_words(limit, catalogue) if limit else "")


def _is_wrapped(text: str) -> bool:
    """True when one pair of brackets holds the whole sentence."""
    if text[:1] + text[-1:] not in ("()", "（）"):
        return False
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1, "（": 1, "）": -1}.get(character, 0)
        if depth == 0 and place < len(text) - 1:
            return False
    return True


def _limit_words(limit: Mapping[str, Any], catalogue: Catalogue) -> str:
    name = str(limit["order"])
    field = catalogue.fields[name.lstrip("-")]
    words = (
        _("; of these the first %(n)s by %(field)s")
        if name.startswith("-")
        else _("; of these the last %(n)s by %(field)s")
    )
    return words % {"n": say.number(limit["n"]), "field": labels.say(field.words)}


def place(found: Place, limit: Mapping[str, Any], *, among: bool) -> str:
    """The place of a customer in the order of a limit, and how many are taken."""
    name = str(limit["order"])
    order = _("highest first") if name.startswith("-") else _("lowest first")
    words = (
        _("By %(field)s, %(order)s: place %(rank)s of %(among)s. The first %(n)s are in.")
        if among
        else _("By %(field)s, %(order)s: place %(rank)s. The first %(n)s are in.")
    )
    numbers = {one: say.number(getattr(found, one)) for one in ("rank", "among", "n")}
    field = labels.say(fields.whole().fields[name.lstrip("-")].words)
    return words % {"field": field, "order": order, **numbers}


def problems(error: SettingsError) -> list[dict[str, str]]:
    """Each problem with its place, for the builder."""
    language = get_language() or "en"
    return [
        {"pointer": one.field, "code": one.code, "text": one.words.text(language)} for one in error.problems
    ]


def problem(found: Mapping[str, Any]) -> str:
    """Why the last evaluation failed, in the reader's language; "" when it did not."""
    if not found:
        return ""
    key = "zh" if (get_language() or "en").lower().startswith("zh") else "en"
    return str(found.get(key) or found.get("en") or _("The last evaluation failed."))


def is_changed(segment: Segment) -> bool:
    """True when what is being edited is not what is in force."""
    if segment.state != SegmentState.PUBLISHED or segment.version is None:
        return False
    return bool(segment.version.definition != segment.definition)
