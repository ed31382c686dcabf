"""Bulk work: one act each on 100,000 customers on SQLite, and its undo, against a save loop.

    python -m bench bulk              # 100,000 customers, goal: under 60 s for each act
    python -m bench bulk --small      # 5,000, to see that it runs

Every act runs as its job does: the customers are written down, the hold-out is drawn, then chunk by chunk,
with gaps for other writers. The save loop assigns a part of them one by one, in the same store.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

GOAL = 60.0
LOOP_ROWS = 1_000


def main() -> None:
    options = _arguments()
    home = Path(tempfile.mkdtemp(prefix="zhike-bench-bulk-"))
    os.environ |= {"ZHIKE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhike.conf.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    count = 5_000 if options.small else options.customers
    people = _people()
    _customers(people, count)
    loop = _loop(people)
    results = [
        _measure(name, people, *ask, loop=loop)
        for name, ask in _asks(people).items()
        if (options.only or "") in name
    ]
    _show(results, count, loop)
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1))
    slow = [r for r in results if max(r["seconds"], r["undo_seconds"]) > GOAL]
    sys.exit(1 if slow and not options.small else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--small", action="store_true", help="5,000 customers, no goal")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--only", help="acts whose name holds this text")
    parser.add_argument("--json", help="write the results there")
    return parser.parse_args()


def _people() -> list[Any]:
    from zhike.crm.accounts.models import Role, Team, User
    from zhike.crm.accounts.services import ensure_starting_roles

    ensure_starting_roles()
    role, team = Role.objects.get(code="owner"), Team.objects.create(name="华东")
    return [
        User.objects.create_user(f"u{n}", None, display_name=f"同事{n}", role=role, team=team)
        for n in range(11)
    ]


def _customers(people: list[Any], count: int) -> None:
    from zhike.crm.customers import ownership
    from zhike.crm.customers.models import Customer, CustomField, Tag
    from zhike.crm.customers.search import reindex

    CustomField.objects.create(key="grade", label="级别", field_type="text")
    rows = [
        Customer(
            name=f"测试客户{n}有限公司",
            owner=people[0],
            team=people[0].team,
            province="31",
            custom={"grade": "B"},
        )
        for n in range(count)
    ]
    Customer.objects.bulk_create(rows, batch_size=5_000)
    tag = Tag.objects.create(name="老客户")
    through = Customer.tags.through
    ids = Customer.objects.values_list("pk", flat=True)
    through.objects.bulk_create([through(customer_id=pk, tag_id=tag.pk) for pk in ids], batch_size=5_000)
    ownership.record(None)
    reindex()


def _asks(people: list[Any]) -> dict[str, tuple[str, dict[str, Any], dict[str, Any]]]:
    from zhike.crm.customers import lists

    named = lists.create_list(actor=people[0], name="回访", for_treatment=True)
    several = {"owners": [one.pk for one in people[1:]]}
    listed = {"list": named.pk, "name": named.name}
    task = {"title": "回访", "due_on": "2026-12-01", "assignee": "owner", "for_treatment": True}
    hold_out = {"purpose": "回访", "share": 0.1}
    both = {"values": {"size": "large", "province": "44"}, "custom": {"grade": "A"}}
    return {
        "assign to one": ("assign", {"owners": [people[1].pk]}, {}),
        "assign to ten, evenly": ("assign", several, {}),
        "add two tags": ("tag", {"tags": ["VIP", "展会"]}, {}),
        "remove a tag": ("untag", {"tags": ["老客户"]}, {}),
        "set two fields and an own one": ("set", both, {}),
        "put into a list, a tenth held out": ("list", listed, hold_out),
        "create tasks, a tenth held out": ("task", task, {"purpose": "另一个", "share": 0.1}),
    }


def _measure(
    name: str, people: list[Any], kind: str, params: dict[str, Any], more: dict[str, Any], *, loop: float
) -> dict[str, Any]:
    from django.http import QueryDict

    from zhike.crm.bulk import queries, services
    from zhike.platform import jobs

    actor = people[0]
    with mock.patch("zhike.platform.jobs.deliver"):
        act = services.draft(actor=actor, kind=kind, params=params, query=QueryDict(""))
        preview = _timed(lambda: queries.preview(act, actor))
        confirm = _timed(lambda: services.confirm(actor=actor, act=act, **more))
        act.refresh_from_db()
        seconds = confirm + _timed(lambda: jobs.run(act.job_id))
        act.refresh_from_db()
        assert act.state == "done", act.error
        services.undo(actor=actor, act=act)
        act.refresh_from_db()
        undo = _timed(lambda: jobs.run(act.job_id))
        act.refresh_from_db()
    assert act.state == "undone", act.error
    assert act.counts["undo"].get("restored") == act.counts["changed"], act.counts
    return {
        "act": name,
        "changed": act.counts["changed"],
        "held_out": act.counts.get("held_out", 0),
        "preview_seconds": preview,
        "confirm_seconds": confirm,
        "seconds": seconds,
        "undo_seconds": undo,
        "ratio": act.total / seconds / loop,
    }


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _loop(people: list[Any]) -> float:
    """Customers per second of a loop that fetches, changes and saves each, twice (there and back)."""
    from zhike.crm.customers.models import Customer
    from zhike.crm.customers.services import assign_customer

    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:LOOP_ROWS])

    def give(owner: Any) -> None:
        for pk in ids:
            assign_customer(actor=people[0], customer=Customer.objects.get(pk=pk), owner=owner)

    seconds = _timed(lambda: give(people[1])) + _timed(lambda: give(people[0]))
    return 2 * len(ids) / seconds


def _show(results: list[dict[str, Any]], count: int, loop: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:,} customers on SQLite; one by one {loop:,.0f} a second; peak memory {peak:,.0f} MB")
    print(f"{'act':36}{'preview':>9}{'confirm':>9}{'act':>9}{'undo':>9}{'× loop':>9}")
    for one in results:
        print(
            f"{one['act']:36}{one['preview_seconds']:8.2f}s{one['confirm_seconds']:8.2f}s"
            f"{one['seconds']:8.2f}s{one['undo_seconds']:8.2f}s{one['ratio']:9.1f}"
        )


if __name__ == "__main__":
    main()
