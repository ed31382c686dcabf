"""The rows that conditions speak about: the same for many customers as for a few."""

from __future__ import annotations

from datetime import date

import pytest

from factories import make_customer, make_order
from zhike.crm.customers.models import Tag
from zhike.crm.insight import extract
from zhike.crm.segments import extracts


@pytest.mark.django_db(transaction=True)
def test_many_customers_are_read_as_a_few_are(monkeypatch):
    customers = [make_customer(name) for name in ("甲", "乙", "丙")]
    customers[0].tags.add(Tag.objects.create(name="重点"))
    make_order(customers[1], date(2026, 5, 1), number="A-1")
    ids = [one.pk for one in customers]
    orders = ("orders", extract.orders_sql(), "o.customer_id", extract.ORDERS)
    tables = [orders, *((one.name, one.text, one.customer, one.schema) for one in extracts.extracts())]
    few = {name: extracts.rows_of(text, column, ids, schema) for name, text, column, schema in tables}
    monkeypatch.setattr(extracts, "MANY", 1)
    many = {name: extracts.rows_of(text, column, ids, schema) for name, text, column, schema in tables}
    assert many == few
    assert {name for name, table in few.items() if table.num_rows} >= {"orders", "profile", "tagged"}
