"""Import speed: 100,000 customers with key check and 541,909 order rows on SQLite, against a save loop.

    python -m bench import            # from ZHIKE_TEST_DATA and made customers
    python -m bench import --small    # a tenth, to see that it runs

The save loop is what an import through the ORM usually is, one look-up and one save per row; it runs before
and after ours on a part of the same file, in the same store, so that a busy machine slows both. creme-crm's
importer is quoted at 25 to 116 rows per second; the ratio to its best figure is given.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import itertools
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

CREME_BEST = 116.0
GOALS = {"customers": 60.0, "orders": 90.0}
LOOP_ROWS = 1_000


def main() -> None:
    options = _arguments()
    home = Path(tempfile.mkdtemp(prefix="zhike-bench-import-"))
    os.environ |= {"ZHIKE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhike.conf.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    results = [_customers(home, options.small), *_orders(home, options.small)]
    _show(results)
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1))
    sys.exit(0 if options.small or all(result["seconds"] <= result["goal"] for result in results) else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a tenth of the rows, no goals")
    parser.add_argument("--json", help="write the results there")
    return parser.parse_args()


def _customers(home: Path, small: bool) -> dict[str, Any]:
    path = home / "customers.csv"
    count = 10_000 if small else 100_000
    _make_customers(path, count)
    before = _measured(lambda: _loop_customers(path, "loop-a"))
    seconds, cpu = _both(lambda: _import("customers", path))
    again = _measured(lambda: _import("customers", path))
    after = _measured(lambda: _loop_customers(path, "loop-b"))
    return _result("customers", count, seconds, cpu, again, before, after)


def _orders(home: Path, small: bool) -> Iterator[dict[str, Any]]:
    folder = os.environ.get("ZHIKE_TEST_DATA")
    if not folder:
        print("ZHIKE_TEST_DATA is not set: no orders", file=sys.stderr)
        return
    path = Path(folder) / "online_retail" / "online_retail.csv.gz"
    if small:
        path = _head(path, home / "orders.csv", 54_000)
    with _opened(path) as file:
        count = sum(1 for _ in csv.reader(file)) - 1
    before = _measured(lambda: _loop_orders(path, "loop-a"))
    seconds, cpu = _both(lambda: _import("orders", path))
    again = _measured(lambda: _import("orders", path))
    after = _measured(lambda: _loop_orders(path, "loop-b"))
    yield _result("orders", count, seconds, cpu, again, before, after)


def _result(
    what: str, rows: int, seconds: float, cpu: float, again: float, before: float, after: float
) -> dict[str, Any]:
    loop = 2 * LOOP_ROWS / (before + after)
    return {
        "what": what,
        "rows": rows,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "again_seconds": round(again, 1),
        "rows_per_second": round(rows / seconds),
        "loop_rows_per_second": round(loop),
        "times_loop": round(rows / seconds / loop, 1),
        "times_creme": round(rows / seconds / CREME_BEST),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "goal": GOALS[what],
    }


def _show(results: list[dict[str, Any]]) -> None:
    for result in results:
        print(
            f"{result['what']}: {result['rows']:,} rows in {result['seconds']} s "
            f"({result['rows_per_second']:,} rows/s, goal {result['goal']:.0f} s), "
            f"{result['cpu_seconds']} s of processor, again {result['again_seconds']} s; "
            f"save loop {result['loop_rows_per_second']} rows/s: "
            f"{result['times_loop']} times; creme-crm's best {CREME_BEST:.0f} rows/s: "
            f"{result['times_creme']} times; peak {result['peak_mb']} MB"
        )


def _measured(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _both(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock and of this process, which tell a slow import from a busy machine."""
    cpu = time.process_time()
    seconds = _measured(work)
    return seconds, time.process_time() - cpu


def _import(entity: str, path: Path) -> None:
    """The whole way: upload, look at the columns, read, match, write, enter into the search."""
    from zhike.crm.imports import services
    from zhike.platform import jobs

    with path.open("rb") as file:
        chunks = iter(lambda: file.read(1 << 20), b"")
        run = services.receive_file(actor=None, entity=entity, chunks=chunks, file_name=path.name)
    job = services.start(actor=None, run=run, dry_run=False, deliver=False)
    jobs.run(job.pk)
    run.refresh_from_db()
    if run.state != "done" or run.counts["failed"]:
        raise SystemExit(f"{entity}: {run.state} {run.error} {run.counts}")


def _loop_customers(path: Path, source: str) -> None:
    from zhike.crm.customers.models import Customer
    from zhike.crm.customers.search import reindex

    with path.open(encoding="utf-8", newline="") as file:
        for row in itertools.islice(csv.DictReader(file), LOOP_ROWS):
            values = {"name": row["客户名称"], "phone": row["手机"], "email": row["邮箱"]}
            customer, _made = Customer.objects.update_or_create(
                source=source, external_key=row["客户编号"], defaults=values
            )
            reindex([customer.pk])


def _loop_orders(path: Path, source: str) -> None:
    from datetime import datetime
    from decimal import Decimal

    from django.utils import timezone

    from zhike.crm.catalog.models import Product
    from zhike.crm.customers.models import Customer
    from zhike.crm.orders.models import Order, OrderLine

    with _opened(path) as file:
        for position, row in enumerate(itertools.islice(csv.DictReader(file), LOOP_ROWS)):
            placed = timezone.make_aware(datetime.fromisoformat(row["InvoiceDate"]))
            key = row["CustomerID"]
            customer = (
                Customer.objects.get_or_create(source=source, external_key=key, defaults={"name": key})[0]
                if key
                else None
            )
            product, _new = Product.objects.get_or_create(
                sku=f"{source}-{row['StockCode']}", defaults={"name": row["Description"]}
            )
            order, _made = Order.objects.get_or_create(
                source=source,
                number=row["InvoiceNo"],
                defaults={"placed_at": placed, "business_date": placed.date(), "customer": customer},
            )
            quantity, price = Decimal(row["Quantity"]), Decimal(row["UnitPrice"])
            OrderLine.objects.create(
                order=order,
                position=position,
                product=product,
                quantity=quantity,
                unit_price=price,
                amount=quantity * price,
            )
            order.revenue += quantity * price
            order.save()


def _make_customers(path: Path, count: int) -> None:
    """A customer file as a Chinese trading company has it, the same for the same count."""
    from zhike.data import industries, regions

    rng = random.Random(7)
    cities, sections = regions.cities(), industries.sections()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["客户编号", "客户名称", "手机", "邮箱", "行业", "省份", "城市", "地址"])
        for number in range(count):
            city = rng.choice(cities)
            province = regions.province(city.province)
            assert province is not None
            word = "".join(rng.sample("远达恒通金华瑞丰天成宏盛嘉禾", 2))
            writer.writerow(
                [
                    f"K{number:07d}",
                    f"{city.short}{word}{number}贸易有限公司",
                    f"13{rng.randrange(10**9):09d}",
                    f"c{number}@example.com",
                    rng.choice(sections).name,
                    province.name,
                    city.name,
                    f"{word}路{number % 999}号",
                ]
            )


def _opened(path: Path) -> Any:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _head(source: Path, target: Path, rows: int) -> Path:
    with _opened(source) as file, target.open("w", encoding="utf-8", newline="") as copy:
        copy.writelines(itertools.islice(file, rows + 1))
    return target


if __name__ == "__main__":
    main()
