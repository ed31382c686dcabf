"""Who has an occasion in a span of days: by index for birthdays, by one pass for the rest.

Every place that shows or does anything about care asks here, so that what is suppressed is suppressed
everywhere: nothing reaches a person who died, mourns or wants no greetings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Min, Q

from zhike.analytics.calendars import Birthday, Occurrence, Rules, birth_dates, birthday_of, on_day
from zhike.crm.care import timing
from zhike.crm.care.choices import BIRTHDAY, DATE_FIELD, FIRST_ORDER, MEMBER_SINCE, OCCASIONS, OWN_DATE
from zhike.crm.care.models import CareRule, OwnDate
from zhike.crm.customers.choices import BirthdayCalendar, Kind
from zhike.crm.customers.models import Contact, Customer, CustomField, ListMember
from zhike.crm.customers.persons import celebrated
from zhike.platform import company_day
from zhike.platform.many import on_one_of

# 个人信息保护法 art. 28 and 31: data of children under 14 needs the consent of a guardian.
MINOR = 14
LUNAR = BirthdayCalendar.LUNAR

#: The customers that are asked about, as a condition below a path such as "" or "customer__".
Where = Callable[[str], Q]
Celebrations = dict[Birthday, list[Occurrence]]
ALL = Q()


@dataclass(frozen=True)
class Found:
    """One occasion of one person; ``period`` is the year of its own calendar."""

    customer: Customer
    contact: Contact | None
    rule: CareRule
    on: date
    period: str
    label: str = ""
    birthday: Birthday | None = None
    years: int | None = None
    source: str = ""

    @property
    def person(self) -> Customer | Contact:
        return self.contact or self.customer

    @property
    def occasion(self) -> str:
        return self.rule.occasion

    @property
    def key(self) -> str:
        subject = f"p{self.contact.pk}" if self.contact else f"c{self.customer.pk}"
        return ":".join(part for part in (subject, self.occasion, self.source, self.period) if part)

    @property
    def is_minor(self) -> bool:
        """Known to be under 14 on the day, and no guardian has consented."""
        person = self.person
        if person.birthday is None or person.guardian_consent_on is not None:
            return False
        return _years(person.birthday, self.on) < MINOR


def everyone(_prefix: str) -> Q:
    return Q()


def find(
    rule: CareRule,
    first: date,
    last: date,
    *,
    rules: Rules,
    where: Where = everyone,
    limit: int | None = None,
) -> list[Found]:
    """The rule's occasions from ``first`` to ``last``, the most valuable customers first when limited."""
    found = list(FINDERS.get(rule.occasion, _festival)(rule, first, last, rules, where, limit))
    return sorted(found, key=lambda one: (one.on, one.customer.pk))


def audience(rule: CareRule, where: Where, prefix: str = "") -> Q:
    """Living customers that the rule means and that may be addressed."""
    wanted = where(prefix) & Q(**{f"{prefix}deleted_at__isnull": True}) & addressable(prefix)
    for name, values in (("score__tier", rule.tiers), ("score__lifecycle", rule.stages)):
        if values:
            wanted &= Q(**{f"{prefix}{name}__in": values})
    if rule.lists:
        members = ListMember.objects.filter(list_id__in=rule.lists).values("customer_id")
        wanted &= Q(**{f"{prefix}pk__in": members})
    return wanted


def addressable(prefix: str = "") -> Q:
    """Not dead, not in mourning, not tired of greetings."""
    mourns = Q(**{f"{prefix}bereaved_until__gte": company_day.today()})
    absent = Q(**{f"{prefix}deceased_on__isnull": True, f"{prefix}no_care_since__isnull": True})
    return absent & (Q(**{f"{prefix}bereaved_until__isnull": True}) | ~mourns)


def _customers(rule: CareRule, where: Where, limit: int | None, more: Q = ALL) -> Any:
    rows = Customer.objects.filter(audience(rule, where) & more).select_related("score", "owner")
    return _cut(rows, "score__net_revenue", limit)


def _contacts(rule: CareRule, where: Where, limit: int | None, more: Q = ALL) -> Any:
    wanted = audience(rule, where, "customer__") & addressable() & more
    rows = Contact.objects.filter(wanted).select_related("customer__score", "customer__owner")
    return _cut(rows, "customer__score__net_revenue", limit)


def _cut(rows: Any, value: str, limit: int | None) -> Any:
    if limit is None:
        return rows.order_by().iterator(chunk_size=2000)
    return rows.order_by(F(value).desc(nulls_last=True), "pk")[:limit]


def celebrations(first: date, last: date, rules: Rules) -> Celebrations:
    """Every birthday that is celebrated in the span, with its days."""
    found: Celebrations = {}
    for number in range((last - first).days + 1):
        for birthday, occurrence in on_day(first + timedelta(days=number), rules):
            found.setdefault(birthday, []).append(occurrence)
    return found


def born(known: Celebrations, until: int) -> Q:
    """People with one of these birthdays: by the day of birth, or by month and day alone."""
    keys = Q(pk__in=[])
    for one in known:
        lunar = Q(birthday_calendar=LUNAR, birthday_leap=True) if one.leap else Q(birthday_calendar=LUNAR)
        calendar = lunar if one.lunar else ~Q(birthday_calendar=LUNAR)
        if one.lunar and not one.leap:
            calendar &= ~Q(birthday_leap=True)
        keys |= Q(birthday__isnull=True, birthday_month=one.month, birthday_day=one.day) & calendar
    return _on_dates("birthday", "birthday_calendar", known, until) | keys


def _on_dates(column: str, calendar: str, known: Celebrations, until: int) -> Q:
    solar = [day for one in known if not one.lunar for day in birth_dates(one, until)]
    lunar = [day for one in known if one.lunar for day in birth_dates(one, until)]
    by_moon = Q(**{calendar: LUNAR})
    return on_one_of(column, solar) & ~by_moon | on_one_of(column, lunar) & by_moon


def _birthdays(
    rule: CareRule, first: date, last: date, rules: Rules, where: Where, limit: int | None
) -> Iterator[Found]:
    known = celebrations(first, last, rules)
    wanted = born(known, last.year)
    for customer in _customers(rule, where, limit, wanted & Q(kind=Kind.PERSON)):
        yield from _celebrated(rule, customer, None, known)
    for contact in _contacts(rule, where, limit, wanted) if rule.for_contacts else ():
        yield from _celebrated(rule, contact.customer, contact, known)


def _celebrated(
    rule: CareRule, customer: Customer, contact: Contact | None, known: Celebrations
) -> Iterator[Found]:
    person = contact or customer
    birthday = celebrated(person)
    assert birthday is not None
    for one in known.get(birthday, ()):
        born = person.birthday
        years = _years(born, one.on) if born else None
        if born is None or one.on > born:
            period = f"{one.period}{'L' if one.second else ''}"
            yield Found(customer, contact, rule, one.on, period, birthday=birthday, years=years)


def _years(born_on: date, day: date) -> int:
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def _first_orders(
    rule: CareRule, first: date, last: date, rules: Rules, where: Where, limit: int | None
) -> Iterator[Found]:
    known = _solar(celebrations(first, last, rules))
    wanted = on_one_of("score__first_order", _past_days(known, last))
    for customer in _customers(rule, where, limit, wanted):
        yield from _anniversary(rule, customer, customer.score.first_order, known)


def _member_since(
    rule: CareRule, first: date, last: date, rules: Rules, where: Where, limit: int | None
) -> Iterator[Found]:
    """The day of each earlier year as a span of time: the store compares and calls no function per row."""
    known, zone = _solar(celebrations(first, last, rules)), company_day.zone()
    began = Customer.objects.aggregate(first=Min("created_at"))["first"]
    wanted = Q(pk__in=[])
    for day in _past_days(known, last):
        start = datetime.combine(day, time.min, zone)
        if began is not None and start + timedelta(days=1) > began:
            wanted |= Q(created_at__gte=start, created_at__lt=start + timedelta(days=1))
    for customer in _customers(rule, where, limit, wanted):
        yield from _anniversary(rule, customer, customer.created_at.astimezone(zone).date(), known)


def _date_fields(
    rule: CareRule, first: date, last: date, rules: Rules, where: Where, limit: int | None
) -> Iterator[Found]:
    """Dates in a field that the company added: every year again, and the day itself when it is to come."""
    field = CustomField.objects.filter(entity="customer", key=rule.field_key).first()
    if field is None:
        return
    known = _solar(celebrations(first, last, rules))
    coming = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    days = {day.isoformat() for day in [*_past_days(known, last), *coming]}
    for customer in _customers(rule, where, limit, Q(**{f"custom__{field.key}__in": sorted(days)})):
        day = date.fromisoformat(customer.custom[field.key])
        for one in known.get(birthday_of(day, lunar=False), ()):
            if one.on >= day:
                years = one.on.year - day.year or None
                label, period = field.label, str(one.period)
                yield Found(customer, None, rule, one.on, period, label=label, years=years, source=field.key)


def _own_dates(
    rule: CareRule, first: date, last: date, rules: Rules, where: Where, limit: int | None
) -> Iterator[Found]:
    known = celebrations(first, last, rules)
    again = _on_dates("on", "calendar", known, last.year) & Q(yearly=True)
    once = Q(yearly=False, on__gte=first, on__lte=last)
    wanted = audience(rule, where, "customer__") & (again | once)
    rows = OwnDate.objects.filter(wanted).select_related("customer__score", "customer__owner", "contact")
    for row in rows.order_by("pk")[: limit or 100_000]:
        birthday = birthday_of(row.on, lunar=row.yearly and row.calendar == LUNAR)
        for one in known.get(birthday, ()):
            if not is_silent(row.contact) and (one.on == row.on or (row.yearly and one.on > row.on)):
                yield Found(
                    row.customer,
                    row.contact,
                    rule,
                    one.on,
                    str(one.period),
                    label=row.label,
                    years=one.on.year - row.on.year or None,
                    source=str(row.pk),
                )


def is_silent(contact: Contact | None) -> bool:
    if contact is None:
        return False
    mourns = contact.bereaved_until is not None and contact.bereaved_until >= company_day.today()
    return bool(mourns or contact.deceased_on or contact.no_care_since or contact.deleted_at)


def _festival(
    rule: CareRule, first: date, last: date, rules: Rules, where: Where, limit: int | None
) -> Iterator[Found]:
    if rule.occasion not in timing.FESTIVAL_CODES:
        return
    for on, year in timing.festivals_between(rule.occasion, first, last):
        for customer in _customers(rule, where, limit):
            yield Found(customer, None, rule, on, str(year))


def _anniversary(rule: CareRule, customer: Customer, since: date, known: Celebrations) -> Iterator[Found]:
    for one in known.get(birthday_of(since, lunar=False), ()):
        if one.on.year > since.year:
            yield Found(customer, None, rule, one.on, str(one.period), years=one.on.year - since.year)


def _solar(known: Celebrations) -> Celebrations:
    return {birthday: found for birthday, found in known.items() if not birthday.lunar}


def _past_days(known: Celebrations, last: date) -> list[date]:
    """The days of earlier years with one of these dates, as far back as a business remembers."""
    days = [day for birthday in known for day in birth_dates(birthday, last.year)]
    return [day for day in days if day.year >= last.year - 60]


Finder = Callable[[CareRule, date, date, Rules, Where, "int | None"], Iterator[Found]]
FINDERS: dict[str, Finder] = {
    BIRTHDAY: _birthdays,
    FIRST_ORDER: _first_orders,
    MEMBER_SINCE: _member_since,
    DATE_FIELD: _date_fields,
    OWN_DATE: _own_dates,
}
assert set(FINDERS) | timing.FESTIVAL_CODES == set(OCCASIONS)
