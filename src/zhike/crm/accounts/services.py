"""Verbs on users, teams, roles and tokens."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.choices import STARTING_ROLES
from zhike.crm.accounts.models import ApiToken, Role, Team, User
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.models import Installation
from zhike.platform.permissions import CAPABILITIES, RowScope, require

USER_FIELDS = ("username", "display_name", "email", "team_id", "role_id", "language", "is_active")


def ensure_starting_roles() -> None:
    """Create the starting roles that are missing; existing ones stay as the company set them."""
    for code, name, scope, capabilities in STARTING_ROLES:
        Role.objects.get_or_create(
            code=code, defaults={"name": name, "scope": scope, "capabilities": capabilities}
        )


@transaction.atomic
def create_user(
    *,
    actor: Any,
    username: str,
    display_name: str,
    password: str,
    role: Role,
    team: Team | None = None,
    email: str = "",
    language: str = "",
) -> User:
    """Create a colleague, who reads the company's language unless another one is named.

    ``actor`` is None only for the installation's own commands.
    """
    _may_manage(actor)
    if User.objects.filter(username__iexact=username).exists():
        raise DomainError(_("This user name is taken."), field="username", code="taken")
    _check_password(password)
    user = User.objects.create_user(
        username,
        password,
        display_name=display_name,
        email=email,
        role=role,
        team=team,
        language=language or Installation.current().language,
    )
    audit.record(actor, "user.created", user, after=_state(user))
    return user


@transaction.atomic
def change_user(*, actor: Any, user: User, **fields: Any) -> User:
    """Change a colleague; a new role, team or deactivation ends the sessions and tokens."""
    _may_manage(actor)
    unknown = set(fields) - {"display_name", "email", "team", "role", "language", "is_active"}
    if unknown:
        raise DomainError(_("This field cannot be changed."), field=min(unknown), code="unknown_field")
    before = _state(user)
    for name, value in fields.items():
        setattr(user, name, value)
    after = _state(user)
    if any(before[name] != after[name] for name in ("role_id", "team_id", "is_active")):
        user.session_epoch += 1
    user.save()
    _keep_one_manager()
    audit.record(actor, "user.changed", user, before=before, after=after)
    return user


@transaction.atomic
def set_password(*, actor: Any, user: User, password: str) -> None:
    """Set a password; every session and token of the user ends."""
    if actor is not None and actor.pk != user.pk:
        require(actor, "users.manage")
    _check_password(password, user)
    user.set_password(password)
    user.session_epoch += 1
    user.save(update_fields=["password", "session_epoch"])
    audit.record(actor, "user.password_set", user)


def choose_language(*, actor: User, language: str) -> None:
    User.objects.filter(pk=actor.pk).update(language=language)


@transaction.atomic
def save_team(*, actor: Any, name: str, parent: Team | None = None, team: Team | None = None) -> Team:
    """Create or change a team; the paths of the teams below follow."""
    _may_manage(actor)
    before = {"name": team.name, "parent": team.parent_id} if team else {}
    team = team or Team()
    if parent is not None and team.pk and parent.pk in team.subtree_ids():
        raise DomainError(_("A team cannot stand below itself."), field="parent", code="cycle")
    if Team.objects.filter(name=name).exclude(pk=team.pk).exists():
        raise DomainError(_("This name is taken."), field="name", code="taken")
    team.name, team.parent = name, parent
    team.path = f"{parent.path}{parent.pk}/" if parent else "/"
    team.save()
    _repath_below(team)
    audit.record(actor, "team.saved", team, before=before, after={"name": name, "parent": team.parent_id})
    return team


def _repath_below(team: Team) -> None:
    for child in team.children.all():
        child.path = f"{team.path}{team.pk}/"
        child.save(update_fields=["path"])
        _repath_below(child)


@transaction.atomic
def save_role(
    *, actor: Any, name: str, scope: str, capabilities: list[str], code: str = "", role: Role | None = None
) -> Role:
    """Create or change a role; its holders' sessions end when it changes."""
    _may_manage(actor)
    unknown = set(capabilities) - set(CAPABILITIES)
    if unknown:
        raise DomainError(_("This right does not exist."), field="capabilities", code="unknown")
    if scope not in RowScope.values:
        raise DomainError(_("This row scope does not exist."), field="scope", code="unknown")
    before = {"name": role.name, "scope": role.scope, "rights": role.capabilities} if role else {}
    role = role or Role(code=code or f"role-{Role.objects.count() + 1}")
    if Role.objects.filter(name=name).exclude(pk=role.pk).exists():
        raise DomainError(_("This name is taken."), field="name", code="taken")
    role.name, role.scope, role.capabilities = name, scope, sorted(capabilities)
    role.save()
    _keep_one_manager()
    audit.record(
        actor,
        "role.saved",
        role,
        before=before,
        after={"name": name, "scope": scope, "rights": role.capabilities},
    )
    return role


@transaction.atomic
def create_token(*, actor: User, name: str, expires_at: Any = None) -> tuple[ApiToken, str]:
    """Create an API token; the second value is its text, shown this once."""
    require(actor, "api")
    text, prefix, digest = ApiToken.new_secret()
    token = ApiToken.objects.create(
        user=actor,
        name=name,
        prefix=prefix,
        digest=digest,
        expires_at=expires_at,
        session_epoch=actor.session_epoch,
    )
    audit.record(actor, "token.created", token)
    return token, text


@transaction.atomic
def revoke_token(*, actor: User, token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    audit.record(actor, "token.revoked", token)


def _may_manage(actor: Any) -> None:
    if actor is not None:
        require(actor, "users.manage")


def _check_password(password: str, user: User | None = None) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), field="password", code="weak") from error


def _keep_one_manager() -> None:
    active = User.objects.filter(is_active=True, role__isnull=False).select_related("role")
    if User.objects.exists() and not any(
        "users.manage" in user.role.capabilities for user in active if user.role
    ):
        raise DomainError(_("At least one active user must be able to manage users."), code="last_manager")


def _state(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in USER_FIELDS}
