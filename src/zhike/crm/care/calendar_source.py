"""Occasions in the calendar of one's own customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.urls import reverse

from zhike.crm.care import queries
from zhike.crm.tasks.calendar import Entry, register_source

MOST = 300


def of_care(user: Any, first: date, last: date) -> Iterator[Entry]:
    """Open occasions of the person's own customers."""
    choice = queries.Choice(owner=user.pk)
    found = queries.agenda(user, first, last, choice, limit=MOST, chosen_only=True)
    for one in found.items:
        if one.state not in ("skipped", "suppressed"):
            yield Entry(
                key=f"care-{one.key}",
                kind="care",
                on=one.on,
                label=f"{one.person}: {one.label}",
                url=reverse("customers:detail", args=[one.customer.pk]),
                detail=one.reason,
                icon=one.kind.icon,
                color="pink",
                done=not one.is_open,
            )


register_source(of_care, "care")
