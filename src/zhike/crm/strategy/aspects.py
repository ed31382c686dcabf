"""What other rooms know about a tier, shown beside its strategy; the page itself knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Aspect:
    """``words`` says it for every rank; ``url_name`` is the page where it is changed."""

    name: str
    label: Promise | str
    words: Callable[[], Mapping[int, str]]
    url_name: str = ""


ASPECTS: dict[str, Aspect] = {}


def register(aspect: Aspect) -> None:
    """Called once when the rooms are set up; the same name again replaces the aspect."""
    ASPECTS[aspect.name] = aspect
