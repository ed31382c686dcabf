"""Imports of files: what was uploaded, how it was read, what became of every row, and how to undo it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.platform.permissions import RowScope, allowed, row_scope


class Entity(models.TextChoices):
    CUSTOMERS = "customers", _("Customers")
    CONTACTS = "contacts", _("Contacts")
    PRODUCTS = "products", _("Products")
    ORDERS = "orders", _("Orders")


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("Check the columns")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, user: Any) -> ImportQuerySet:
        if not allowed(user, "import"):
            return self.none()
        return self if row_scope(user) == RowScope.ALL else self.filter(created_by_id=user.pk)


class Import(models.Model):
    """One file. ``file`` is a random name inside the installation's upload folder."""

    entity = models.CharField(_("content"), max_length=12, choices=Entity)
    file = models.CharField(max_length=120)
    file_name = models.CharField(_("file"), max_length=255)
    file_size = models.BigIntegerField(default=0)
    reading = models.JSONField(default=dict)  # encoding, delimiter, sheet, header row, date order
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    source = models.CharField(max_length=60, default="import")
    dry_run = models.BooleanField(_("trial run"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    counts = models.JSONField(default=dict)
    # Where the work stands, written in the transaction of each chunk: a crash resumes from here.
    checkpoint = models.JSONField(default=dict)
    error = models.CharField(_("error"), max_length=500, blank=True)
    job = models.ForeignKey("platform.Job", models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="imports"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import")

    def __str__(self) -> str:
        return self.file_name


class ImportPreset(models.Model):
    """A column mapping under a name, for the next file of the same shape."""

    name = models.CharField(_("name"), max_length=80)
    entity = models.CharField(max_length=12, choices=Entity)
    headers = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    reading = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["entity", "name"], name="import_preset_name")]

    def __str__(self) -> str:
        return self.name


class ImportChange(models.Model):
    """One record that an import created or changed, with its former and new values: what undo restores.

    ``before`` maps a field to ``[former, new]``; an order that was replaced also keeps its former lines.
    """

    import_run = models.ForeignKey(Import, models.CASCADE, related_name="changes")
    entity = models.CharField(max_length=12)
    object_id = models.BigIntegerField()
    created = models.BooleanField()
    before = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["import_run", "entity", "object_id"], name="import_change_once")
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.object_id}"


class ImportIssue(models.Model):
    """A row that was rejected, or put aside because it may be an existing record."""

    class Kind(models.TextChoices):
        REJECTED = "rejected", _("Rejected")
        DOUBTFUL = "doubtful", _("Needs a decision")

    import_run = models.ForeignKey(Import, models.CASCADE, related_name="issues")
    kind = models.CharField(max_length=10, choices=Kind)
    row = models.BigIntegerField()
    column = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    candidates = models.JSONField(default=list)
    decision = models.CharField(max_length=20, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["import_run", "kind", "row"], name="import_issue_row")]

    def __str__(self) -> str:
        return f"{self.row} {self.code}"
