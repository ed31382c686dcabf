"""Every contact with a customer, and complaints until they are settled."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.crm.customers.models import RowsOfCustomers, customer_scope
from zhike.platform.permissions import allowed


class InteractionKind(models.TextChoices):
    CALL = "call", _("Call")
    VISIT = "visit", _("Visit")
    NEGOTIATION = "negotiation", _("Negotiation")
    MESSAGE = "message", _("Message")
    EMAIL = "email", pgettext_lazy("a kind of contact", "E-mail")
    COMPLAINT = "complaint", _("Complaint")
    OTHER = "other", _("Other")


class InteractionQuerySet(RowsOfCustomers["Interaction"]):
    def open_matters(self) -> InteractionQuerySet:
        """Complaints not yet settled and next steps not yet done."""
        promised = models.Q(next_step_on__isnull=False)
        return self.filter(models.Q(kind=InteractionKind.COMPLAINT) | promised, settled_at__isnull=True)


class Interaction(models.Model):
    """One fact of the timeline; its author and date stay as they were where it came from."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="interactions")
    contact = models.ForeignKey("customers.Contact", models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=InteractionKind, default=InteractionKind.CALL)
    at = models.DateTimeField(_("time"))
    summary = models.TextField(_("what was said"), max_length=5000, blank=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)
    next_step_on = models.DateField(_("next step on"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    source = models.CharField(max_length=60, default="manual")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InteractionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("interaction")
        indexes = [
            models.Index(fields=["customer", "-at"], name="interaction_timeline"),
            # Who was contacted how often lately, without touching the rows.
            models.Index(fields=["at", "customer", "kind"], name="interaction_lately"),
            # Few of all rows are open: promised steps by their day, complaints by their age.
            models.Index(
                fields=["next_step_on", "customer"],
                name="interaction_promised",
                condition=models.Q(settled_at__isnull=True, next_step_on__isnull=False),
            ),
            models.Index(
                fields=["at", "customer"],
                name="interaction_complaint",
                condition=models.Q(settled_at__isnull=True, kind="complaint"),
            ),
        ]

    def __str__(self) -> str:
        return (self.summary or self.outcome)[:60]

    @property
    def promise(self) -> str:
        """What is to be done, in the words that were left for it."""
        return self.next_step or self.outcome or self.summary[:120]


class OutcomeTemplate(models.Model):
    """An outcome of the company that one tap fills in, with the step that usually follows it."""

    kind = models.CharField(_("kind"), max_length=12, choices=InteractionKind)
    outcome = models.CharField(_("outcome"), max_length=60)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)
    next_step_days = models.PositiveSmallIntegerField(_("days until the next step"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["kind", "position", "id"]
        verbose_name = _("outcome template")
        constraints = [models.UniqueConstraint(fields=["kind", "outcome"], name="outcome_template_kind")]

    def __str__(self) -> str:
        return self.outcome


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, user: Any) -> NoteQuerySet:
        """Living notes of visible customers."""
        if not allowed(user, "customers.view"):
            return self.none()
        scope = customer_scope(user, "customer__")
        return self.filter(scope, deleted_at__isnull=True, customer__deleted_at__isnull=True)


class Note(models.Model):
    """Something worth remembering, in rich text that was cleaned before it was stored."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    body = models.TextField(_("note"))
    pinned = models.BooleanField(_("pinned"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("note")
        indexes = [models.Index(fields=["customer", "-created_at"], name="note_timeline")]

    def __str__(self) -> str:
        return strip_tags(self.body)[:60]


class AttachmentQuerySet(RowsOfCustomers["Attachment"]):
    pass


class Attachment(models.Model):
    """A file kept with a customer or with one contact with it; ``file`` is its path below the files."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="attachments")
    interaction = models.ForeignKey(
        Interaction, models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    name = models.CharField(_("name"), max_length=200)
    file = models.CharField(max_length=100, unique=True)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(_("size"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("attachment")

    def __str__(self) -> str:
        return self.name
