"""From a note to an alert, or to nothing: the company's settings decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Q

from zhike.crm.alerts.choices import SINKING, STAGE_HEIGHT, Situation
from zhike.crm.alerts.models import Alert, AlertSettings, Signal
from zhike.crm.customers.models import Customer
from zhike.crm.insight import labels, versions
from zhike.crm.insight.models import CustomerScore, Version
from zhike.crm.interactions.models import Interaction, InteractionKind
from zhike.crm.orders.models import Order, OrderStatus
from zhike.platform import company_day

# What an import brings from longer ago is history, not news.
RECENT = timedelta(days=14)
TIER, STAGE, COMPLAINT, RETURN = "tier", "lifecycle", "complaint", "return"
SILENT_DAYS, SILENT_USUALLY = {1: 30, 2: 45}, 60
# The key in the settings for customers of ABC class A below the key tiers.
CLASS_A = "A"


@dataclass(frozen=True)
class Policy:
    """The settings as they act: ranks of key tiers, days of silence by rank and of class A below them."""

    settings: AlertSettings
    key_tiers: frozenset[int]
    silent_days: Mapping[int, int]
    silent_class_a: int = SILENT_USUALLY

    @classmethod
    def current(cls) -> Policy:
        settings = AlertSettings.current()
        ranks = sorted((rank for rank in labels.tier_names() if rank), reverse=True)
        keys = settings.key_tiers or ranks[:2]
        given = dict(settings.silent_days)
        class_a = given.pop(CLASS_A, SILENT_USUALLY)
        places = {rank: place for place, rank in enumerate(ranks, 1) if rank in keys}
        usual = {rank: SILENT_DAYS.get(place, SILENT_USUALLY) for rank, place in places.items()}
        chosen = {int(rank): days for rank, days in given.items() if int(rank) in keys}
        return cls(settings, frozenset(keys), {**usual, **chosen}, class_a)

    def is_active(self, situation: str) -> bool:
        return situation in self.settings.active

    def is_key(self, score: CustomerScore | None, *tiers: int | None) -> bool:
        """By a tier that the customer has or just had, or by its ABC class."""
        if self.key_tiers & {tier for tier in tiers if tier}:
            return True
        if score is None:
            return False
        by_class = self.settings.key_class_a and score.abc_class == "A"
        return by_class or score.tier in self.key_tiers

    def is_large(self, returned: Decimal, usual: Decimal | None) -> bool:
        if returned >= self.settings.return_amount:
            return True
        if not usual or returned < self.settings.return_least:
            return False
        return returned >= usual * self.settings.return_share


def judge(signals: Sequence[Signal], policy: Policy) -> list[Alert]:
    """The alerts that these notes call for; a situation that was alerted before may be among them."""
    customers = Customer.objects.filter(deleted_at__isnull=True).select_related("score")
    known = customers.in_bulk({signal.customer_id for signal in signals})
    records = {COMPLAINT: _complaints(signals), RETURN: _returns(signals)}
    found = []
    for signal in signals:
        customer = known.get(signal.customer_id)
        alert = JUDGES[signal.kind](signal, customer, records, policy) if customer else None
        if alert is not None and policy.is_active(alert.kind):
            found.append(alert)
    return found


def _complaints(signals: Sequence[Signal]) -> dict[int, Any]:
    ids = [signal.ref for signal in signals if signal.kind == COMPLAINT]
    return Interaction.objects.filter(kind=InteractionKind.COMPLAINT).in_bulk(ids) if ids else {}


def _returns(signals: Sequence[Signal]) -> dict[int, Any]:
    ids = [signal.ref for signal in signals if signal.kind == RETURN]
    return Order.objects.filter(status=OrderStatus.CONFIRMED).in_bulk(ids) if ids else {}


def _tier(signal: Signal, customer: Customer, _records: Any, policy: Policy) -> Alert | None:
    before, after, day = signal.data["before"], signal.data["after"], signal.data["day"]
    if not comparable(*signal.data["versions"]):
        return None
    ranks = {"ranks": [before, after]}
    if before and after < before and policy.is_key(_score(customer), before):
        return _alert(customer, Situation.TIER_FALL, day, date.fromisoformat(day), **ranks)
    if after in policy.key_tiers and (before or 0) < after and before not in policy.key_tiers:
        return _alert(customer, Situation.NEW_KEY, day, date.fromisoformat(day), **ranks)
    return None


def _stage(signal: Signal, customer: Customer, _records: Any, policy: Policy) -> Alert | None:
    before, after, day = signal.data["before"], signal.data["after"], signal.data["day"]
    fell = after in SINKING and STAGE_HEIGHT[after] < STAGE_HEIGHT.get(before, 0)
    score = _score(customer)
    if not fell or not policy.is_key(score, score.opening_tier if score else None):
        return None
    return _alert(customer, Situation.STAGE_FALL, day, date.fromisoformat(day), stage=[before, after])


def _complaint(signal: Signal, customer: Customer, records: Any, _policy: Policy) -> Alert | None:
    complaint = records[COMPLAINT].get(signal.ref)
    if complaint is None or complaint.settled_at is not None or company_day.now() - complaint.at > RECENT:
        return None
    on, summary = complaint.at.astimezone(company_day.zone()).date(), complaint.summary[:120]
    return _alert(customer, Situation.COMPLAINT, complaint.pk, on, summary=summary)


def _return(signal: Signal, customer: Customer, records: Any, policy: Policy) -> Alert | None:
    order = records[RETURN].get(signal.ref)
    if order is None or company_day.today() - order.business_date > RECENT:
        return None
    score = _score(customer)
    usual = score.revenue / score.frequency if score and score.frequency else None
    if not policy.is_large(order.returned, usual):
        return None
    values = {"returned": str(order.returned), "number": order.number}
    return _alert(customer, Situation.LARGE_RETURN, order.pk, order.business_date, **values)


JUDGES = {TIER: _tier, STAGE: _stage, COMPLAINT: _complaint, RETURN: _return}


def _score(customer: Customer) -> CustomerScore | None:
    return getattr(customer, "score", None)


def _alert(customer: Customer, situation: str, what: Any, on: date, **params: Any) -> Alert:
    key = f"{situation}:{customer.pk}:{what}"
    return Alert(
        customer=customer,
        kind=situation,
        key=key,
        on=on,
        params={"situation": situation, "customer": customer.name, **params},
    )


def comparable(before: int | None, after: int | None) -> bool:
    """Whether ranks of two versions mean the same: by a new definition of tiers nobody falls."""
    return before is None or after is None or before == after or _same_tiers(before, after)


@lru_cache(maxsize=64)
def _same_tiers(before: int, after: int) -> bool:
    found = Version.objects.in_bulk([before, after])
    if len(found) < 2:
        return True
    tiers = [versions.calibration_of(found[pk]).settings.tiers for pk in (before, after)]
    return bool(tiers[0] == tiers[1])


def silent(policy: Policy, today: date) -> Iterable[Alert]:
    """Key customers whom nobody contacted for longer than their tier allows, once per last contact."""
    if not policy.is_active(Situation.SILENT):
        return
    for rank, days in policy.silent_days.items():
        yield from _silent_among(Q(score__tier=rank), today, days, rank=rank)
    if policy.settings.key_class_a:
        below = Q(score__abc_class="A") & ~Q(score__tier__in=list(policy.silent_days))
        yield from _silent_among(below, today, policy.silent_class_a, abc="A")


def _silent_among(who: Q, today: date, days: int, **shown: Any) -> Iterator[Alert]:
    """``shown`` is why the customer is a key customer: the rank of the tier or the class."""
    start = datetime.combine(today - timedelta(days=days), time.min, company_day.zone())
    late = Q(last_contact_at__lt=start) | Q(last_contact_at__isnull=True, created_at__lt=start)
    rows = Customer.objects.filter(late, who, deleted_at__isnull=True, score__frequency__gt=0)
    for customer in rows.order_by().iterator(chunk_size=2000):
        last = customer.last_contact_at
        on = last.astimezone(company_day.zone()).date() if last else None
        since = (today - on).days if on else None
        yield _alert(customer, Situation.SILENT, on or "never", today, days=since, **shown)
