"""The words for every event of the audit trail; a test finds events that have none."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EVENTS: dict[str, Promise] = {
    "backup.restored": _("Backup restored"),
    "backup.written": _("Backup written"),
    "contact.deleted": _("Contact deleted"),
    "contact.saved": _("Contact saved"),
    "customer.assigned": _("Customer handed over"),
    "customer.created": _("Customer created"),
    "customer.deleted": _("Customer deleted"),
    "customer.tagged": _("Tags changed"),
    "customer.updated": _("Customer changed"),
    "customers.exported": _("Customers exported"),
    "interaction.logged": _("Interaction noted"),
    "interaction.settled": _("Open matter settled"),
    "job.cancelled": _("Job cancelled"),
    "order.cancelled": _("Order cancelled"),
    "order.changed": _("Order changed"),
    "order.placed": _("Order placed"),
    "product.created": _("Product created"),
    "product.updated": _("Product changed"),
    "role.saved": _("Role saved"),
    "team.saved": _("Team saved"),
    "token.created": _("API token created"),
    "token.revoked": _("API token revoked"),
    "user.changed": _("User changed"),
    "user.created": _("User created"),
    "user.password_set": _("Password set"),
    "user.sign_in_failed": _("Sign-in failed"),
    "user.signed_in": _("Signed in"),
    "user.signed_out": _("Signed out"),
    "view.deleted": _("View deleted"),
    "view.saved": _("View saved"),
}
