"""Keyset paging shows every row once, in order, both ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from factories import make_customer
from zhike.crm.customers.models import Customer
from zhike.platform.keyset import Sort, paginate, sort_from

START = datetime(2026, 1, 1, tzinfo=UTC)
SORTS = [Sort("name", "name"), Sort("last_contact", "last_contact_at", nullable=True)]


def walk(sort: Sort, size: int) -> tuple[list[int], list[int]]:
    """All primary keys page by page forwards, then backwards from the last page."""
    forwards, cursor, last = [], "", None
    while cursor is not None:
        page = paginate(Customer.objects.all(), sort, cursor=cursor, size=size)
        forwards += [row.pk for row in page.rows]
        cursor, last = page.next_cursor, page
    backwards = [row.pk for row in last.rows]
    while last.previous_cursor:
        last = paginate(Customer.objects.all(), sort, cursor=last.previous_cursor, size=size)
        backwards = [row.pk for row in last.rows] + backwards
    return forwards, backwards


class KeysetPaging(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        contacts=st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=9),
        size=st.integers(1, 4),
        descending=st.booleans(),
    )
    def test_each_row_comes_once_in_order_both_ways(self, contacts, size, descending):
        for number, days in enumerate(contacts):
            at = START + timedelta(days=days) if days is not None else None
            make_customer(f"客户{number % 3}", last_contact_at=at)
        for sort in SORTS:
            sort = Sort(sort.name, sort.path, descending, sort.nullable)
            forwards, backwards = walk(sort, size)
            assert len(forwards) == len(set(forwards)) == len(contacts)
            assert backwards == forwards


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["", "nonsense", "e30", "eyJ2IjpbMV0sImsiOjF9", "x" * 2000])
def test_a_malformed_cursor_gives_the_first_page(cursor):
    customer = make_customer()
    assert paginate(Customer.objects.all(), SORTS[0], cursor=cursor).rows == [customer]


def test_an_unknown_sort_gives_the_default():
    default = SORTS[0]
    assert sort_from("owner__password", SORTS, default) == default
    assert sort_from("-name", SORTS, default).descending
