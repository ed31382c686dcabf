"""What customers of each tier are given, so that the simulated company shows it where people work."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from zhike.crm.insight import labels
from zhike.crm.strategy import queries, services
from zhike.crm.strategy.models import Benefit, TierStrategy
from zhike.crm.strategy.queries import Given, Strategy
from zhike.platform.models import Installation

NOTED = "strategies"

# From the highest tier down; tiers below the last get what the last gets.
GIVEN = (
    Strategy(
        0,
        "专属客户经理",
        2,
        Decimal(12),
        "每季度拜访，提前沟通新品与备货",
        (
            Given("专属客户经理", Decimal(1200), "一对一服务，电话直达"),
            Given("优先发货", Decimal(300), "下单当天出库"),
            Given("生日与节日礼品", Decimal(260), "春节、中秋和联系人生日"),
        ),
    ),
    Strategy(
        0,
        "优先服务",
        8,
        Decimal(8),
        "每月联系一次，推荐可搭配的品类",
        (
            Given("优先发货", Decimal(150), "下单次日出库"),
            Given("节日礼品", Decimal(120), "春节和中秋"),
        ),
    ),
    Strategy(
        0, "标准服务", 24, Decimal(4), "有新品或活动时联系", (Given("节日问候", Decimal(8), "短信或电话"),)
    ),
    Strategy(0, "自助服务", 48, Decimal(0), "通过活动和邮件触达", ()),
)


@transaction.atomic
def add_strategies(actor: Any) -> bool:
    """A strategy for every tier, unless somebody has decided on one; a second call adds nothing."""
    installation = Installation.objects.select_for_update().get(pk=Installation.current().pk)
    if NOTED in installation.simulation or queries.everything():
        return False
    codes = labels.tier_codes()
    for rank in codes:
        given = GIVEN[min(len(codes) - rank, len(GIVEN) - 1)]
        services.save_strategy(actor=actor, wanted=replace(given, tier=rank))
    installation.simulation[NOTED] = list(codes.values())
    installation.save(update_fields=["simulation"])
    return True


def take_back() -> None:
    """With the simulated company go the strategies that came with it."""
    noted = Installation.current().simulation.get(NOTED, [])
    codes = [labels.tier_codes().get(one, one) for one in noted]
    Benefit.objects.filter(code__in=codes).delete()
    TierStrategy.objects.filter(code__in=codes).delete()
