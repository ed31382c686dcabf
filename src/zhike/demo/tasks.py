"""A few tasks around today for the people of the simulated company, so that lists and calendar are alive."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from zhike.crm.accounts.models import User
from zhike.crm.customers.models import Customer
from zhike.crm.tasks import services
from zhike.crm.tasks.models import Task
from zhike.platform import company_day

ORIGIN = "simulated"

# What, days from today, time, rule, about a customer.
TASKS: tuple[tuple[str, int, time | None, str, bool], ...] = (
    ("发送新报价单", -3, None, "", True),
    ("确认上次拜访的样品反馈", -1, None, "", True),
    ("电话回访，询问补货计划", 0, time(10, 30), "", True),
    ("整理本周跟进记录", 0, time(17, 0), "FREQ=WEEKLY", False),
    ("约定下次拜访时间", 2, None, "", True),
    ("准备季度业务回顾", 6, time(14, 0), "", True),
    ("核对月度对账单", 9, None, "FREQ=MONTHLY", True),
)


def add_tasks(today: date | None = None) -> int:
    """Every colleague who may edit customers gets the same handful; a second call adds none."""
    today = today or company_day.today()
    before = Task.objects.count()
    for user in User.objects.filter(is_active=True, role__isnull=False).select_related("role", "team"):
        if user.can("customers.edit"):
            _for_one(user, today)
    return Task.objects.count() - before


def _for_one(user: Any, today: date) -> None:
    visible = Customer.objects.visible_to(user).filter(source=ORIGIN)
    own = visible.filter(owner=user) if visible.filter(owner=user).exists() else visible
    customers = list(own.order_by("pk")[: len(TASKS)])
    for number, (title, days, at, rule, about) in enumerate(TASKS):
        services.create_task(
            actor=user,
            title=title,
            customer=customers[number % len(customers)] if about and customers else None,
            due_on=today + timedelta(days=days),
            due_time=at,
            repeat=rule,
            origin=ORIGIN,
            origin_key=f"{user.pk}:{number}",
        )
