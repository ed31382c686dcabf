"""People who use the product: users, their teams and roles, and their API tokens."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhike.platform.permissions import RowScope, allowed


class Team(models.Model):
    """A group of colleagues; teams form a tree, kept as a path so that a subtree is one condition."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent team")
    )
    path = models.CharField(max_length=200, db_index=True, default="/")

    class Meta:
        ordering = ["path", "name"]
        verbose_name = _("team")

    def __str__(self) -> str:
        return self.name

    def subtree_ids(self) -> list[int]:
        below = Team.objects.filter(path__startswith=f"{self.path}{self.pk}/").values_list("pk", flat=True)
        return [self.pk, *below]


class Role(models.Model):
    """What its holders may do (capabilities) and which rows they see (scope)."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    code = models.SlugField(max_length=40, unique=True)
    scope = models.CharField(_("row scope"), max_length=12, choices=RowScope, default=RowScope.OWN)
    capabilities = models.JSONField(_("rights"), default=list)

    class Meta:
        ordering = ["name"]
        verbose_name = _("role")

    def __str__(self) -> str:
        """The roles that come with the product have words in every language, others their name."""
        return gettext(self.name) if self.name else ""


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: Any) -> UserQuerySet:
        """Colleagues: their names are no secret within the company."""
        return self if user.is_authenticated else self.none()


# A base class that a call makes is beyond the checker.
class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> UserQuerySet:
        """With the role: every page asks for the rights of the person, none for the person alone."""
        rows: UserQuerySet = super().get_queryset().select_related("role")
        return rows

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, password, is_superuser=True, **fields)


class User(AbstractBaseUser):
    """A colleague who signs in. Rights come from the role alone."""

    username = models.CharField(_("user name"), max_length=80, unique=True)
    display_name = models.CharField(_("name"), max_length=80)
    email = models.EmailField(_("e-mail"), blank=True)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("team")
    )
    role = models.ForeignKey(
        Role, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("role")
    )
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("active"), default=True)
    is_superuser = models.BooleanField(default=False)
    # Part of the session hash: raising it ends every session and token of the user.
    session_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    class Meta:
        ordering = ["display_name"]
        verbose_name = _("user")

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def is_staff(self) -> bool:
        return False

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django asks models of users for it under this name; its types do not know it.
        base = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        return hashlib.sha256(f"{base}:{self.session_epoch}:{self.role_id}".encode()).hexdigest()

    def can(self, capability: str) -> bool:
        return allowed(self, capability)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: Any) -> ApiTokenQuerySet:
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()


class ApiToken(models.Model):
    """A bearer token; only the digest of its secret is stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(_("scopes"), default=list)
    session_epoch = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_valid(self) -> bool:
        fresh = self.expires_at is None or self.expires_at > timezone.now()
        return fresh and self.revoked_at is None and self.session_epoch == self.user.session_epoch

    @staticmethod
    def new_secret() -> tuple[str, str, str]:
        """(text to show once, prefix to find the row by, digest to store)."""
        prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        return f"zk_{prefix}_{secret}", prefix, hashlib.sha256(secret.encode()).hexdigest()
