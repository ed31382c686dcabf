"""A company of any size straight into the operational store: customers, scores, two orders each.

The values are made up evenly; what matters here is the number of rows behind each page, not their meaning.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

BATCH = 5_000
TODAY = date(2026, 11, 21)
ZONE = ZoneInfo("Asia/Shanghai")
PLACES = ["北京", "上海", "广州", "深圳", "杭州", "南京", "成都", "武汉", "西安", "苏州", "重庆", "青岛"]
FIRST = ["远", "金", "恒", "瑞", "嘉", "华", "盛", "德", "通", "和", "新", "泰", "永", "安", "宏", "信"]
SECOND = ["达", "禾", "丰", "源", "兴", "辉", "泽", "邦", "程", "康", "航", "诚", "峰", "宇", "美", "创"]
TRADES = ["贸易", "食品", "机械", "电子", "纺织", "化工", "建材", "医疗器械", "物流", "科技", "家居", "服装"]
NAMES = [
    f"{place}{a}{b}{trade}有限公司" for place, a, b, trade in itertools.product(PLACES, FIRST, SECOND, TRADES)
]
PROVINCES = ["11", "31", "44", "33", "32", "51", "42", "61", "37", "50"]
STAGES = ["first_purchase", "repeat", "high_value", "at_risk", "lost"]
SEGMENTS = ["important_value", "important_keep", "general_value", "general_win_back"]


def fill(customers: int) -> None:
    """Teams with twenty sales persons, the customers, their scores and orders, and the search index."""
    from zhike.crm.customers import search
    from zhike.crm.customers.models import Customer
    from zhike.crm.customers.services import derive_keys
    from zhike.crm.insight.models import CustomerScore
    from zhike.crm.orders.models import Order
    from zhike.platform.store import gather_statistics

    sellers = _people()
    for start in range(0, customers, BATCH):
        numbers = range(start, min(start + BATCH, customers))
        rows = []
        for n in numbers:
            seller = sellers[n % len(sellers)]
            name, phone = f"{NAMES[n * 7919 % len(NAMES)]}", f"139{n * 104729 % 10**8:08d}"
            rows.append(
                Customer(
                    name=name,
                    phone=phone,
                    province=PROVINCES[n // 20 % 10],
                    industry="FGCIA"[n // 200 % 5],
                    owner=seller,
                    team=seller.team,
                    source="bench",
                    external_key=str(n),
                    **derive_keys(name, phone, ""),
                )
            )
        Customer.objects.bulk_create(rows)
        _scores_and_orders(Customer.objects.filter(source="bench").order_by("-pk")[: len(rows)])
    search.reindex()
    gather_statistics(Customer, CustomerScore, Order)


def _people() -> list:
    from zhike.crm.accounts.models import Role, Team, User
    from zhike.crm.accounts.services import ensure_starting_roles

    ensure_starting_roles()
    roles = {role.code: role for role in Role.objects.all()}
    User.objects.create_user("boss", "x", display_name="陈总", role=roles["owner"])
    sellers = []
    for team_number in range(4):
        team = Team.objects.create(name=f"团队{team_number}")
        User.objects.create_user(
            f"manager{team_number}", "x", display_name="经理", role=roles["sales_manager"], team=team
        )
        sellers += [
            User.objects.create_user(
                f"sales{team_number}{n}", "x", display_name=f"销售{n}", role=roles["sales"], team=team
            )
            for n in range(5)
        ]
    return sellers


def divide() -> None:
    """A small and a large segment: one customer in two hundred, and one in five."""
    from django.utils import timezone

    from zhike.crm.customers.models import Customer
    from zhike.crm.segments.models import Membership, Segment
    from zhike.platform.rows import insert

    for name, of in (("small", 200), ("large", 5)):
        segment, fresh = Segment.objects.get_or_create(name=f"bench {name}", defaults={"state": "published"})
        if fresh:
            ids = Customer.objects.order_by("pk").values_list("pk", flat=True)
            now = timezone.now()
            chosen = [pk for pk in ids if pk * 7919 % of == 0]
            insert(
                Membership,
                [{"segment_id": segment.pk, "customer_id": pk, "entered_at": now} for pk in chosen],
            )
            Segment.objects.filter(pk=segment.pk).update(members=len(chosen), evaluated_at=now, as_of=TODAY)


def _scores_and_orders(customers) -> None:
    from zhike.crm.insight.models import CustomerScore
    from zhike.crm.orders.models import Order

    found = list(customers)
    CustomerScore.objects.bulk_create(list(map(_score, found)))
    Order.objects.bulk_create(list(itertools.chain.from_iterable(map(_orders, found))))


def _score(customer) -> object:
    from zhike.crm.insight.models import CustomerScore

    # Tiers and stages lie across teams and provinces, as they do in a real company.
    n = customer.pk * 7919 % 1_000_003
    amount = Decimal(n * 7919 % 10_000_000) / 100
    return CustomerScore(
        customer=customer,
        as_of=TODAY,
        tier=1 + (n % 20 >= 10) + (n % 20 >= 16) + (n % 20 == 19),
        tier_score=n * 31 % 1000 / 10,
        lifecycle=STAGES[n % 5],
        rfm_segment=SEGMENTS[n % 4],
        r_score=1 + n % 5,
        f_score=1 + n // 5 % 5,
        m_score=1 + n // 25 % 5,
        abc_class="ABC"[n % 3],
        last_order=TODAY - timedelta(days=n % 700),
        first_order=TODAY - timedelta(days=700 + n % 300),
        frequency=1 + n % 30,
        revenue=amount,
        net_revenue=amount,
        evaluated_at=datetime(2026, 11, 21, tzinfo=ZONE),
    )


def _orders(customer) -> Iterator[object]:
    from zhike.crm.orders.models import Order

    for k in range(2):
        # A day's orders are everybody's.
        day = TODAY - timedelta(days=(customer.pk * 7919 + 40 * k) % 1_000_003 % 700)
        yield Order(
            customer=customer,
            source="bench",
            number=f"{customer.pk}-{k}",
            business_date=day,
            placed_at=datetime(day.year, day.month, day.day, 10, tzinfo=ZONE),
            revenue=Decimal(100 + customer.pk % 900),
        )
