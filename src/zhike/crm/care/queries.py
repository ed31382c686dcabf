"""Occasions as pages and other rooms ask for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import CharField, Count, Q
from django.db.models.functions import Cast

from zhike.analytics.calendars import Birthday, between, birthday_of
from zhike.crm.care import phrases, planner, timing, tone
from zhike.crm.care.choices import BIRTHDAY, OCCASIONS, Kind, Reason, State
from zhike.crm.care.models import CareRule, CareSettings, Reminder
from zhike.crm.care.planner import Found, Where
from zhike.crm.customers.choices import BirthdayCalendar
from zhike.crm.customers.choices import Kind as CustomerKind
from zhike.crm.customers.models import Contact, Customer, customer_scope
from zhike.crm.insight import labels
from zhike.platform import company_day
from zhike.platform.permissions import allowed
from zhike.platform.templatetags.zhike_format import day as day_text

LIMIT = 200
PAST_DAYS, UNFINISHED = 14, 50


@dataclass(frozen=True)
class Occasion:
    """One line of a list: who, what, when, why, and what became of it."""

    customer: Customer
    contact: Contact | None
    code: str
    on: date
    label: str
    reason: str
    key: str = ""
    remind_on: date | None = None
    state: str = State.DUE
    why_not: str = ""
    greeting: str = ""
    source: str = ""
    tier_name: str = ""

    @property
    def person(self) -> str:
        return self.contact.name if self.contact else self.customer.name

    @property
    def kind(self) -> Kind:
        return OCCASIONS[self.code]

    @property
    def is_open(self) -> bool:
        return self.state == State.DUE

    @property
    def state_name(self) -> str:
        return str(State(self.state).label)


@dataclass(frozen=True)
class Choice:
    """What a list of occasions is narrowed to."""

    occasion: str = ""
    owner: int | None = None
    tiers: tuple[int, ...] = ()
    customer: int | None = None


@dataclass
class Agenda:
    """Occasions by day; ``cut`` says that there are more."""

    items: list[Occasion] = field(default_factory=list)
    cut: bool = False

    @property
    def days(self) -> list[tuple[date, list[Occasion]]]:
        found: dict[date, list[Occasion]] = {}
        for one in self.items:
            found.setdefault(one.on, []).append(one)
        return sorted(found.items())


def upcoming(user: Any, days: int = 14, *, limit: int = LIMIT) -> list[Occasion]:
    """Open occasions of the user's customers from today on: for the page of the day and the calendar.

    A festival is a line per customer only under a rule that chose its customers.
    """
    today = company_day.today()
    found = agenda(user, today, today + timedelta(days=days - 1), limit=limit, chosen_only=True)
    return [one for one in found.items if one.is_open]


def agenda(
    user: Any,
    first: date,
    last: date,
    choice: Choice = Choice(),
    *,
    limit: int = LIMIT,
    chosen_only: bool = False,
) -> Agenda:
    """Everything from ``first`` to ``last`` within the user's scope, each occasion once."""
    where, settings = scope_of(user, choice), CareSettings.current()
    found: dict[str, Found] = {}
    cut = False
    for rule in _rules(choice, chosen_only=chosen_only):
        some = planner.find(rule, first, last, rules=settings.rules, where=where, limit=limit + 1)
        cut |= len(some) > limit
        for one in some:
            found.setdefault(one.key, one)
    ordered = sorted(found.values(), key=lambda one: (one.on, one.customer.name))
    return Agenda(_lines(ordered[:limit]), cut or len(ordered) > limit)


def _rules(choice: Choice, *, chosen_only: bool) -> list[CareRule]:
    rules = CareRule.objects.filter(active=True)
    if choice.occasion:
        rules = rules.filter(occasion=choice.occasion)
    kept = list(rules)
    narrow = [rule for rule in kept if rule.tiers or rule.stages or rule.lists]
    return [
        rule for rule in kept if not chosen_only or rule in narrow or not OCCASIONS[rule.occasion].is_festival
    ]


def scope_of(user: Any, choice: Choice = Choice()) -> Where:
    """The customers of a list: those that the user sees, narrowed by what was chosen."""

    def where(prefix: str) -> Q:
        if not allowed(user, "customers.view"):
            return Q(pk__in=[])
        wanted = customer_scope(user, prefix)
        if choice.owner is not None:
            wanted &= Q(**{f"{prefix}owner_id": choice.owner})
        if choice.tiers:
            wanted &= Q(**{f"{prefix}score__tier__in": choice.tiers})
        if choice.customer is not None:
            wanted &= Q(**{f"{prefix}pk": choice.customer})
        return wanted

    return where


def _lines(found: list[Found]) -> list[Occasion]:
    rows = Reminder.objects.in_bulk([one.key for one in found], field_name="key")
    names = labels.tier_names() if found else {}
    return [line(one, rows.get(one.key), names) for one in found]


def line(found: Found, row: Reminder | None, names: dict[int, str]) -> Occasion:
    label = phrases.title(found.occasion, found.label)
    state, reason = (row.state, row.get_reason_display()) if row else (State.DUE, "")
    if row is None and found.is_minor:
        state, reason = State.SUPPRESSED, str(Reason.MINOR.label)
    return Occasion(
        customer=found.customer,
        contact=found.contact,
        code=found.occasion,
        on=found.on,
        label=label,
        reason=phrases.reason(found),
        key=found.key,
        remind_on=timing.remind_on(found.rule, found.on),
        state=state,
        why_not=str(reason),
        greeting="" if found.is_minor else _greeting(found, label),
        source=found.source,
        tier_name=names.get(_tier(found.customer), ""),
    )


def _tier(customer: Customer) -> int:
    score = getattr(customer, "score", None)
    return score.tier if score is not None else 0


def _greeting(found: Found, label: str) -> str:
    return tone.greeting(found.occasion, found.person.name, found.rule.greeting, label)


def find_one(user: Any, customer: Customer, *, key: str, on: date, occasion: str) -> Found | None:
    """The occasion that a form names, found again by the rules: nothing of it is taken from the form."""
    where, settings = scope_of(user, Choice(customer=customer.pk)), CareSettings.current()
    for rule in CareRule.objects.filter(active=True, occasion=occasion):
        for one in planner.find(rule, on, on, rules=settings.rules, where=where):
            if one.key == key:
                return one
    return None


def festival_days(first: date, last: date) -> list[tuple[date, CareRule]]:
    """Festivals with an active rule, by day."""
    rules = [rule for rule in CareRule.objects.filter(active=True) if OCCASIONS[rule.occasion].is_festival]
    days = {rule.occasion: timing.festivals_between(rule.occasion, first, last) for rule in rules}
    found = [(on, rule) for rule in rules for on, _year in days[rule.occasion]]
    return sorted(found, key=lambda pair: (pair[0], pair[1].pk))


def audience_size(user: Any, rule: CareRule, choice: Choice = Choice()) -> int:
    """How many customers of the user's a rule means on its festival."""
    return Customer.objects.filter(planner.audience(rule, scope_of(user, choice))).count()


def would_remind(rule: CareRule, days: int = 30) -> int:
    """How many occasions a rule finds in the next days, for its preview."""
    today, settings = company_day.today(), CareSettings.current()
    last = today + timedelta(days=days - 1)
    if OCCASIONS[rule.occasion].is_festival:
        times = len(timing.festivals_between(rule.occasion, today, last))
        return (
            times * Customer.objects.filter(planner.audience(rule, planner.everyone)).count() if times else 0
        )
    return len(planner.find(rule, today, last, rules=settings.rules))


def year_of_birthdays(user: Any, first: date, days: int = 365) -> Counter[date]:
    """How many birthdays fall on each day: counted by distinct day of birth, not by person."""
    last, rules = first + timedelta(days=days - 1), CareSettings.current().rules
    if not CareRule.objects.filter(active=True, occasion=BIRTHDAY).exists():
        return Counter()
    where, counts = scope_of(user), Counter[Birthday]()
    living = where("") & Q(deleted_at__isnull=True, kind=CustomerKind.PERSON) & planner.addressable()
    _count_births(Customer.objects.filter(living), counts)
    at = where("customer__") & Q(customer__deleted_at__isnull=True) & planner.addressable("customer__")
    _count_births(Contact.objects.filter(at & planner.addressable()), counts)
    found: Counter[date] = Counter()
    for birthday, number in counts.items():
        for one in between(birthday, first, last, rules):
            found[one.on] += number
    return found


def _count_births(people: Any, counts: Counter[Birthday]) -> None:
    # As text and counted here: one pass over the table, which no store sorts or looks up row by row.
    days = people.order_by().annotate(born=Cast("birthday", CharField()))
    pairs = days.values_list("born", "birthday_calendar").iterator(chunk_size=20_000)
    for (born, calendar), number in Counter(pairs).items():
        if born is not None:
            day = date.fromisoformat(born[:10])
            counts[birthday_of(day, lunar=calendar == BirthdayCalendar.LUNAR)] += number
    keys = people.filter(birthday__isnull=True, birthday_month__isnull=False).order_by()
    columns = ("birthday_month", "birthday_day", "birthday_calendar", "birthday_leap")
    for month, day, calendar, leap, number in keys.values_list(*columns).annotate(n=Count("pk")):
        lunar = calendar == BirthdayCalendar.LUNAR
        counts[Birthday(month, day, lunar, lunar and bool(leap))] += number


def unfinished(user: Any) -> list[Occasion]:
    """Occasions of the last two weeks of which somebody was reminded and that nobody settled."""
    today = company_day.today()
    span = Q(on__lt=today, on__gte=today - timedelta(days=PAST_DAYS))
    rows = Reminder.objects.visible_to(user).filter(span, planner.addressable("customer__"), state=State.DUE)
    rows = rows.filter(Q(contact__isnull=True) | Q(contact__deleted_at__isnull=True))
    found = rows.select_related("customer__score", "customer__owner", "contact", "rule").order_by("on", "pk")
    names = labels.tier_names()
    return [_given(row, names) for row in found[:UNFINISHED] if not planner.is_silent(row.contact)]


def _given(row: Reminder, names: dict[int, str]) -> Occasion:
    return Occasion(
        customer=row.customer,
        contact=row.contact,
        code=row.occasion,
        on=row.on,
        label=phrases.title(row.occasion, row.label),
        reason=day_text(row.on),
        key=row.key,
        remind_on=row.remind_on,
        state=row.state,
        tier_name=names.get(_tier(row.customer), ""),
    )
