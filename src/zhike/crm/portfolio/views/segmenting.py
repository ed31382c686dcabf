"""From the filters of the list to a segment."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.insight import labels
from zhike.crm.portfolio import as_definition, filters, saved_views
from zhike.platform.permissions import requires
from zhike.platform.requests import Request

#: Where the builder finds the conditions that it begins with.
KEY = "segment_conditions"


@requires("customers.view", "insight.view", "segments.edit")
@require_POST
def as_segment(request: Request) -> HttpResponse:
    """Open the builder with the filters of the list; what it has no words for is named."""
    query = saved_views.kept(QueryDict(request.POST.get("query", "")[:4000]), filters.PARAMETERS)
    told = as_definition.definition_of(query, request.user)
    left = [f"{chip.label}: {chip.value}" for chip in _chips(request, told.left)]
    if told.is_empty:
        messages.error(request, _("None of these filters can be a condition of a segment."))
        return redirect(f"{reverse('customers:list')}?{query.urlencode()}")
    if left:
        text = _("These filters have no condition that says the same, and stay behind: %(filters)s.")
        messages.warning(request, text % {"filters": _("; ").join(left)})
    request.session[KEY] = told.definition
    return redirect(f"{reverse('segments:create')}?conditions=list")


def _chips(request: Request, query: QueryDict) -> list[filters.FilterChip]:
    return filters.Bar(query, request.user, labels.tier_names()).chips()
