"""Pages of care: what is coming, its rules, and what a person wishes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from zhike.analytics.calendars import is_provisional
from zhike.crm.accounts.models import User
from zhike.crm.care import cards, choices, queries, services
from zhike.crm.care.choices import CHOSEN_REASONS, OCCASIONS, State
from zhike.crm.care.forms import OwnDateForm, PreferencesForm, RuleForm, SettingsForm
from zhike.crm.care.models import CareRule, CareSettings, OwnDate
from zhike.crm.customers.conditions import date_of
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.insight import labels
from zhike.platform import charts, company_day
from zhike.platform.errors import DomainError
from zhike.platform.permissions import allowed, requires, row_scope
from zhike.platform.requests import Request, number_of, way_back
from zhike.platform.tables import FilterChip, with_query

SPANS = (7, 14, 30)
PREVIEW_DAYS = 30


@requires("customers.view")
def upcoming(request: Request) -> HttpResponse:
    """What is coming, day by day, with what was done about it."""
    today = company_day.today()
    first = date_of(request.GET.get("first", "")) or today
    days = number_of(request.GET.get("days", "")) or SPANS[1]
    days = days if days in SPANS else SPANS[1]
    last, choice = first + timedelta(days=days - 1), _choice(request)
    plain = not choice.occasion
    names = labels.tier_names()
    agenda = queries.agenda(request.user, first, last, choice, chosen_only=plain)
    context = {
        "agenda": agenda,
        "days": _by_day(request, agenda, first, last, choice),
        "unfinished": queries.unfinished(request.user) if plain and first <= today else [],
        "chips": _chips(request, choice, names),
        "first": first,
        "last": last,
        "today": today,
        "span": days,
        "spans": SPANS,
        "choice": choice,
        "occasions": choices.grouped(),
        "owners": _owners(request),
        "tiers": _tiers(),
        "reasons": [(code.value, code.label) for code in CHOSEN_REASONS],
        "earlier_url": with_query(request.GET, first=f"{first - timedelta(days=days)}"),
        "later_url": with_query(request.GET, first=f"{last + timedelta(days=1)}"),
        "can_edit": allowed(request.user, "customers.edit"),
        "can_set": allowed(request.user, "rules.edit"),
        "provisional": is_provisional(last.year),
    }
    return render(request, "care/upcoming.html", context)


def _by_day(
    request: Request, agenda: queries.Agenda, first: date, last: date, choice: queries.Choice
) -> list[tuple[date, list[Any], list[Any]]]:
    """(day, festivals with the number of customers, occasions of persons)."""
    people = dict(agenda.days)
    if choice.occasion:
        return [(day, [], found) for day, found in agenda.days]
    festivals: dict[date, list[Any]] = {}
    for on, rule in queries.festival_days(first, last):
        count = queries.audience_size(request.user, rule, choice)
        festivals.setdefault(on, []).append((OCCASIONS[rule.occasion], count))
    return [(day, festivals.get(day, []), people.get(day, [])) for day in sorted({*people, *festivals})]


def _choice(request: Request) -> queries.Choice:
    occasion = request.GET.get("occasion", "")
    tier = number_of(request.GET.get("tier", ""))
    return queries.Choice(
        occasion=occasion if occasion in OCCASIONS else "",
        owner=number_of(request.GET.get("owner", "")),
        tiers=(tier,) if tier else (),
    )


def _chips(request: Request, choice: queries.Choice, names: dict[int, str]) -> list[FilterChip]:
    query, found = request.GET, []
    if choice.occasion:
        label = OCCASIONS[choice.occasion].label
        found.append(FilterChip(_("Occasion"), label, with_query(query, occasion=None)))
    owner = User.objects.filter(pk=choice.owner).first() if choice.owner else None
    if owner is not None:
        found.append(FilterChip(_("Owner"), str(owner), with_query(query, owner=None)))
    for rank in choice.tiers:
        found.append(FilterChip(_("Tier"), names.get(rank, str(rank)), with_query(query, tier=None)))
    return found


def _owners(request: Request) -> list[User]:
    if row_scope(request.user) == "own":
        return []
    return list(User.objects.filter(is_active=True).order_by("display_name")[:200])


def _tiers() -> list[tuple[int, str]]:
    names = labels.tier_names()
    return [(rank, names[rank]) for rank in sorted(names, reverse=True) if rank]


@requires("customers.view")
def year(request: Request) -> HttpResponse:
    """Birthdays of the next twelve months, as a chart."""
    today = company_day.today()
    counts = queries.year_of_birthdays(request.user, today)
    months: dict[str, int] = {}
    for number in range(365):
        day = today + timedelta(days=number)
        months[f"{day:%Y-%m}"] = months.get(f"{day:%Y-%m}", 0) + counts[day]
    series = [charts.Series(_("Birthdays"), list(months.values()))]
    return JsonResponse(
        charts.bars(
            title=_("Birthdays of the next 365 days"), labels=list(months), series=series, unit="customers"
        )
    )


@requires("customers.view")
def card(request: Request, pk: int) -> HttpResponse:
    """The card of the customer page."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    context = {"customer": customer, **cards.context(request, customer)}
    return render(request, "care/_card.html", context)


@requires("customers.view", "customers.edit")
@require_POST
def settle(request: Request, pk: int) -> HttpResponse:
    """Done, skipped with a reason, open again, or noted as an interaction."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    on, occasion = date_of(request.POST.get("on", "")), request.POST.get("occasion", "")
    if on is None or occasion not in OCCASIONS:
        raise Http404
    key = request.POST.get("key", "")
    found = queries.find_one(request.user, customer, key=key, on=on, occasion=occasion)
    if found is None:
        raise Http404
    try:
        messages.success(request, _settle(request, found))
    except DomainError as error:
        messages.error(request, str(error))
    return _back(request, reverse("care:upcoming"))


def _settle(request: Request, found: Any) -> str:
    action, post = request.POST.get("action", ""), request.POST
    if action == "log":
        services.log_greeting(actor=request.user, found=found, text=post.get("text", ""))
        return _("Noted in the customer's timeline.")
    states = {"done": State.DONE, "skip": State.SKIPPED, "open": State.DUE}
    if action not in states:
        raise Http404
    services.settle(actor=request.user, found=found, state=states[action], reason=post.get("reason", ""))
    return _("Saved.")


def _back(request: Request, default: str) -> HttpResponse:
    """To where the form stood, when that is a page of ours."""
    return redirect(way_back(request, default))


@requires("customers.view", "customers.edit")
def preferences(request: Request, pk: int) -> HttpResponse:
    """Who wants no greetings, mourns or has died."""
    customer = get_object_or_404(Customer.objects.editable_by(request.user), pk=pk)
    return _preferences(request, customer, None)


@requires("customers.view", "customers.edit")
def contact_preferences(request: Request, pk: int) -> HttpResponse:
    """The same for a contact at a company."""
    visible = Contact.objects.visible_to(request.user).select_related("customer")
    contact = get_object_or_404(visible, pk=pk)
    get_object_or_404(Customer.objects.editable_by(request.user), pk=contact.customer_id)
    return _preferences(request, contact.customer, contact)


def _preferences(request: Request, customer: Customer, contact: Contact | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = PreferencesForm(data, person=contact or customer)
    if request.method == "POST" and form.is_valid():
        services.set_preferences(actor=request.user, customer=customer, contact=contact, **form.flags())
        messages.success(request, _("Saved."))
        return redirect("customers:detail", pk=customer.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "customer": customer, "person": contact or customer}
    return render(request, "care/preferences.html", context, status=status)


@requires("customers.view", "customers.edit")
def add_date(request: Request, pk: int) -> HttpResponse:
    """Remember a day of a customer's."""
    customer = get_object_or_404(Customer.objects.editable_by(request.user), pk=pk)
    form = OwnDateForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        services.add_own_date(actor=request.user, customer=customer, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("customers:detail", pk=customer.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "care/own_date.html", {"form": form, "customer": customer}, status=status)


@requires("customers.view", "customers.edit")
@require_POST
def delete_date(request: Request, pk: int) -> HttpResponse:
    own_date = get_object_or_404(OwnDate.objects.visible_to(request.user).select_related("customer"), pk=pk)
    get_object_or_404(Customer.objects.editable_by(request.user), pk=own_date.customer_id)
    services.delete_own_date(actor=request.user, own_date=own_date)
    messages.success(request, _("Deleted."))
    return redirect("customers:detail", pk=own_date.customer_id)


@requires("rules.edit")
def rules(request: Request) -> HttpResponse:
    """All rules, and how the calendar is read."""
    form = SettingsForm(request.POST or None, instance=CareSettings.current())
    if request.method == "POST" and form.is_valid():
        services.save_settings(actor=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("care:rules")
    today = company_day.today()
    context = {
        "rules": [_described(rule) for rule in CareRule.objects.all()],
        "form": form,
        "provisional": [year for year in (today.year, today.year + 1) if is_provisional(year)],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "care/rules.html", context, status=status)


def _described(rule: CareRule) -> dict[str, Any]:
    names = labels.tier_names()
    whom = [names.get(rank, str(rank)) for rank in sorted(rule.tiers, reverse=True)]
    whom += [labels.stage_name(code) for code in rule.stages]
    whom += [_("%(count)s lists") % {"count": len(rule.lists)}] if rule.lists else []
    return {"rule": rule, "whom": _(", ").join(whom) or _("All customers"), "lead": _lead_words(rule)}


def _lead_words(rule: CareRule) -> str:
    count = {"count": rule.lead}
    if not rule.lead:
        return _("on the day")
    if rule.lead_in == choices.Lead.DAYS:
        return ngettext("%(count)s day before", "%(count)s days before", rule.lead) % count
    return ngettext("%(count)s working day before", "%(count)s working days before", rule.lead) % count


@requires("rules.edit")
def rule(request: Request, pk: int | None = None) -> HttpResponse:
    """One rule, with a preview of whom it would remember in the next 30 days."""
    found = get_object_or_404(CareRule, pk=pk) if pk else None
    form = RuleForm(request.POST or None, instance=found, user=request.user)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("action") == "preview":
            candidate = CareRule(**{"lists": [], **form.cleaned_data})
            return _rule_page(request, form, found, preview=queries.would_remind(candidate, PREVIEW_DAYS))
        if _save(request, form, pk):
            messages.success(request, _("Saved."))
            return redirect("care:rules")
    return _rule_page(request, form, found, status=422 if request.method == "POST" else 200)


def _save(request: Request, form: RuleForm, pk: int | None) -> bool:
    # The form has written its values on its instance already; the verb compares with the stored rule.
    stored = CareRule.objects.get(pk=pk) if pk else None
    try:
        services.save_rule(actor=request.user, rule=stored, **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True


def _rule_page(
    request: Request, form: RuleForm, found: CareRule | None, *, preview: int | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "rule": found, "preview": preview, "days": PREVIEW_DAYS}
    return render(request, "care/rule.html", context, status=status)


@requires("rules.edit")
@require_POST
def switch_rule(request: Request, pk: int) -> HttpResponse:
    found = get_object_or_404(CareRule, pk=pk)
    services.save_rule(actor=request.user, rule=found, active=not found.active)
    return redirect("care:rules")


@requires("rules.edit")
@require_POST
def delete_rule(request: Request, pk: int) -> HttpResponse:
    services.delete_rule(actor=request.user, rule=get_object_or_404(CareRule, pk=pk))
    messages.success(request, _("Deleted."))
    return redirect("care:rules")
