"""Promised next steps in the calendar; the calendar itself knows tasks only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from zhike.crm.interactions.models import Interaction
from zhike.crm.tasks.calendar import Entry, register_source

MOST = 1000


def of_user(user: Any, first: date, last: date) -> Iterator[Entry]:
    """What the user promised, or what was promised to customers that he or she looks after."""
    mine = Q(customer__owner_id=user.pk) | Q(author_id=user.pk)
    rows = Interaction.objects.visible_to(user).filter(mine, next_step_on__range=(first, last))
    for row in rows.select_related("customer").order_by("next_step_on", "pk")[:MOST]:
        if row.next_step_on is not None:
            yield _entry(row, row.next_step_on)


def _entry(row: Interaction, on: date) -> Entry:
    return Entry(
        key=f"step-{row.pk}",
        kind="step",
        on=on,
        label=row.next_step or row.summary[:80],
        url=reverse("customers:detail", args=[row.customer_id]),
        detail=row.customer.name,
        icon="arrow-forward-up",
        color="orange",
        done=row.settled_at is not None,
    )


register_source(of_user, "next_steps", reach=timedelta(days=366))
