"""Customers by what they bought in some months: from the published snapshot, no order is touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from zhike.crm.customers import conditions
from zhike.crm.insight import snapshots
from zhike.crm.insight.days import day_of
from zhike.platform.money import to_units
from zhike.platform.rows import as_rows

NAMES = FIRST, LAST, LEAST = "bought_from", "bought_to", "bought_min"

_BOUGHT = """
SELECT customer_id FROM months WHERE month BETWEEN ? AND ?
GROUP BY customer_id HAVING SUM(revenue - returned) >= ?
"""


def months() -> Sequence[tuple[str, str]]:
    """The months that the snapshot holds, the newest first."""
    if not snapshots.is_usable():
        return []
    today = day_of(snapshots.reader().meta()["as_of"])
    assert today is not None
    last = 12 * today.year + today.month - 1
    texts = [f"{number // 12}-{number % 12 + 1:02}" for number in range(last, last - snapshots.MONTHS, -1)]
    return [(text, text) for text in texts]


def by(name: str) -> Callable[[QueryDict, Any], Q]:
    """The condition of one of the three parameters: the first that is given acts for all of them."""

    def condition(query: QueryDict, _user: Any) -> Q:
        given = [one for one in NAMES if query.get(one)]
        return _bought(query) if given[:1] == [name] else Q()

    return condition


def _bought(query: QueryDict) -> Q:
    """Net revenue of the months, in sum at least the amount; without one, more than nothing."""
    known = [month for month, _text in months()]
    first, last = query.get(FIRST) or min(known, default=""), query.get(LAST) or max(known, default="")
    least = conditions.decimal_of(query.get(LEAST) or "0.0001")
    if first not in known or last not in known or first > last or least is None or least <= 0:
        return conditions.NOBODY
    span = [int(month.replace("-", "")) for month in (first, last)]
    rows = snapshots.reader().query(_BOUGHT, [*span, to_units(least)])
    return Q(pk__in=as_rows([pk for (pk,) in rows]))
