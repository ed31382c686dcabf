"""The occasions of care, and what a reminder may come to."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.analytics.calendars import FESTIVALS

BIRTHDAY, FIRST_ORDER, MEMBER_SINCE = "birthday", "first_order", "member_since"
DATE_FIELD, OWN_DATE = "date_field", "own_date"


class Group(TextChoices):
    PERSONAL = "personal", _("Birthdays and anniversaries")
    CHINESE = "chinese", _("Chinese festivals")
    WESTERN = "western", _("Western festivals")


class Lead(TextChoices):
    DAYS = "days", pgettext_lazy("a time before a day", "days before")
    WORKING_DAYS = "working_days", pgettext_lazy("a time before a day", "working days before")


class LeapRule(TextChoices):
    LEAP = "leap", _("In the leap month of a year that has it, else in the regular month")
    REGULAR = "regular", _("Always in the regular month")
    BOTH = "both", _("In both months of such a year")


class FebruaryRule(TextChoices):
    FEBRUARY = "february", _("28 February")
    MARCH = "march", _("1 March")


class State(TextChoices):
    DUE = "due", _("To do")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Skipped")
    SUPPRESSED = "suppressed", _("Not reminded")


class Reason(TextChoices):
    """Why nothing was done."""

    MISSED = "missed", _("The day had passed while the system did not run")
    MINOR = "minor", _("Under 14 without consent of a guardian")
    NOT_NOW = "not_now", _("Not suitable now")
    DONE_ALREADY = "done_already", _("Already done in another way")
    NO_CONTACT = "no_contact", _("No contact any more")
    OTHER = "other", _("Other reason")


#: What a person may choose when skipping.
CHOSEN_REASONS = (Reason.NOT_NOW, Reason.DONE_ALREADY, Reason.NO_CONTACT, Reason.OTHER)


@dataclass(frozen=True)
class Kind:
    """One occasion; ``congratulate`` is false for days of mourning."""

    code: str
    label: str | Promise
    group: str
    congratulate: bool = True
    icon: str = "calendar-heart"

    @property
    def is_festival(self) -> bool:
        return self.group != Group.PERSONAL


_FESTIVALS: dict[str, Promise] = {
    "new_year": _("New Year's Day"),
    "spring_festival": _("Spring Festival"),
    "lantern": _("Lantern Festival"),
    "womens_day": _("Women's Day"),
    "qingming": _("Qingming"),
    "labor_day": _("Labor Day"),
    "dragon_boat": _("Dragon Boat Festival"),
    "qixi": _("Qixi"),
    "zhongyuan": _("Zhongyuan"),
    "mid_autumn": _("Mid-Autumn Festival"),
    "teachers_day": _("Teachers' Day"),
    "double_ninth": _("Double Ninth Festival"),
    "national_day": _("National Day"),
    "laba": _("Laba"),
    "new_years_eve": _("Lunar New Year's Eve"),
    "valentines_day": _("Valentine's Day"),
    "easter": _("Easter"),
    "mothers_day": _("Mother's Day"),
    "fathers_day": _("Father's Day"),
    "thanksgiving": _("Thanksgiving"),
    "christmas": _("Christmas"),
}
_PERSONAL = (
    Kind(BIRTHDAY, _("Birthday"), Group.PERSONAL, icon="cake"),
    Kind(FIRST_ORDER, _("Anniversary of the first order"), Group.PERSONAL, icon="shopping-cart"),
    Kind(MEMBER_SINCE, _("Anniversary as a customer"), Group.PERSONAL, icon="award"),
    Kind(DATE_FIELD, _("Date of an own field"), Group.PERSONAL, icon="calendar-event"),
    Kind(OWN_DATE, _("Remembered date"), Group.PERSONAL, icon="calendar-star"),
)


def _festival(code: str, *, western: bool, congratulate: bool) -> Kind:
    group = Group.WESTERN if western else Group.CHINESE
    if congratulate:
        return Kind(code, _FESTIVALS[code], group, icon="confetti")
    return Kind(code, _FESTIVALS[code], group, congratulate=False, icon="flame")


OCCASIONS: dict[str, Kind] = {
    **{kind.code: kind for kind in _PERSONAL},
    **{
        one.code: _festival(one.code, western=one.western, congratulate=one.congratulate) for one in FESTIVALS
    },
}


def grouped() -> list[tuple[str, list[tuple[str, str | Promise]]]]:
    """The occasions as choices of a form."""
    return [
        (str(group.label), [(kind.code, kind.label) for kind in OCCASIONS.values() if kind.group == group])
        for group in Group
    ]
