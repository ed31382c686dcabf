"""A crash at any point of an import leaves exact counts and no duplicate after it goes on."""

from __future__ import annotations

import errno
import sqlite3
import time
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count

from crm.imports.conftest import Importer, outcome
from dying import run_until
from zhike.crm.customers.models import Customer
from zhike.crm.imports import runner, services
from zhike.crm.imports.models import Import, ImportState
from zhike.crm.orders.models import Order, OrderLine
from zhike.platform import hooks, jobs
from zhike.platform.models import Job

HEADER = "订单编号,下单时间,客户编号,商品编码,数量,单价\n"
ORDERS = HEADER + "".join(
    f"A{i % 30},2026-03-01,K{i % 30 % 17},P{i % 11},{i % 5 - 1},{i % 7}.5\n" for i in range(100)
)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "SMALLEST", 10)
    monkeypatch.setattr(runner, "LARGEST", 10)
    monkeypatch.setattr(runner.Pace, "__init__", lambda self, size=10: setattr(self, "size", size))


def facts() -> dict[str, Any]:
    return {
        "orders": sorted(
            Order.objects.values_list("number", "revenue", "returned", "customer__external_key")
        ),
        "lines": sorted(OrderLine.objects.values_list("order__number", "position", "product__sku", "amount")),
        "customers": sorted(Customer.objects.values_list("external_key", flat=True)),
    }


@pytest.fixture
def clean_run(importer: Importer) -> dict[str, Any]:
    run = importer("orders", ORDERS)
    result = {"facts": facts(), "counts": run.counts}
    importer.undo(run)
    assert not Order.objects.exists()
    return result


@pytest.mark.usefixtures("small_chunks")
def test_a_crash_at_every_step_ends_as_a_clean_run(importer, clean_run, monkeypatch):
    stop_at, done = 0, False
    while not done:
        run = importer.receive("orders", ORDERS)
        job = services.start(actor=None, run=run, dry_run=False, deliver=False)
        done = run_until(job.pk, stop_at, monkeypatch)
        if not done:
            jobs.run(job.pk)
        run.refresh_from_db()
        assert run.state == ImportState.DONE, run.error
        assert run.counts == clean_run["counts"]
        assert facts() == clean_run["facts"]
        importer.undo(run)
        stop_at += 1
    assert stop_at > 12


@pytest.mark.usefixtures("small_chunks")
def test_an_import_that_dies_at_each_of_its_steps_in_turn_comes_through(importer, clean_run, monkeypatch):
    run = importer.receive("orders", ORDERS)
    job = services.start(actor=None, run=run, dry_run=False, deliver=False)
    monkeypatch.setattr(jobs, "MAX_ATTEMPTS", 1000)
    tries = 0
    while not run_until(job.pk, tries % 5, monkeypatch):
        tries += 1
    run.refresh_from_db()
    assert tries > 5
    assert (run.counts, facts()) == (clean_run["counts"], clean_run["facts"])


@pytest.mark.usefixtures("small_chunks")
def test_an_undo_that_dies_goes_on(importer, monkeypatch):
    run = importer("orders", ORDERS)
    job = services.undo(actor=None, run=run, deliver=False)
    assert not run_until(job.pk, 1, monkeypatch)
    jobs.run(job.pk)
    run.refresh_from_db()
    assert run.state == ImportState.UNDONE
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    made = sum(kinds["created"] for kinds in run.counts["records"].values())
    assert run.counts["undo"]["deleted"] == made


@pytest.mark.usefixtures("small_chunks")
def test_a_late_worker_writes_nothing_after_it_lost_its_lease(importer, monkeypatch):
    run = importer.receive("orders", ORDERS)
    job = services.start(actor=None, run=run, dry_run=False, deliver=False)
    seen = []

    def steal(name: str) -> None:
        if name == "after chunk" and not seen:
            seen.append(OrderLine.objects.count())
            Job.objects.filter(pk=job.pk).update(lease="another worker")

    monkeypatch.setattr(hooks, "crash", steal)
    jobs.run(job.pk)
    assert OrderLine.objects.count() == seen[0]
    assert Import.objects.get(pk=run.pk).state == ImportState.RUNNING


@pytest.mark.usefixtures("small_chunks")
def test_a_cancelled_import_can_go_on(importer, clean_run, monkeypatch):
    run = importer.receive("orders", ORDERS)
    job = services.start(actor=None, run=run, dry_run=False, deliver=False)

    def cancel(name: str) -> None:
        if name == "after chunk":
            Job.objects.filter(pk=job.pk).update(cancel_requested=True)

    with monkeypatch.context() as patch:
        patch.setattr(hooks, "crash", cancel)
        patch.setattr(time, "monotonic", iter(range(0, 10_000_000, 10)).__next__)
        jobs.run(job.pk)
    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.state, job.state) == (ImportState.FAILED, Job.State.CANCELLED)
    assert run.counts["rows"] < 100
    again = services.resume(actor=None, run=run, deliver=False)
    jobs.run(again.pk)
    run.refresh_from_db()
    assert (run.counts, facts()) == (clean_run["counts"], clean_run["facts"])


class TestAFullDisk:
    def test_while_reading_it_is_said_and_nothing_is_left(self, importer, monkeypatch):
        def full(name: str) -> None:
            if name == "stage":
                raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(hooks, "crash", full)
        run = importer("orders", ORDERS)
        job = run.job
        assert run.state == ImportState.FAILED
        assert "磁盘" in run.error or "disk" in run.error
        assert "disk" in job.error.lower() or "磁盘" in job.error
        assert not list(runner.staging_path(run).parent.glob(f"{run.pk}-*"))

    def test_the_stores_own_word_for_it_is_understood(self, importer, monkeypatch, clean_run):
        def full(name: str) -> None:
            if name == "in chunk":
                raise sqlite3.OperationalError("database or disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(hooks, "crash", full)
            run = importer("orders", ORDERS)
        assert run.state == ImportState.FAILED
        assert not Order.objects.exists()
        jobs.run(services.resume(actor=None, run=run, deliver=False).pk)
        assert facts() == clean_run["facts"]


KILLED_SETUP = """
from zhike.crm.imports import services
text = "Invoice,InvoiceDate,StockCode,Quantity,Price,Customer ID\\n" + "".join(
    f"N{i % 3000},2026-03-01,P{i % 40},{i % 6},2.5,{i % 500}\\n" for i in range(15000))
run = services.receive_file(actor=None, entity="orders", chunks=[text.encode()], file_name="o.csv")
services.start(actor=None, run=run, dry_run=False, deliver=False)
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="kills processes on a store of its own")
def test_kill_9_again_and_again_leaves_exact_counts(tmp_path, installation):
    firm = installation(tmp_path)
    firm.has(KILLED_SETUP)
    [(job, state)] = firm.query("SELECT id, state FROM platform_job")
    assert state == "queued"
    # Early, and further on.
    for times in (2, 5):
        work = f"from zhike.platform import jobs; jobs.run({job})"
        firm.kill_after("zhike.platform.hooks.crash", times, work)
        assert firm.value("SELECT COUNT(*) FROM orders_orderline") < 15_000
    firm.work_on(job)
    assert firm.value("SELECT COUNT(*) FROM orders_orderline") == 15_000
    assert firm.query("SELECT COUNT(*), COUNT(DISTINCT number) FROM orders_order") == [(3_000, 3_000)]
    assert firm.value("SELECT COUNT(*) FROM customers_customer") == 500
    [(state, counts)] = firm.query("SELECT state, counts FROM imports_import")
    assert state == "done"
    assert '"rows": 15000, "created": 15000' in counts
    assert firm.value("PRAGMA integrity_check") == "ok"


def test_no_order_number_occurs_twice(importer):
    importer("orders", ORDERS)
    twice = Order.objects.values("source", "number").annotate(n=Count("id")).filter(n__gt=1)
    assert not twice.exists()
    assert outcome(importer("orders", ORDERS)) == {"skipped": 100}
