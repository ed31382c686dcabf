"""What an analysis says of customers as filters of the customer list: ``analysis=12&cluster=3``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.conditions import NOBODY
from zhike.crm.portfolio.filters import Filter, register
from zhike.crm.portfolio.memberships import numbers
from zhike.crm.workbench.models import Analysis, AnalysisValue


def _of_analysis(query: QueryDict, user: Any) -> Q:
    found = numbers([value for value in query.getlist("analysis") if value])
    clusters = numbers([value for value in query.getlist("cluster") if value])
    if not found or (any(query.getlist("cluster")) and not clusters):
        return NOBODY
    values = AnalysisValue.objects.filter(analysis__in=Analysis.objects.visible_to(user)).order_by()
    values = values.filter(analysis_id__in=found)
    if clusters:
        values = values.filter(output="cluster", label__in=clusters)
    # Who chose not to be profiled since then is in no group any more.
    return Q(pk__in=values.values("customer_id"), no_profiling=False)


def _with_analysis(query: QueryDict, user: Any) -> Q:
    """Clusters belong to an analysis; without one they choose nobody."""
    return Q() if any(query.getlist("analysis")) else NOBODY


def _analyses(user: Any) -> Sequence[tuple[str, str]]:
    from zhike.crm.workbench.presentation import recipe_name

    newest = Analysis.objects.visible_to(user)[:50]
    return [(str(one.pk), one.name or f"{recipe_name(one.recipe)} #{one.pk}") for one in newest]


register(
    Filter("analysis", _("Analysis"), kind="hidden", by_query=_of_analysis, pairs_for=_analyses),
    Filter("cluster", _("Cluster"), kind="hidden", by_query=_with_analysis),
)
