"""What the simulated company brought besides its customers, so that exactly this can be removed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zhike.crm.accounts.models import Team, User
from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers.models import CustomField
from zhike.platform.models import Installation

# In the order in which they can go again.
KINDS: dict[str, Any] = {
    "products": Product,
    "categories": Category,
    "users": User,
    "teams": Team,
    "fields": CustomField,
}


@contextmanager
def noted() -> Iterator[None]:
    """Write down the numbers of the rows that are created inside, in the transaction around it."""
    before = {name: set(_numbers(model)) for name, model in KINDS.items()}
    yield
    came = {name: sorted(set(_numbers(model)) - before[name]) for name, model in KINDS.items()}
    Installation.objects.filter(pk=Installation.current().pk).update(simulation=came)


def _numbers(model: Any) -> list[int]:
    return list(model._base_manager.order_by().values_list("pk", flat=True))
