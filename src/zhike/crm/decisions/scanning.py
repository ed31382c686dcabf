"""Finding pairs of customers that are probably one: the whole base at night, what was changed at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Literal

import pyarrow as pa
from django.db import transaction
from django.db.models import Q

from zhike.analytics.duplicates import Link, find_links
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.decisions.models import DuplicatePair, PendingCheck
from zhike.platform.jobs import enqueue

#: Proposed from here on; below, a person's time is worth more than the find.
THRESHOLD = 0.9
SCAN, SCAN_KEY = "decisions.scan", "scan"
AT_ONCE = 300
#: More changed customers than this (an import) are dealt with by a scan of the whole base.
FLOOD = 2_000
LIKE_EACH = 30
KINDS: tuple[Literal["company", "person"], ...] = ("company", "person")
BATCH = 2_000
FIELDS = ("name", "phone_key", "email_key", "city", "province", "address", "birthday")
LAST = "\U0010ffff"
State = DuplicatePair.State


def note_changed(customer_ids: Iterable[int]) -> None:
    """Remember customers whose names or ways to reach them may have changed."""
    rows = [PendingCheck(customer_id=number) for number in customer_ids]
    PendingCheck.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def look() -> int:
    """Compare what was changed since the last look; returns the number of customers compared."""
    numbers = list(PendingCheck.objects.order_by("pk").values_list("pk", flat=True)[: FLOOD + 1])
    if len(numbers) > FLOOD:
        enqueue(SCAN, {}, key=SCAN_KEY)
        return 0
    some = numbers[:AT_ONCE]
    if some:
        with transaction.atomic():
            PendingCheck.objects.filter(pk__in=some).delete()
            check(some)
    return len(some)


def check(numbers: list[int]) -> int:
    """Compare these customers with those that agree with them in something; the pairs now open."""
    base = Customer.objects.filter(deleted_at__isnull=True).count()
    changed = set(numbers)
    links: list[Link] = []
    for kind in KINDS:
        frame = _frame(kind, _with_likely(kind, numbers))
        found = find_links(frame, kind, threshold=THRESHOLD, among=base)
        links += [link for link in found if {link.left, link.right} & changed]
    return _keep(links, Q(left_id__in=numbers) | Q(right_id__in=numbers))


def scan(report: Callable[[int, int], None] | None = None) -> dict[str, int]:
    """Compare the whole base; pairs that no longer look alike and nobody has judged go."""
    waiting = list(PendingCheck.objects.values_list("pk", flat=True))
    links: list[Link] = []
    for done, kind in enumerate(KINDS):
        if report is not None:
            report(done, len(KINDS))
        links += find_links(_frame(kind, None), kind, threshold=THRESHOLD)
    with transaction.atomic():
        count = _keep(links, Q())
        for start in range(0, len(waiting), BATCH):
            PendingCheck.objects.filter(pk__in=waiting[start : start + BATCH]).delete()
    return {"pairs": count}


def _frame(kind: str, numbers: Iterable[int] | None) -> pa.Table:
    """Living customers of a kind with their own and their contacts' numbers and addresses."""
    rows = Customer.objects.filter(kind=kind, deleted_at__isnull=True).order_by("pk")
    people = Contact.objects.filter(customer__kind=kind, customer__deleted_at__isnull=True).order_by()
    if numbers is not None:
        chosen = list(numbers)
        rows, people = rows.filter(pk__in=chosen), people.filter(customer_id__in=chosen)
    found = list(rows.values_list("pk", *FIELDS))
    phones, emails = defaultdict(list), defaultdict(list)
    for number, phone, email in people.values_list("customer_id", "phone_key", "email_key"):
        phones[number].append(phone)
        emails[number].append(email)
    columns = dict(zip(("id", *FIELDS), zip(*found, strict=True), strict=True)) if found else {}
    if not columns:
        return pa.table({"id": pa.array([], pa.int64())})
    ids = columns["id"]
    return pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "name": pa.array(columns["name"], pa.string()),
            "phones": _lists(columns["phone_key"], ids, phones),
            "emails": _lists(columns["email_key"], ids, emails),
            **{
                name: pa.array([v or None for v in columns[name]], pa.string())
                for name in ("city", "province", "address")
            },
            "birthday": pa.array([v.isoformat() if v else None for v in columns["birthday"]], pa.string()),
        }
    )


def _lists(own: Iterable[str], ids: Iterable[int], others: dict[int, list[str]]) -> pa.Array:
    rows = ([key for key in (mine, *others[number]) if key] for mine, number in zip(own, ids, strict=True))
    return pa.array(list(rows), pa.list_(pa.string()))


def _with_likely(kind: str, numbers: list[int]) -> set[int]:
    """The customers themselves and those with the same phone, e-mail, name, or beginning of the name."""
    mine = list(
        Customer.objects.filter(pk__in=numbers, kind=kind, deleted_at__isnull=True).values(
            "pk", "name_key", "phone_key", "email_key"
        )
    )
    contacts = Contact.objects.filter(customer_id__in=[row["pk"] for row in mine])
    found = {row["pk"] for row in mine}
    for column in ("phone_key", "email_key"):
        values = {row[column] for row in mine} | set(contacts.values_list(column, flat=True))
        found |= _holders(column, values - {""})
    for row in mine:
        found |= _alike(row["name_key"])
    return found


def _holders(column: str, values: set[str]) -> set[int]:
    own = Customer.objects.filter(**{f"{column}__in": values}).values_list("pk", flat=True)
    people = Contact.objects.filter(**{f"{column}__in": values}).values_list("customer_id", flat=True)
    return {*own, *people}


def _alike(key: str) -> set[int]:
    if not key:
        return set()
    same = Customer.objects.filter(name_key=key).order_by("pk").values_list("pk", flat=True)
    start = key[:4]
    near = Customer.objects.filter(name_key__gte=start, name_key__lt=start + LAST).order_by("name_key")
    return {*same[:LIKE_EACH], *near.values_list("pk", flat=True)[:LIKE_EACH]}


def _keep(links: list[Link], concerned: Q) -> int:
    """Open pairs become exactly these links; pairs that somebody judged stay judged."""
    found = {(link.left, link.right): link for link in links}
    known = {(pair.left_id, pair.right_id): pair for pair in DuplicatePair.objects.filter(concerned)}
    gone = [pair.pk for key, pair in known.items() if pair.state == State.OPEN and key not in found]
    for start in range(0, len(gone), BATCH):
        DuplicatePair.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    fresh = [_pair(link) for key, link in found.items() if key not in known]
    DuplicatePair.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
    changed = [_again(known[key], link) for key, link in found.items() if key in known]
    DuplicatePair.objects.bulk_update(changed, ["probability", "evidence"], batch_size=500)
    return len(found)


def _pair(link: Link) -> DuplicatePair:
    return DuplicatePair(
        left_id=link.left, right_id=link.right, probability=link.probability, evidence=_told(link)
    )


def _again(pair: DuplicatePair, link: Link) -> DuplicatePair:
    pair.probability, pair.evidence = link.probability, _told(link)
    return pair


def _told(link: Link) -> dict[str, Any]:
    return {name: level for name, level in link.evidence.items() if level >= 0}
