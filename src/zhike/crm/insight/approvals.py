"""Four eyes: who may approve of changed tiers, and whether there is a second person at all."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

RIGHT = "tiers.approve"


def approvers() -> list[Any]:
    """Active people whose role lets them approve."""
    people = get_user_model().objects.filter(is_active=True, role__isnull=False).select_related("role")
    return [person for person in people.order_by("pk") if RIGHT in person.role.capabilities]


def is_alone(actor: Any) -> bool:
    """The only person of the installation who may approve: four eyes are not to be had."""
    return [person.pk for person in approvers()] == [actor.pk]
