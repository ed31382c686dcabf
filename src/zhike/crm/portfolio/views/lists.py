"""The customer list, its saved views and its export, and the search box."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from zhike.crm.customers import words
from zhike.crm.customers.forms import SavedViewForm
from zhike.crm.customers.models import Customer
from zhike.crm.customers.search import search_ids
from zhike.crm.insight import labels
from zhike.crm.portfolio import exports, filter_groups, filters, queries, ready_views, saved_views, tables
from zhike.platform import audit
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request
from zhike.platform.tables import Table, chosen_columns, page_url
from zhike.platform.templatetags import zhike_format as say

SUGGESTIONS = 8


@requires("customers.view")
def customer_list(request: Request) -> HttpResponse:
    """The list under the filters, order and columns of its address."""
    user, query = request.user, request.GET
    if any("" in values for _name, values in query.lists()):
        # The form sends its empty fields too; the address that is shared has none.
        kept = saved_views.kept(query, filters.PARAMETERS)
        return redirect(f"{request.path}?{kept.urlencode()}")
    shown = queries.shown_to(user)
    listing = queries.listing(user, query, tables.columns(shown))
    shown = queries.with_contact_states(shown, listing.page.rows)
    kept = saved_views.kept(query, filters.PARAMETERS)
    context = {
        "table": Table(tables.columns(shown), listing.page.rows, query, sort=listing.sort),
        "summary": _count_words(listing.count),
        "previous_url": page_url(query, listing.page.previous_cursor),
        "next_url": page_url(query, listing.page.next_cursor),
        "chips": filters.Bar(query, user, shown.tiers, shown.custom).chips(),
        "ready": ready_views.entries(user, kept, shown.tiers),
        "everybody": not ready_views.shown(kept),
        "views": saved_views.entries(user, query, filters.PARAMETERS),
        "view_form": SavedViewForm(initial={"query": kept.urlencode()}),
        "query": kept.urlencode(),
        "as_of": shown.today if shown.insight else None,
        "can_export": allowed(user, "export"),
        "can_analyze": allowed(user, "insight.view"),
        "can_divide": allowed(user, "insight.view") and allowed(user, "segments.edit"),
        "can_edit": allowed(user, "customers.edit"),
        "can_import": allowed(user, "import"),
        "formats": [("xlsx", "Excel"), ("csv", "CSV"), ("parquet", "Parquet")],
    }
    return render(request, "customers/list.html", context)


@requires("customers.view")
def filter_form(request: Request) -> HttpResponse:
    """The filters to choose from, fetched when somebody opens them."""
    user, query = request.user, request.GET
    tiers = labels.tier_names() if allowed(user, "insight.view") else {}
    kept = saved_views.kept(query, filters.PARAMETERS)
    context = {
        "groups": filter_groups.grouped(filters.Bar(query, user, tiers).fields()),
        "hidden": [(name, value) for name in ("sort", "columns") for value in kept.getlist(name)],
    }
    return render(request, "customers/_filter_form.html", context)


@requires("customers.view")
def count(request: Request) -> HttpResponse:
    """How many customers the list has and what they brought in: fetched after its page."""
    found, total = queries.summed(request.user, request.GET)
    words = _count_words(found)
    if total:
        words += " · " + _("net revenue %(total)s") % {"total": say.money_short(total)}
    return HttpResponse(words)


def _count_words(count: int | None) -> str:
    if count is None:
        return _("more than %(count)s customers") % {"count": say.number(queries.SORTED)}
    more = count > queries.COUNTED
    words = f"{say.number(queries.COUNTED)}+" if more else say.number(count)
    return ngettext("%(count)s customer", "%(count)s customers", count) % {"count": words}


@requires("customers.view")
def search_box(request: Request) -> HttpResponse:
    """Suggestions below the search box; without htmx the list with the same search."""
    text = request.GET.get("q", "").strip()[:80]
    list_url = f"{reverse('customers:list')}?{urlencode({'q': text})}"
    if not request.htmx:
        return redirect(list_url)
    visible = Customer.objects.visible_to(request.user)
    ids = search_ids(text, visible, request.user, limit=SUGGESTIONS) if text else []
    found = {customer.pk: customer for customer in queries.with_details(visible.filter(pk__in=ids))}
    named = labels.names_given() if ids and allowed(request.user, "insight.view") else None
    reach = words.Reach(request.user)
    context = {
        "text": text,
        "rows": [_suggestion(found[pk], reach, named) for pk in ids if pk in found],
        "list_url": list_url,
    }
    return render(request, "customers/_suggestions.html", context)


def _suggestion(
    customer: Customer, reach: words.Reach, named: Callable[[int, int | None], str] | None
) -> tuple[Customer, str, str]:
    """The customer, a line about the customer, and the name of the tier ("" without one)."""
    score = customer.score if named is not None and tables.has_score(customer) else None
    tier = named(score.tier, score.version_id) if named is not None and score and score.tier else ""
    place = words.place_name(customer.province, customer.city)
    parts = (customer.code, reach.phone(customer.phone), place, str(customer.owner or ""))
    return customer, " · ".join(filter(None, parts)), tier


@requires("customers.view", "export")
@require_POST
def export(request: Request) -> HttpResponseBase:
    """The list of an address as a file: its rows, its columns, all pages."""
    user, query = request.user, QueryDict(request.POST.get("query", "")[:4000])
    columns = tables.columns(queries.shown_to(user))
    if not request.POST.get("all_columns"):
        columns = chosen_columns(columns, query)
    rows = queries.filtered(user, query)
    kind = request.POST.get("format", "")
    note = f"{kind} · {rows.count()} · {query.urlencode()}"
    answer = exports.response(
        kind,
        queries.with_details(rows, tags=True, predictions=True).order_by("pk"),
        columns,
        _file_name(),
    )
    audit.record(user, "customers.exported", note=note)
    return answer


def _file_name() -> str:
    return f"customers-{timezone.localdate():%Y%m%d}"


@requires("customers.view")
@require_POST
def save_view(request: Request) -> HttpResponse:
    """Keep the list that is being looked at under a name."""
    form = SavedViewForm(request.POST)
    query = QueryDict(request.POST.get("query", "")[:4000])
    if form.is_valid():
        saved_views.save_view(
            actor=request.user,
            name=form.cleaned_data["name"],
            query=query,
            parameters=filters.PARAMETERS,
            shared=form.cleaned_data["shared"],
        )
        messages.success(request, _("The view is saved."))
    else:
        messages.error(request, _("Give the view a name of at most 80 characters."))
    return redirect(f"{reverse('customers:list')}?{saved_views.kept(query, filters.PARAMETERS).urlencode()}")


@requires("customers.view")
@require_POST
def delete_view(request: Request, pk: int) -> HttpResponse:
    view = get_object_or_404(saved_views.views_of(request.user), pk=pk)
    saved_views.delete_view(actor=request.user, view=view)
    messages.success(request, _("The view is deleted."))
    return redirect("customers:list")


@requires("customers.view")
def city_options(request: Request) -> HttpResponse:
    """The cities of the province chosen in a form."""
    cities = words.cities(request.GET.get("province", "") or "-")
    return render(request, "customers/_options.html", {"pairs": cities})
