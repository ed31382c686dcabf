"""Full-text search over customers: names in any part, pinyin and initials, phones, e-mail, numbers.

SQLite keeps the index in an FTS5 table, PostgreSQL in a ``tsvector`` column with a GIN index; both hold the
tokens of :mod:`zhike.crm.customers.search_tokens`. Names and ways to reach somebody are kept apart, because
who may not see a phone number must not find it by trying digits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, F, QuerySet
from django.db.models.expressions import RawSQL

from zhike.crm.customers import touched
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.customers.search_tokens import (
    Term,
    code_tokens,
    email_tokens,
    name_tokens,
    phone_tokens,
    query_terms,
)
from zhike.platform.permissions import allowed
from zhike.platform.store import is_sqlite

BATCH = 2_000
#: Up to so many hits a query is answered by their ids; a more frequent word is tested row by row.
FEW = 2_000

Document = tuple[int, str, str]


def reindex(customer_ids: Iterable[int] | None = None) -> int:
    """Bring the index up to date for these customers, or all; returns how many were written."""
    written = 0
    for ids in _batches(customer_ids):
        with transaction.atomic():
            documents = list(_documents(ids))
            _write(ids, documents)
            if customer_ids is not None:
                touched.tell(ids)
        written += len(documents)
    return written


@dataclass(frozen=True)
class Finding:
    """A query made ready: its match and its first hits, one more than a few at most."""

    match: str
    hits: Sequence[int]

    @property
    def is_rare(self) -> bool:
        return len(self.hits) <= FEW

    @property
    def is_dense(self) -> bool:
        """True for a word that a quarter of all customers have."""
        return self._is_had_by_one_in(4)

    @property
    def fills_a_page_soon(self) -> bool:
        """True when a list, walked in its order, finds the rows of a page before the hits are sorted."""
        return self.is_dense if is_sqlite() else self._is_had_by_one_in(25)

    def _is_had_by_one_in(self, customers: int) -> bool:
        """Judged by the first hits."""
        return not self.is_rare and self.hits[-1] < customers * len(self.hits)


def find(text: str, user: Any) -> Finding:
    """What the text asks for, within the ways of searching that are open to the user."""
    terms = query_terms(text)
    if not terms:
        return Finding("", ())
    match = _match_text(terms, reach=allowed(user, "personal_data"))
    return Finding(match, _hits(match))


def search(customers: QuerySet[Customer], text: str, user: Any) -> QuerySet[Customer]:
    """Those of ``customers`` (already within the user's scope) that the text finds."""
    return narrow(customers, find(text, user))


def narrow(customers: QuerySet[Customer], finding: Finding) -> QuerySet[Customer]:
    """The customers found, for counting and sorting."""
    if finding.is_rare:
        return customers.filter(pk__in=finding.hits)
    if not is_sqlite():
        return customers.filter(pk__in=_found(finding))
    # The sum keeps the planner from driving the query by the hits instead of the list's order.
    return customers.alias(_row=F("pk") + 0).filter(_row__in=_found(finding))


def within(customers: QuerySet[Customer], finding: Finding) -> QuerySet[Customer]:
    """The same, beginning with the hits and testing everything else on their rows."""
    return narrow(customers, finding) if finding.is_rare else customers.filter(pk__in=_found(finding))


def walk(customers: QuerySet[Customer], finding: Finding) -> QuerySet[Customer]:
    """The same, tested row by row: in the order of a list, a frequent word fills a page soon."""
    if not finding.fills_a_page_soon:
        return narrow(customers, finding)
    tested = RawSQL(WALKED_SQLITE if is_sqlite() else WALKED, (finding.match,), BooleanField())
    return customers.alias(_found=tested).filter(_found=True)


def _found(finding: Finding) -> RawSQL:
    if is_sqlite():
        sql = "SELECT rowid FROM customers_search WHERE customers_search MATCH %s"
    else:
        sql = "SELECT customer_id FROM customers_search WHERE body @@ %s::tsquery"
    return RawSQL(sql, (finding.match,))


WALKED = """(SELECT s.body @@ %s::tsquery FROM customers_search s
  WHERE s.customer_id = "customers_customer"."id")"""
WALKED_SQLITE = """EXISTS (SELECT 1 FROM customers_search
  WHERE customers_search MATCH %s AND customers_search.rowid = "customers_customer"."id")"""


def search_ids(text: str, customers: QuerySet[Customer], user: Any, *, limit: int = 20) -> list[int]:
    """The best hits among ``customers``, ids only: names that begin with the text first."""
    found = walk(customers, find(text, user))
    rows = found.order_by().values_list("pk", "name")[: limit * 10]
    wanted = text.strip().casefold()
    ranked = sorted(rows, key=lambda row: (not row[1].casefold().startswith(wanted), len(row[1]), row[0]))
    return [pk for pk, _name in ranked[:limit]]


def reaches(finding: Finding, count: int) -> bool:
    """True when at least so many customers have the word; the index holds the living ones only."""
    return len(_hits(finding.match, count)) >= count


def _hits(match: str, limit: int | None = None) -> list[int]:
    """Ids of the first hits, by default one more than a few."""
    if is_sqlite():
        sql = "SELECT rowid FROM customers_search WHERE customers_search MATCH %s LIMIT %s"
    else:
        sql = "SELECT customer_id FROM customers_search WHERE body @@ %s::tsquery LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, [match, FEW + 1 if limit is None else limit])
        return [row[0] for row in cursor.fetchall()]


def _match_text(terms: Sequence[Term], *, reach: bool) -> str:
    """The store's own query language. Terms hold letters and digits only, so nothing needs escaping."""
    if is_sqlite():
        text = " AND ".join(_fts5(term) for term in terms)
        return f"({text})" if reach else f"{{names}} : ({text})"
    return " & ".join(_tsquery(term, "" if reach else "A") for term in terms)


def _fts5(term: Term) -> str:
    return '"' + " ".join(term.text) + '"' if term.phrase else f'"{term.text}" *'


def _tsquery(term: Term, weight: str) -> str:
    if term.phrase:
        suffix = f":{weight}" if weight else ""
        return "(" + " <-> ".join(f"'{character}'{suffix}" for character in term.text) + ")"
    return f"'{term.text}':*{weight}"


def _batches(customer_ids: Iterable[int] | None) -> Iterator[list[int]]:
    if customer_ids is not None:
        ids = sorted(set(customer_ids))
        for start in range(0, len(ids), BATCH):
            yield ids[start : start + BATCH]
        return
    last = 0
    while True:
        found = Customer.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
        ids = list(found)
        if not ids:
            return
        yield ids
        last = ids[-1]


def _documents(ids: Sequence[int]) -> Iterator[Document]:
    contacts: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    rows = Contact.objects.filter(customer_id__in=ids).order_by()
    for customer_id, *values in rows.values_list("customer_id", "name", "phone", "email"):
        contacts[customer_id].append((values[0], values[1], values[2]))
    living = Customer.objects.filter(pk__in=ids, deleted_at__isnull=True).order_by("pk")
    for pk, code, key, *own in living.values_list("pk", "code", "external_key", "name", "phone", "email"):
        people = [(own[0], own[1], own[2]), *contacts[pk]]
        names = [token for name, _phone, _email in people for token in name_tokens(name)]
        names += code_tokens(code or "") + code_tokens(key or "")
        reach = [
            token for _name, phone, email in people for token in phone_tokens(phone) + email_tokens(email)
        ]
        yield pk, " ".join(names), " ".join(reach)


def _write(ids: Sequence[int], documents: Sequence[Document]) -> None:
    places = ", ".join(["%s"] * len(ids))
    key = "rowid" if is_sqlite() else "customer_id"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM customers_search WHERE {key} IN ({places})", list(ids))
        if is_sqlite():
            cursor.executemany(
                "INSERT INTO customers_search (rowid, names, reach) VALUES (%s, %s, %s)", documents
            )
        else:
            cursor.executemany(
                "INSERT INTO customers_search (customer_id, body) VALUES (%s, %s::tsvector)",
                [(pk, _tsvector(names, reach)) for pk, names, reach in documents],
            )


def _tsvector(names: str, reach: str) -> str:
    """The text form of a tsvector: every token with its places, names with weight A."""
    places: dict[str, list[str]] = defaultdict(list)
    for weight, text, start in (("A", names, 1), ("B", reach, 8_000)):
        for place, token in enumerate(text.split(), start):
            if len(places[token]) < 200 and place < 16_000:
                places[token].append(f"{place}{weight}")
    return " ".join(f"'{token}':{','.join(found)}" for token, found in places.items() if found)
