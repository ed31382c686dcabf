"""Who may do what (capabilities of a role) and to which rows (row scope).

Every view declares its rule with :func:`requires`, :func:`signed_in` or :func:`public`; a test walks all
routes and fails for one that declares none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db.models import Q, TextChoices
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.platform.errors import NotAllowed

CAPABILITIES: dict[str, Promise] = {
    "customers.view": _("See customers"),
    "customers.edit": _("Create and change customers"),
    "orders.view": _("See orders"),
    "orders.edit": _("Create and change orders"),
    "insight.view": _("See analyses"),
    "insight.run": _("Start an analysis"),
    "segments.edit": _("Create and change segments"),
    "tiers.edit": _("Change the tier model"),
    "tiers.approve": _("Approve changes of the tier models"),
    "followups.edit": _("Change the follow-up rhythm and the outcomes to choose from"),
    "rules.edit": _("Change the rules of care and alerts"),
    "export": _("Export lists"),
    "import": _("Import files"),
    "personal_data": _("See phone numbers and e-mail addresses in full"),
    "jobs.view": _("See background jobs"),
    "users.manage": _("Manage users, teams and roles"),
    "audit.view": _("See the audit trail"),
    "backup": _("Back up"),
    "api": _("Use the API"),
}

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class RowScope(TextChoices):
    OWN = "own", _("Own customers")
    TEAM = "team", _("Customers of the team")
    TEAM_TREE = "team_tree", _("Customers of the team and the teams below it")
    ALL = "all", _("All customers")


def allowed(user: Any, capability: str) -> bool:
    """True when the user's role grants the capability; unknown names are a programming error."""
    if capability not in CAPABILITIES:
        raise KeyError(capability)
    if not user.is_authenticated or not user.is_active:
        return False
    return user.role is not None and capability in user.role.capabilities


def require(user: Any, capability: str) -> None:
    """Raise :class:`NotAllowed` unless the user's role grants the capability."""
    if not allowed(user, capability):
        raise NotAllowed()


def row_scope(user: Any) -> str | None:
    """The user's row scope, or None when the user sees no row at all."""
    if not user.is_authenticated or not user.is_active or user.role is None:
        return None
    return user.role.scope


def scope_filter(user: Any, *, owner: str = "owner", team: str = "team") -> Q:
    """Rows that the user may see, as a condition on the given owner and team fields."""
    scope = row_scope(user)
    if scope == RowScope.ALL:
        return Q()
    if scope == RowScope.OWN:
        return Q(**{f"{owner}_id": user.pk})
    if scope in (RowScope.TEAM, RowScope.TEAM_TREE) and user.team_id is not None:
        return Q(**{f"{owner}_id": user.pk}) | Q(**{f"{team}_id__in": visible_team_ids(user)})
    return Q(**{f"{owner}_id": user.pk}) if scope else Q(pk__in=[])


def visible_team_ids(user: Any) -> list[int]:
    """Teams whose rows the user sees through the row scope (empty for own and all)."""
    scope = row_scope(user)
    if user.team_id is None or scope not in (RowScope.TEAM, RowScope.TEAM_TREE):
        return []
    if scope == RowScope.TEAM:
        return [user.team_id]
    # Kept on the user, which lives as long as a request: a page asks for many things.
    known = getattr(user, "_team_tree", None)
    if known is None or known[0] != user.team_id:
        teams = user._meta.get_field("team").related_model.objects
        below = teams.filter(path__contains=f"/{user.team_id}/").values_list("pk", flat=True)
        known = user._team_tree = [user.team_id, *below]
    return list(known)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """The page to sign in; what asks for a part of a page alone has no room for it."""
    from django.contrib.auth.views import redirect_to_login

    if getattr(request, "htmx", False):
        return HttpResponse(status=401)
    return redirect_to_login(_page(request), settings.LOGIN_URL)


def _page(request: HttpRequest) -> str:
    """Where to go on after signing in: who sent a form goes on at the page that it stood on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    before = urlsplit(request.headers.get("Referer", ""))
    return urlunsplit(("", "", before.path, before.query, "")) if before.netloc == request.get_host() else "/"


def requires(*capabilities: str) -> Callable[[View], View]:
    """The view is for signed-in people whose role grants every capability named."""
    for capability in capabilities:
        CAPABILITIES[capability]

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            for capability in capabilities:
                require(request.user, capability)
            return view(request, *args, **kwargs)

        return _ruled(guarded, *(capabilities or ("signed_in",)))

    return decorate


signed_in = requires()


def by_token(view: View) -> View:
    """The view is for programs that know a secret in its address; it looks the secret's owner up itself."""
    return _ruled(view, "token")


def public(view: View) -> View:
    """The view is open to everybody and shows nothing of the company."""
    return _ruled(view, "public")


def _ruled(view: Any, *rule: str) -> Any:
    """Every view says by what it is guarded; a test walks all routes and asks."""
    view.access_rule = rule
    return view
