"""The words for every event of the audit trail; a test finds events that have none."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EVENTS: dict[str, Promise] = {
    "backup.written": _("Backup written"),
    "backup.restored": _("Backup restored"),
    "job.cancelled": _("Job cancelled"),
    "role.saved": _("Role saved"),
    "team.saved": _("Team saved"),
    "token.created": _("API token created"),
    "token.revoked": _("API token revoked"),
    "user.changed": _("User changed"),
    "user.created": _("User created"),
    "user.password_set": _("Password set"),
    "user.signed_in": _("Signed in"),
    "user.signed_out": _("Signed out"),
    "user.sign_in_failed": _("Sign-in failed"),
}
