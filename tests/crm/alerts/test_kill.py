"""``kill -9`` of the process that judges and tells: taken up again, nothing is lost and nothing told twice."""

from __future__ import annotations

import pytest
from django.db import connection

CUSTOMERS = 1500
PREPARE = f"""
from datetime import timedelta
from django.utils import timezone
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


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the installation of this test brings its own store"
)
def test_killed_in_the_middle_nothing_is_lost_and_nothing_told_twice(tmp_path, installation):
    firm = installation(tmp_path)
    firm.has(PREPARE)
    assert firm.value("SELECT COUNT(*) FROM alerts_signal") == CUSTOMERS
    # In the middle of the first chunk, behind it, and while people are told.
    for place, times in (("_write", 1), ("_judge_chunk", 1), ("_tell_one", 100)):
        firm.kill_after(f"zhike.crm.alerts.detection.{place}", times, WORK)
    firm.has(WORK)
    assert firm.value("SELECT COUNT(*) FROM alerts_signal") == 0
    assert firm.value("SELECT COUNT(*) FROM alerts_alert") == CUSTOMERS
    assert firm.value("SELECT COUNT(*) FROM alerts_alert WHERE told_at IS NULL") == 0
    assert firm.value("SELECT COUNT(DISTINCT customer_id) FROM alerts_alert") == CUSTOMERS
    assert firm.value("SELECT COUNT(*) FROM notifications_notification") == CUSTOMERS
