"""What a person's birthday is, and when nobody should be congratulated: columns of customers and contacts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.analytics.calendars import Birthday, birthday_of
from zhike.crm.customers.choices import BirthdayCalendar


class Celebrated(models.Model):
    """``birthday`` is the Gregorian day of birth; with the lunar calendar the lunar day follows from it.

    Whoever does not know the year knows month and day: those of the person's own calendar. Every column may
    be empty, so that a large table takes them without being written anew.
    """

    birthday = models.DateField(_("birthday"), null=True, blank=True)
    birthday_month = models.SmallIntegerField(_("birthday: month"), null=True, blank=True)
    birthday_day = models.SmallIntegerField(_("birthday: day"), null=True, blank=True)
    birthday_leap = models.BooleanField(_("born in a leap month"), null=True, blank=True)
    deceased_on = models.DateField(_("deceased"), null=True, blank=True)
    bereaved_until = models.DateField(_("in mourning until"), null=True, blank=True)
    no_care_since = models.DateField(_("wants no greetings since"), null=True, blank=True)
    guardian_consent_on = models.DateField(_("consent of a guardian"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def keeps_lunar_birthday(self) -> bool:
        # Each of the two models has a calendar of its own: a contact may have none.
        return bool(self.birthday_calendar == BirthdayCalendar.LUNAR)  # type: ignore[attr-defined]


def celebrated(person: Celebrated) -> Birthday | None:
    """The birthday in the person's own calendar, from the day of birth or from month and day alone."""
    lunar = person.keeps_lunar_birthday
    if person.birthday is not None:
        return birthday_of(person.birthday, lunar=lunar)
    if person.birthday_month and person.birthday_day:
        return Birthday(
            person.birthday_month, person.birthday_day, lunar, lunar and bool(person.birthday_leap)
        )
    return None


def birthday_indexes(name: str) -> list[models.Index]:
    """Who has a birthday on a day is found by these."""
    return [
        models.Index(
            fields=["birthday", "birthday_calendar"],
            condition=models.Q(birthday__isnull=False),
            name=f"{name}_birthday",
        ),
        models.Index(
            fields=["birthday_month", "birthday_day"],
            condition=models.Q(birthday_month__isnull=False),
            name=f"{name}_birthday_key",
        ),
    ]
