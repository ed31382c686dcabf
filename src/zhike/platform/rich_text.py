"""Rich text from people: cleaned to a short list of tags before it is stored and again when it is shown."""

from __future__ import annotations

import html
import re

import nh3
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

TAGS = {"p", "div", "br", "b", "strong", "i", "em", "ul", "ol", "li", "a"}
ATTRIBUTES = {"a": {"href"}}
SCHEMES = {"http", "https", "mailto", "tel"}
MAX_LENGTH = 20_000
# Relative addresses too stay out: nobody links into the product's own acts.
_ADDRESS = re.compile(rf"(?i)(?:{'|'.join(sorted(SCHEMES))}):")
_BREAKS = re.compile(r"(?i)<(?:br|/p|/div|/li)\s*/?>")


def clean(text: str) -> str:
    """The text with nothing but the permitted tags; links open without knowing where they came from."""
    return nh3.clean(
        text,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    ).strip()


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The library permits titles and languages everywhere; here nothing but an address of the web stays."""
    if name == "rel":  # the cleaner's own
        return value
    permitted = name in ATTRIBUTES.get(tag, ()) and _ADDRESS.match(value)
    return value if permitted else None


def shown(text: str) -> SafeString:
    """For a page: cleaned once more, because a row may have come from elsewhere."""
    return mark_safe(clean(text))


def words(text: str) -> str:
    """The text without tags, one line per paragraph."""
    bare = html.unescape(strip_tags(_BREAKS.sub("\n", text)))
    return "\n".join(line.strip() for line in bare.splitlines() if line.strip())
