"""What a person put aside for now."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import RowsOfCustomers
from zhike.crm.today.choices import Why


class PutAsideQuerySet(RowsOfCustomers["PutAside"]):
    pass


class PutAside(models.Model):
    """A customer's line that is not shown until a day, or until there is a reason that was not there then.

    ``situation`` holds the keys of the reasons when it was put aside; None hides it whatever comes.
    """

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="put_aside")
    until = models.DateField(_("until"))
    why = models.CharField(_("reason"), max_length=12, choices=Why)
    note = models.CharField(_("note"), max_length=200, blank=True)
    situation = models.JSONField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = PutAsideQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("line put aside")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(ended_at__isnull=True), name="put_aside_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["until", "customer"],
                condition=models.Q(ended_at__isnull=True),
                name="put_aside_until",
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.until}"

    def hides(self, keys: set[str]) -> bool:
        """Whether a line with these reasons stays hidden."""
        return self.situation is None or keys <= set(self.situation)
