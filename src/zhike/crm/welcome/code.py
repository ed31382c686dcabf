"""The set-up code: who reads the console of an empty installation may set it up, nobody else.

Each start prints a fresh code and forgets the one before; only its digest is stored. Once somebody can manage
users there is no code any more, and the set-up is closed for good.
"""

from __future__ import annotations

import hashlib
import secrets

from zhike.crm.accounts.models import Role, User
from zhike.platform.models import Installation

# Without signs that look alike.
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS, LENGTH = 3, 4


def is_open() -> bool:
    """True while nobody, active or not, holds the right to manage users."""
    managers = [role.pk for role in Role.objects.all() if "users.manage" in role.capabilities]
    return not User.objects.filter(role__in=managers).exists()


def issue() -> str:
    """A fresh code, which replaces the one before."""
    groups = ("".join(secrets.choice(SIGNS) for _sign in range(LENGTH)) for _group in range(GROUPS))
    code = "-".join(groups)
    installation = Installation.current()
    Installation.objects.filter(pk=installation.pk).update(setup_digest=_digest(code))
    return code


def fits(text: str) -> bool:
    """Whether the text is the code of the latest start."""
    stored = Installation.current().setup_digest
    return bool(stored) and secrets.compare_digest(_digest(text), stored)


def _digest(text: str) -> str:
    plain = "".join(sign for sign in text.upper() if sign.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
