"""What was done, in words; acts are named by codes of the rooms above."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

ACTS = {"bulk.list": _("Put into a list"), "bulk.task": _("Tasks created")}


def act_name(code: str) -> str:
    return gettext(str(ACTS[code])) if code in ACTS else code
