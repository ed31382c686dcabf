"""Signing in and out, and the pages for users, teams, roles, one's own profile and the audit trail."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, LogoutView
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.accounts import services
from zhike.crm.accounts.forms import PasswordForm, RoleForm, SignInForm, TeamForm, TokenForm, UserForm
from zhike.crm.accounts.models import ApiToken, Role, Team, User
from zhike.platform.errors import DomainError
from zhike.platform.permissions import CAPABILITIES, allowed, public, requires, signed_in
from zhike.platform.requests import Request


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """While there is nobody who could sign in, the way leads to the set-up."""
        if not User.objects.exists():
            return redirect("welcome:begin")
        return super().get(request, *args, **kwargs)


sign_in = public(SignIn.as_view())
sign_out = public(LogoutView.as_view())


@requires("users.manage")
def users(request: Request) -> HttpResponse:
    """Every colleague with team, role and state."""
    people = User.objects.select_related("team", "role").annotate(customer_count=Count("customers"))
    return render(request, "accounts/users.html", {"users": people})


@requires("users.manage")
def user_form(request: Request, pk: int | None = None) -> HttpResponse:
    """Create or change a colleague."""
    user = get_object_or_404(User, pk=pk) if pk else None
    form = UserForm(request.POST or None, instance=user)
    was_active = user is not None and user.is_active
    if request.method == "POST" and form.is_valid() and _apply(form, lambda: _save_user(request, form, pk)):
        messages.success(request, _("Saved."))
        return _hand_over(request, pk) if pk and was_active else redirect("accounts:users")
    title = str(user) if user else _("New user")
    return _form_page(request, form, title=title, back="accounts:users")


def _hand_over(request: Request, pk: int) -> HttpResponse:
    """Who leaves and still looks after customers: the next page gives them to colleagues."""
    left = User.objects.filter(pk=pk, is_active=False).annotate(customer_count=Count("customers")).first()
    if left is None or not left.customer_count or not allowed(request.user, "customers.edit"):
        return redirect("accounts:users")
    messages.info(request, _("%(user)s still looks after customers. Hand them over here.") % {"user": left})
    return redirect(f"{reverse('customers:handovers')}?source={pk}")


def _save_user(request: Request, form: UserForm, pk: int | None) -> None:
    data = dict(form.cleaned_data)
    password = data.pop("password")
    if pk is None:
        services.create_user(actor=request.user, password=password, **data)
        return
    data.pop("username")
    user = services.change_user(actor=request.user, user=User.objects.get(pk=pk), **data)
    if password:
        services.set_password(actor=request.user, user=user, password=password)


@requires("users.manage")
def teams(request: Request) -> HttpResponse:
    """The tree of teams."""
    tree = Team.objects.select_related("parent").annotate(
        people=Count("users", distinct=True), customer_count=Count("customers", distinct=True)
    )
    return render(request, "accounts/teams.html", {"teams": tree})


@requires("users.manage")
def team_form(request: Request, pk: int | None = None) -> HttpResponse:
    """Create or change a team."""
    team = get_object_or_404(Team, pk=pk) if pk else None
    form = TeamForm(request.POST or None, instance=team)
    if request.method == "POST" and form.is_valid():
        fresh = Team.objects.get(pk=pk) if pk else None
        if _apply(form, lambda: services.save_team(actor=request.user, team=fresh, **form.cleaned_data)):
            messages.success(request, _("Saved."))
            return redirect("accounts:teams")
    title = str(team) if team else _("New team")
    return _form_page(request, form, title=title, back="accounts:teams")


@requires("users.manage")
def roles(request: Request) -> HttpResponse:
    """Roles as a matrix: who may do what, and which rows they see."""
    columns = list(Role.objects.annotate(people=Count("users")))
    matrix = [
        (label, [(role, name in role.capabilities) for role in columns])
        for name, label in CAPABILITIES.items()
    ]
    return render(request, "accounts/roles.html", {"roles": columns, "matrix": matrix})


@requires("users.manage")
def role_form(request: Request, pk: int | None = None) -> HttpResponse:
    """Create or change a role."""
    role = get_object_or_404(Role, pk=pk) if pk else None
    form = RoleForm(request.POST or None, instance=role)
    if request.method == "POST" and form.is_valid():
        fresh = Role.objects.get(pk=pk) if pk else None
        if _apply(form, lambda: services.save_role(actor=request.user, role=fresh, **form.cleaned_data)):
            messages.success(request, _("Saved."))
            return redirect("accounts:roles")
    title = _(role.name) if role else _("New role")
    return _form_page(request, form, title=title, back="accounts:roles")


@signed_in
def profile(request: Request) -> HttpResponse:
    """One's own data, password and API tokens."""
    form = PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid() and _apply(form, lambda: _change_password(request, form)):
        messages.success(request, _("Your password is changed; other sessions are signed out."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", _profile_context(request, form=form))


def _change_password(request: Request, form: PasswordForm) -> None:
    services.set_password(actor=request.user, user=request.user, password=form.cleaned_data["password"])
    update_session_auth_hash(request, request.user)


@requires("api")
@require_POST
def create_token(request: Request) -> HttpResponse:
    """Create a token and show its text this once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return render(
            request, "accounts/profile.html", _profile_context(request, token_form=form), status=422
        )
    day = form.cleaned_data["expires_on"]
    expires = timezone.make_aware(datetime.combine(day, time.max)) if day else None
    _token, text = services.create_token(
        actor=request.user, name=form.cleaned_data["name"], expires_at=expires
    )
    return render(request, "accounts/profile.html", _profile_context(request, token_text=text))


@requires("api")
@require_POST
def revoke_token(request: Request, pk: int) -> HttpResponse:
    """End one of one's own tokens."""
    token = get_object_or_404(ApiToken.objects.visible_to(request.user), pk=pk)
    services.revoke_token(actor=request.user, token=token)
    messages.success(request, _("The token is revoked."))
    return redirect("accounts:profile")


def _profile_context(request: Request, **extra: Any) -> dict[str, Any]:
    tokens = ApiToken.objects.visible_to(request.user).filter(revoked_at__isnull=True)
    context = {"form": PasswordForm(user=request.user), "token_form": TokenForm(), "tokens": tokens}
    return context | extra


def _form_page(request: Request, form: forms.BaseForm, *, title: str, back: str) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "accounts/form.html", {"form": form, "title": title, "back": back}, status=status)


def _apply(form: forms.BaseForm, verb: Any) -> bool:
    """Run the verb; a broken rule becomes an error of its field."""
    try:
        verb()
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True
