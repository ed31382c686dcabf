"""The columnar lake follows the operational store, over the columnar connection."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from factories import make_customer, make_order
from zhike.crm.insight import extract, lake, places
from zhike.crm.insight.models import CustomerScore
from zhike.crm.orders.models import Order, OrderStatus
from zhike.platform import changes

from .conftest import TODAY, make_company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session(home):
    with places.heavy_session() as session:
        yield session


@pytest.fixture
def synced(session):
    customers = make_company(8)
    lake.sync(session)
    return customers


def facts(session, customer=None):
    lake.attach(session)
    where = f"WHERE customer_id = {customer.pk}" if customer else ""
    text = "SELECT order_id, customer_id, day, revenue, returned, cost, category_mask FROM facts"
    return sorted(session.connection.execute(f"{text} {where}").fetchall())


def expected(**filters):
    orders = Order.objects.filter(
        customer__deleted_at__isnull=True, status=OrderStatus.CONFIRMED, **filters
    ).exclude(customer=None)
    return sorted(
        (
            o.pk,
            o.customer_id,
            (o.business_date - extract_epoch()).days,
            int(o.revenue * 10_000),
            int(o.returned * 10_000),
            None if o.cost is None else int(o.cost * 10_000),
            o.category_mask,
        )
        for o in orders
    )


def extract_epoch():
    from zhike.crm.insight.days import EPOCH

    return EPOCH


def test_the_first_sync_brings_everything(session, synced):
    make_order(None, TODAY, 99)
    assert facts(session) == expected()
    assert changes.watermark(lake.CONSUMER) > 0


def test_money_keeps_its_last_digit(session, synced):
    order = make_order(synced[0], TODAY, "8911407.9041", returned="0.0001", cost=Decimal("12.3456"))
    lake.sync(session)
    row = next(r for r in facts(session, synced[0]) if r[0] == order.pk)
    assert row[3:6] == (89_114_079_041, 1, 123_456)


def test_only_changed_customers_are_written_again(session, synced, monkeypatch):
    written = []
    rewrite = lake.places.lake().__class__.rewrite

    def note(self, session, ids, name):
        written.append(sorted(ids))
        return rewrite(self, session, ids, name)

    monkeypatch.setattr(lake.places.lake().__class__, "rewrite", note)
    make_order(synced[2], TODAY, 5)
    Order.objects.filter(customer=synced[5]).update(revenue=7)
    result = lake.sync(session)
    assert written == [[synced[2].pk, synced[5].pk]]
    assert result.customers == 2
    assert facts(session) == expected()


def test_deleted_and_cancelled_rows_disappear(session, synced):
    Order.objects.filter(customer=synced[3]).first().delete()
    Order.objects.filter(customer=synced[4]).update(status=OrderStatus.CANCELLED)
    type(synced[5]).objects.filter(pk=synced[5].pk).update(deleted_at=timezone.now())
    lake.sync(session)
    assert facts(session) == expected()
    assert facts(session, synced[5]) == []
    assert facts(session, synced[4]) == []


def test_an_order_that_changes_its_customer_moves(session, synced):
    Order.objects.filter(customer=synced[7]).update(customer=synced[0])
    lake.sync(session)
    assert facts(session, synced[7]) == []
    assert facts(session) == expected()


def test_nothing_new_writes_nothing(session, synced):
    before = {p.name: p.stat().st_mtime_ns for p in places.lake_directory().iterdir()}
    lake.sync(session)
    assert {p.name: p.stat().st_mtime_ns for p in places.lake_directory().iterdir()} == before


def test_no_name_and_no_way_to_reach_somebody_lies_in_the_lake(session):
    make_customer("保密客户", phone="17401234567", email="secret@example.com", address="秘密路 1 号")
    lake.sync(session)
    assert set(pq.read_schema(places.customers_file()).names) == set(extract.CUSTOMERS.names)
    for path in places.lake_directory().rglob("*"):
        content = path.read_bytes()
        assert "保密客户".encode() not in content
        assert b"17401234567" not in content


def test_the_comparison_repairs_what_was_missed(session, synced):
    """A change that the log lost: the safety net finds and repairs it."""
    Order.objects.filter(customer=synced[6]).update(revenue=3)
    changes.advance(lake.CONSUMER, changes.safe_position())
    assert facts(session) != expected()
    assert lake.compare(session).repaired
    assert facts(session) == expected()
    assert not lake.compare(session).repaired


def test_a_failed_write_leaves_lake_and_watermark(session, synced, monkeypatch):
    mark, before = changes.watermark(lake.CONSUMER), facts(session)
    make_order(synced[0], TODAY - timedelta(days=1), 5)

    def full(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("zhike.analytics.engine.lake.write_text", full)
        with pytest.raises(OSError, match="No space"):
            lake.sync(session)
    assert changes.watermark(lake.CONSUMER) == mark
    assert facts(session) == before
    lake.sync(session)
    assert facts(session) == expected()


def test_a_run_over_the_columnar_connection_publishes_everybody(synced, session):
    from zhike.crm.insight import services

    session.close()
    job = services.run_now()
    assert job.result["customers"] == CustomerScore.objects.count() == 8
