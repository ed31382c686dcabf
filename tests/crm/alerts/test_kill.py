"""``kill -9`` of the process that judges and tells: taken up again, nothing is lost and nothing told twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

CUSTOMERS = 1500
PREPARE = f"""
from datetime import timedelta
from django.core.management import call_command
from django.utils import timezone
call_command("migrate", verbosity=0)
from zhike.crm.accounts.models import Role, Team, User
from zhike.crm.accounts.services import ensure_starting_roles
from zhike.crm.customers.models import Customer
from zhike.crm.interactions.models import Interaction
ensure_starting_roles()
team = Team.objects.create(name="T")
role = Role.objects.get(code="sales")
users = User.objects.bulk_create(User(username=f"u{{n}}", role=role, team=team) for n in range(500))
rows = [Customer(name=f"C{{n}}", owner=users[n % 500], team=team) for n in range({CUSTOMERS})]
customers = Customer.objects.bulk_create(rows)
now = timezone.now()
Interaction.objects.bulk_create(
    Interaction(customer=c, kind="complaint", at=now, summary=f"S{{c.pk}}") for c in customers
)
"""
WORK = "from zhike.crm.alerts import detection\nwhile detection.look(): pass\ndetection.tell()"


def process(home: Path, text: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"ZHIKE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhike.conf.settings"}
    environment.pop("DATABASE_URL", None)
    return subprocess.Popen([sys.executable, "-c", f"import django; django.setup()\n{text}"], env=environment)


def query(home: Path, text: str) -> int:
    with sqlite3.connect(home / "zhike.sqlite3", timeout=20) as store:
        return store.execute(text).fetchone()[0]


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the installation of this test brings its own store"
)
def test_killed_in_the_middle_nothing_is_lost_and_nothing_told_twice(tmp_path):
    assert process(tmp_path, PREPARE).wait(timeout=240) == 0
    assert query(tmp_path, "SELECT COUNT(*) FROM alerts_signal") == CUSTOMERS
    kills = 0
    # After so many alerts, or so many notifications, were written.
    for table, rows in (
        ("alerts_alert", 1),
        ("alerts_alert", 700),
        ("notifications_notification", 1),
        ("notifications_notification", 800),
    ):
        running, until = process(tmp_path, WORK), time.monotonic() + 120
        while running.poll() is None and time.monotonic() < until:
            if query(tmp_path, f"SELECT COUNT(*) FROM {table}") >= rows:
                running.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
        kills += running.wait() == -signal.SIGKILL
    assert kills >= 2
    assert process(tmp_path, WORK).wait(timeout=240) == 0
    assert query(tmp_path, "SELECT COUNT(*) FROM alerts_signal") == 0
    assert query(tmp_path, "SELECT COUNT(*) FROM alerts_alert") == CUSTOMERS
    assert query(tmp_path, "SELECT COUNT(*) FROM alerts_alert WHERE told_at IS NULL") == 0
    assert query(tmp_path, "SELECT COUNT(DISTINCT customer_id) FROM alerts_alert") == CUSTOMERS
    assert query(tmp_path, "SELECT COUNT(*) FROM notifications_notification") == CUSTOMERS
