"""Birthdays of contacts and days to remember, some of them around today, so that care is alive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from zhike.analytics.calendars import solar_to_lunar
from zhike.crm.accounts.models import User
from zhike.crm.care.models import OwnDate
from zhike.crm.customers.choices import BirthdayCalendar
from zhike.crm.customers.models import Contact
from zhike.platform import company_day

SOURCE = "simulated"
EVERY, CHUNK = 3, 2000
SOON = (0, 1, 2, 4, 6, 9, 12)


def add_birthdays(today: date | None = None) -> int:
    """Every third contact gets a birthday, and a few of each colleague's soon; a second call adds none."""
    today = today or company_day.today()
    contacts = Contact.objects.filter(customer__source=SOURCE)
    unknown = contacts.filter(birthday__isnull=True, birthday_month__isnull=True)
    if contacts.exclude(birthday__isnull=True).exists():
        return 0
    rows = [*_soon(today), *(contact for contact in unknown.order_by("pk") if contact.pk % EVERY == 0)]
    fresh = list({contact.pk: _with_birthday(contact) for contact in reversed(rows)}.values())
    columns = ["birthday", "birthday_calendar", "birthday_month", "birthday_day", "birthday_leap"]
    Contact.objects.bulk_update(fresh, columns, batch_size=CHUNK)
    return len(fresh)


def _soon(today: date) -> Iterator[Contact]:
    for user in User.objects.filter(is_active=True):
        living = Contact.objects.filter(customer__source=SOURCE, customer__deleted_at__isnull=True)
        mine = living.filter(customer__owner=user)
        contacts = list(mine.order_by("-customer__score__net_revenue", "pk")[: len(SOON)])
        for number, contact in enumerate(contacts):
            day = today + timedelta(days=SOON[number])
            _celebrates(contact, day, lunar=number % 3 == 2)
            yield contact
        if contacts:
            _opening_day(contacts[-1], today)


def _celebrates(contact: Contact, day: date, *, lunar: bool) -> None:
    """Month and day as a colleague would enter them; the solar ones with the year."""
    if lunar:
        moon = solar_to_lunar(day)
        contact.birthday_calendar = BirthdayCalendar.LUNAR
        contact.birthday_month, contact.birthday_day, contact.birthday_leap = moon.month, moon.day, False
    else:
        contact.birthday = date(1965 + contact.pk % 32, day.month, min(day.day, 28))


def _opening_day(contact: Contact, today: date) -> None:
    day = today + timedelta(days=5)
    opened = date(2014 + contact.pk % 8, day.month, min(day.day, 28))
    OwnDate.objects.get_or_create(
        customer_id=contact.customer_id, label="开业纪念日", defaults={"on": opened}
    )


def _with_birthday(contact: Contact) -> Contact:
    if contact.birthday is None and contact.birthday_month is None:
        contact.birthday = date(1960, 1, 1) + timedelta(days=contact.pk * 7919 % 14_600)
        lunar = contact.pk % 5 == 0
        contact.birthday_calendar = BirthdayCalendar.LUNAR if lunar else BirthdayCalendar.SOLAR
    return contact
