"""Rules with several products on the left, by the library efficient-apriori (the extra ``zhike[rules]``).

The library finds the frequent sets; confidence is compared here in whole numbers, because .8 as a float loses
rules of exactly 8 in 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from importlib import import_module
from math import ceil
from typing import Any

import pyarrow as pa

from zhike.analytics.basket.pairs import BASKET_CAP, MIN_COUNT, items_sql
from zhike.analytics.basket.significance import upper_tail, wilson_low
from zhike.analytics.engine.session import Session
from zhike.analytics.recommend.goods import NOT_GOODS, goods_sql

Rule = tuple[tuple[Any, ...], Any, int, int, int]


class MissingExtra(ImportError):
    """An optional library is not installed; the message names the extra that brings it."""


def association_rules(
    session: Session,
    lines: str,
    *,
    min_support: float | str | Fraction = 0.001,
    min_confidence: float | str | Fraction = 0.8,
    max_length: int = 8,
    min_count: int = MIN_COUNT,
    as_of: int | None = None,
    basket: str = "order",
    cap: int | None = BASKET_CAP,
    drop: Iterable[int | str] = NOT_GOODS,
) -> pa.Table:
    """Rules "who buys all of left also buys right", of two to ``max_length`` products.

    A set must be in ``min_support`` of the baskets and in ``min_count`` of them. Thresholds are read as the
    decimals they are written as and compared exactly. Returns left (list), right, n_left, n_right, n_both,
    n_baskets, support, confidence, lift, confidence_low, p_value, strongest lift first. Raises
    :class:`MissingExtra` without efficient-apriori.
    """
    find = _library()
    text = items_sql(goods_sql(lines, as_of, drop), basket, cap)
    products, baskets = _baskets(session.sql(f"{text} ORDER BY s.basket, i.product_id"))
    if not baskets:
        return _table([], products, 0)
    least = max(ceil(_exact(min_support) * len(baskets)), int(min_count), 1)
    if least > len(baskets):
        return _table([], products, len(baskets))
    # Half a basket below the count: no rounding of the quotient can matter.
    sets, _count = find(baskets, (least - 0.5) / len(baskets), max_length=int(max_length))
    rules = list(_rules(sets, _exact(min_confidence)))
    # lift = both * baskets / (n_left * n_right); equal ones by count and codes, so that nothing is by chance.
    rules.sort(key=lambda rule: (-Fraction(rule[4], rule[2] * rule[3]), -rule[4], rule[1], rule[0]))
    return _table(rules, products, len(baskets))


def _library() -> Any:
    try:
        return import_module("efficient_apriori").itemsets_from_transactions
    except ImportError as error:
        raise MissingExtra(
            "Rules of more than two products need an extra library: pip install 'zhike[rules]'"
        ) from error


def _exact(share: float | str | Fraction) -> Fraction:
    found = Fraction(str(share))
    if not 0 <= found <= 1:
        raise ValueError("a share lies between 0 and 1")
    return found


def _baskets(items: pa.Table) -> tuple[list[Any], list[tuple[int, ...]]]:
    """The products, and the baskets as tuples of their places: numbers sort and hash fast."""
    products = sorted(set(items["product_id"].to_pylist()))
    place = {product: number for number, product in enumerate(products)}
    found: dict[int, list[int]] = {}
    for basket, product in zip(items["basket"].to_pylist(), items["product_id"].to_pylist(), strict=True):
        found.setdefault(basket, []).append(place[product])
    return products, [tuple(basket) for basket in found.values()]


def _rules(sets: dict[int, dict[tuple[int, ...], int]], confidence: Fraction) -> Iterator[Rule]:
    """left, right, n_left, n_right, n_both of every rule with one product on the right."""
    for length in sorted(sets):
        if length < 2:
            continue
        for members, both in sets[length].items():
            for right in members:
                left = tuple(member for member in members if member != right)
                if both * confidence.denominator >= confidence.numerator * sets[length - 1][left]:
                    yield left, right, sets[length - 1][left], sets[1][(right,)], both


def _table(rules: list[Rule], products: list[Any], baskets: int) -> pa.Table:
    left, right, n_left, n_right, n_both = zip(*rules, strict=True) if rules else ((),) * 5
    kind = pa.array(products).type if products else pa.int64()
    return pa.table(
        {
            "left": pa.array([[products[code] for code in codes] for codes in left], pa.list_(kind)),
            "right": pa.array([products[code] for code in right], kind),
            **{name: pa.array(values, pa.int64()) for name, values in
               (("n_left", n_left), ("n_right", n_right), ("n_both", n_both))},
            "n_baskets": pa.array([baskets] * len(rules), pa.int64()),
            "support": pa.array([both / baskets for both in n_both], pa.float64()),
            "confidence": pa.array([b / n for b, n in zip(n_both, n_left, strict=True)], pa.float64()),
            "lift": pa.array([b * baskets / (n * m) for b, n, m in zip(n_both, n_left, n_right, strict=True)],
                             pa.float64()),
            "confidence_low": pa.array(wilson_low(n_both, n_left), pa.float64()),
            "p_value": pa.array(upper_tail(n_both, n_left, n_right, baskets) if rules else [], pa.float64()),
        }
    )  # fmt: skip
