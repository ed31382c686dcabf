"""The first day: set-up, first people, data to begin with, and the list of first steps."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.accounts.models import User
from zhike.crm.welcome import checklist, code, queries, services
from zhike.crm.welcome.forms import CompanyForm, PeopleFormSet, PersonForm, RemoveForm, SetUpForm
from zhike.platform.errors import DomainError
from zhike.platform.models import Installation, Job
from zhike.platform.permissions import public, requires
from zhike.platform.requests import Request, number_of

BACKEND = "django.contrib.auth.backends.ModelBackend"


@public
def begin(request: HttpRequest) -> HttpResponse:
    """The set-up of an empty installation; gone as soon as somebody can manage users."""
    if not code.is_open():
        raise Http404
    form = SetUpForm(request.POST or None, initial={"language": get_language(), "currency": "CNY"})
    if request.method == "POST" and form.is_valid():
        data = {name: value for name, value in form.cleaned_data.items() if name != "again"}
        try:
            user = services.set_up(**data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return _signed_in(request, user)
    return render(request, "welcome/begin.html", {"form": form}, status=422 if form.errors else 200)


def _signed_in(request: HttpRequest, user: User) -> HttpResponse:
    login(request, user, BACKEND)
    answer = redirect("welcome:people")
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, user.language, max_age=365 * 86400, samesite="Lax", httponly=False
    )
    return answer


@requires("users.manage")
def people(request: Request) -> HttpResponse:
    """First teams and users; may be skipped. Their passwords are shown once."""
    forms = PeopleFormSet(request.POST or None, prefix="people")
    if request.method == "POST" and forms.is_valid():
        filled = [form for form in forms if form.is_filled]
        if not filled:
            return redirect("welcome:data")
        try:
            made = services.invite(actor=request.user, colleagues=[_colleague(form) for form in filled])
        except DomainError as error:
            _say(error, filled)
        else:
            return render(request, "welcome/passwords.html", {"made": made})
    status = 422 if forms.is_bound else 200
    return render(request, "welcome/people.html", {"forms": forms}, status=status)


def _colleague(form: PersonForm) -> services.Colleague:
    return services.Colleague(**form.cleaned_data)


def _say(error: DomainError, forms: list[PersonForm]) -> None:
    """The message beside the person and the field that it is about."""
    _people, number, field = (*error.field.split("."), "", "")[:3]
    form = forms[int(number)] if number.isdigit() else forms[0]
    form.add_error(field if field in form.fields else None, str(error))


@requires("users.manage")
def company(request: Request) -> HttpResponse:
    """Name, zone, language and fiscal year of the company."""
    now = Installation.current()
    names = ("time_zone", "language", "fiscal_year_start")
    start = {"company": now.company_name} | {name: getattr(now, name) for name in names}
    form = CompanyForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_company(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("welcome:company")
    context = {"form": form, "currency": now.currency}
    return render(request, "welcome/company.html", context, status=422 if form.errors else 200)


@requires("users.manage")
def data(request: Request) -> HttpResponse:
    """Where the first customers come from: a file, a simulated company, or one's own hands."""
    installation = Installation.current()
    context = {
        "sizes": services.SIZES,
        "job": queries.open_job(),
        "remove": RemoveForm() if installation.simulated else None,
        "brought": queries.brought() if installation.simulated else None,
    }
    return render(request, "welcome/data.html", context)


@requires("users.manage")
@require_POST
def start_simulation(request: Request) -> HttpResponse:
    size = number_of(request.POST.get("customers", "")) or 0
    job = services.start_simulation(actor=request.user, customers=size)
    return redirect("welcome:simulation", pk=job.pk)


@requires("users.manage")
def simulation(request: Request, pk: int) -> HttpResponse:
    """How far loading or removing the simulated company is."""
    kinds = [services.LOAD, services.REMOVE]
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk, kind__in=kinds)
    percent = None if job.share is None else int(100 * job.share)
    context = {"job": job, "percent": percent, "loading": job.kind == services.LOAD}
    return render(request, "welcome/simulation.html", context)


@requires("users.manage")
@require_POST
def remove_simulation(request: Request) -> HttpResponse:
    """Remove in one act what the simulation brought, after its name was typed."""
    try:
        job = services.remove_simulation(actor=request.user, typed=request.POST.get("typed", ""))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("welcome:data")
    return redirect("welcome:simulation", pk=job.pk)


@requires("users.manage")
def steps(request: Request) -> HttpResponse:
    """The first steps for the dashboard; nothing once they are done or put away."""
    if not checklist.is_for(request.user):
        return HttpResponse("")
    found = checklist.steps()
    if all(step.done for step in found):
        services.close_checklist(actor=request.user)
        return HttpResponse("")
    done = sum(step.done for step in found)
    context = {"steps": found, "done": done, "percent": 100 * done // len(found)}
    return render(request, "welcome/_checklist.html", context)


@requires("users.manage")
@require_POST
def close_checklist(request: Request) -> HttpResponse:
    services.close_checklist(actor=request.user)
    messages.success(request, _("The first steps are put away."))
    return redirect("web:home")
