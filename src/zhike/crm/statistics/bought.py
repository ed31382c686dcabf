"""Customers by the categories that they ever bought."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.crm.catalog.models import Category
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.statistics.dimensions import BOUGHT, Dimension, unlisted

#: The last bit of the mask stands for all further categories.
SHARED = 62


def dimensions() -> dict[str, Dimension]:
    """None before there are categories."""
    if not Category.objects.filter(ordinal__isnull=False).exists():
        return {}
    return {"category": _CATEGORY}


def _names(_base: Snapshot, keys: list[Any]) -> dict[Any, str]:
    known = Category.objects.filter(ordinal__in=[key for key in keys if key is not None], ordinal__lt=SHARED)
    return {**dict(known.values_list("ordinal", "name")), SHARED: _("Further categories")}


_CATEGORY = Dimension(
    "category",
    gettext_lazy("Category bought"),
    BOUGHT,
    "q.held",
    unlisted,
    _names,
    joins=("categories",),
    several=True,
    spread=True,
)
