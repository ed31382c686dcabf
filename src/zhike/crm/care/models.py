"""Rules of care, dates that a colleague remembers, and the reminders that were given."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.analytics.calendars import Rules
from zhike.crm.care.choices import OCCASIONS, FebruaryRule, Lead, LeapRule, Reason, State
from zhike.crm.customers.choices import BirthdayCalendar
from zhike.crm.customers.models import RowsOfCustomers


class CareSettings(models.Model):
    """How the company reads the calendar; one row."""

    leap_rule = models.CharField(
        _("born in a leap month"), max_length=8, choices=LeapRule, default=LeapRule.LEAP
    )
    february_rule = models.CharField(
        _("born on 29 February, in a common year"),
        max_length=8,
        choices=FebruaryRule,
        default=FebruaryRule.FEBRUARY,
    )
    catch_up_days = models.PositiveSmallIntegerField(
        _("remind late by at most"),
        default=3,
        help_text=_("Days after an occasion that the system slept through; older ones are skipped."),
    )

    def __str__(self) -> str:
        return "care"

    @classmethod
    def current(cls) -> CareSettings:
        return cls.objects.first() or cls()

    @property
    def rules(self) -> Rules:
        # The choices of both columns are the words of the library.
        return Rules(self.leap_rule, self.february_rule)  # type: ignore[arg-type]


class CareRule(models.Model):
    """Whom to remember on an occasion and how early. Of several that fit, the first one counts."""

    occasion = models.CharField(_("occasion"), max_length=20)
    field_key = models.CharField(_("own field"), max_length=60, blank=True)
    lead = models.PositiveSmallIntegerField(_("remind"), default=3)
    lead_in = models.CharField("", max_length=12, choices=Lead, default=Lead.WORKING_DAYS)
    # Empty: all of them.
    tiers = models.JSONField(_("tiers"), default=list, blank=True)
    stages = models.JSONField(_("stages"), default=list, blank=True)
    lists = models.JSONField(_("lists"), default=list, blank=True)
    for_contacts = models.BooleanField(_("for contacts at companies too"), default=True)
    make_task = models.BooleanField(_("make a task of it"), default=False)
    greeting = models.TextField(_("greeting"), max_length=500, blank=True)
    active = models.BooleanField(pgettext_lazy("a rule", "active"), default=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("rule of care")

    def __str__(self) -> str:
        return str(OCCASIONS[self.occasion].label) if self.occasion in OCCASIONS else self.occasion


class OwnDateQuerySet(RowsOfCustomers["OwnDate"]):
    pass


class OwnDate(models.Model):
    """A day that matters to a customer: a wedding, an opening; it may come back by the lunar calendar."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="own_dates")
    contact = models.ForeignKey(
        "customers.Contact",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact"),
    )
    label = models.CharField(_("what for"), max_length=60)
    on = models.DateField(_("date"))
    calendar = models.CharField(
        _("calendar"), max_length=8, choices=BirthdayCalendar, default=BirthdayCalendar.SOLAR
    )
    yearly = models.BooleanField(_("every year"), default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = OwnDateQuerySet.as_manager()

    class Meta:
        ordering = ["on", "id"]
        indexes = [models.Index(fields=["on"], name="own_date_on")]

    def __str__(self) -> str:
        return self.label


class ReminderQuerySet(RowsOfCustomers["Reminder"]):
    pass


class Reminder(models.Model):
    """One occasion of one person in one year of its calendar. ``key`` makes it once."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="care_reminders")
    contact = models.ForeignKey("customers.Contact", models.CASCADE, null=True, related_name="+")
    rule = models.ForeignKey(CareRule, models.SET_NULL, null=True, related_name="+")
    occasion = models.CharField(max_length=20)
    label = models.CharField(max_length=80, blank=True)
    key = models.CharField(max_length=120, unique=True)
    on = models.DateField(_("date"))
    remind_on = models.DateField()
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DUE)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason, blank=True)
    note = models.CharField(max_length=200, blank=True)
    # When the owner was told; a row is written first and told after, each once.
    told_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    handled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["on", "id"]
        indexes = [
            models.Index(fields=["state", "on"], name="reminder_state"),
            models.Index(fields=["customer", "on"], name="reminder_customer"),
            models.Index(
                fields=["id"], condition=models.Q(state="due", told_at__isnull=True), name="reminder_to_tell"
            ),
        ]

    def __str__(self) -> str:
        return self.key
