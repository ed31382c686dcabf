"""What people are told about. Each room registers its kinds when the rooms are set up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from zhike.crm.notifications.choices import Email

Text = str | Promise

# One pass over the template; what a placeholder puts in is never read as a placeholder again.
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}|%%")


@dataclass(frozen=True)
class NotificationKind:
    """``text`` is a translatable template such as ``"%(customer)s fell to %(tier)s"``.

    Placeholders are filled from the notification's params when it is shown, in the reader's language;
    ``describe(params)`` may put words (a tier's name, a formatted sum) in their place first.
    """

    code: str
    label: Text
    text: Text
    icon: str = "bell"
    email_default: str = Email.DIGEST
    describe: Callable[[dict[str, Any]], Mapping[str, Any]] | None = None

    def words(self, params: Mapping[str, Any]) -> str:
        """The sentence for these params in the language that is active."""
        values = {**params, **(self.describe(dict(params)) if self.describe else {})}

        def fill(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            return "%" if name is None else str(values.get(name, ""))

        return PLACEHOLDER.sub(fill, str(self.text))


KINDS: dict[str, NotificationKind] = {}


def register(kind: NotificationKind) -> None:
    """The same code again replaces the kind."""
    KINDS[kind.code] = kind
