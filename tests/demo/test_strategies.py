"""The simulated company says what each tier is given, and takes it along when it goes."""

from __future__ import annotations

import pytest

from zhike.crm.strategy import queries, services
from zhike.crm.strategy.queries import Strategy
from zhike.demo.strategies import add_strategies, take_back

pytestmark = pytest.mark.django_db


def test_every_tier_is_given_something_once_and_it_goes_with_the_company(people):
    assert add_strategies(people.owner)
    assert not add_strategies(people.owner)
    found = queries.everything()
    assert list(found) == [1, 2, 3, 4]
    costs = [strategy.yearly_cost for strategy in found.values()]
    assert costs == sorted(costs)
    assert all(
        strategy.service_level and strategy.discount and strategy.answer for strategy in found.values()
    )
    take_back()
    assert queries.everything() == {}


def test_what_somebody_decided_is_left_alone(people):
    services.save_strategy(actor=people.owner, wanted=Strategy(2, "自有服务"))
    assert not add_strategies(people.owner)
    take_back()
    assert list(queries.everything()) == [2]
