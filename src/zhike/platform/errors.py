"""Errors that a person can act on; every front door turns them into the same answer."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

NOT_ALLOWED = _("You do not have the right to do this.")
CHANGED_MEANWHILE = _("Somebody changed this record meanwhile. Check the new values and save again.")


class DomainError(Exception):
    """A rule of the trade was broken: names the field and says what to do.

    ``field`` is the input's name ("" when the whole request is meant), ``code`` is stable for programs.
    """

    status = 422

    def __init__(self, message: Text, *, field: str = "", code: str = "invalid") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(DomainError):
    """The person lacks the right for this act."""

    status = 403

    def __init__(self, message: Text = NOT_ALLOWED, **kwargs: str) -> None:
        super().__init__(message, **{"code": "not_allowed", **kwargs})


class Conflict(DomainError):
    """Somebody else changed the record first."""

    status = 409

    def __init__(self, message: Text = CHANGED_MEANWHILE, **kwargs: str) -> None:
        super().__init__(message, **{"code": "conflict", **kwargs})
