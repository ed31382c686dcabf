"""The simulated company tells who has left for good: the ranking must see it without knowing.

Key customers are those of the two highest tiers that bought within a year. Truly dying are those that left
during that year; well are those that are alive. The share of pairs (dying, well) in which the dying one
stands higher is the area under the curve, counted here by hand.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from zhike.crm.accounts.models import Role, User
from zhike.crm.customers.models import Customer
from zhike.crm.insight.services import run_now
from zhike.crm.today import queries, standing
from zhike.crm.today.viewer import Viewer
from zhike.demo import loader

BOUND = 0.75


def area(dying: list[float], well: list[float]) -> float:
    """P(dying above well) + half of the ties, over all pairs."""
    won = sum((a > b) + 0.5 * (a == b) for a in dying for b in well)
    return won / (len(dying) * len(well))


def test_the_area_by_hand():
    assert area([3, 1], [2, 1]) == pytest.approx((1 + 1 + 0 + 0.5) / 4)


@pytest.mark.one_store
@pytest.mark.django_db
def test_key_customers_that_are_dying_stand_above_those_that_are_well(tmp_path, settings, monkeypatch):
    settings.ZHIKE_HOME = tmp_path
    loader.load(customers=4000, seed=11)
    run_now()
    boss = User.objects.create_user("boss", None, role=Role.objects.get(code="owner"))
    monkeypatch.setattr(standing, "CAP", 100_000)
    viewer = Viewer.of(boss)
    ranks, _hidden, _cut = queries.ranked(viewer)
    dying, well = _truth(viewer, tmp_path)
    scores = [[ranks[pk].score if pk in ranks else 0.0 for pk in group] for group in (dying, well)]
    assert len(dying) > 30
    assert len(well) > 100
    found = area(*scores)
    assert found >= BOUND, f"{found:.3f} over {len(dying)} dying and {len(well)} well key customers"


def _truth(viewer: Viewer, home: Path) -> tuple[list[int], list[int]]:
    rows = pq.read_table(home / "simulated" / "truth.parquet").to_pylist()
    codes = dict(Customer.objects.values_list("code", "pk"))
    key = set(
        Customer.objects.filter(
            score__tier__gte=viewer.key_rank, score__last_order__gte=date.today() - timedelta(days=365)
        ).values_list("pk", flat=True)
    )
    year = date.today() - timedelta(days=365)
    dying, well = [], []
    for row in rows:
        pk = codes.get(f"C{row['customer_id']:08d}")
        if pk not in key or row["duplicate_of"] is not None:
            continue
        if row["alive"]:
            well.append(pk)
        elif row["left_on"] and row["left_on"] >= year:
            dying.append(pk)
    return dying, well
