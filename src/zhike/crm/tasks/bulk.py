"""Tasks that came from one act on many customers: which they are, and taking them back."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from zhike.crm.tasks.models import Task


def made_by(*, origin: str, prefix: str, customers: Collection[int]) -> dict[int, int]:
    """The tasks of that origin by customer."""
    keys = [f"{prefix}{pk}" for pk in customers]
    found = Task.objects.filter(origin=origin, origin_key__in=keys)
    return dict(found.values_list("customer_id", "pk"))


@transaction.atomic
def withdraw(*, tasks: Collection[int]) -> set[int]:
    """Delete tasks that nobody touched; returns those that were done, dropped, changed or deleted since."""
    numbers = list(tasks)
    untouched = Task.objects.open().filter(pk__in=numbers, version=1).select_for_update()
    going = set(untouched.values_list("pk", flat=True))
    Task.objects.filter(pk__in=going).delete()
    return set(numbers) - going
