"""Pair rules: who buys this also buys that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhike.analytics.engine.session import Session
from zhike.analytics.workbench.result import Column, Result, Table

MIN_COUNT, SHOWN, TOLD = 10, 200, 3
MIN_BASKETS = 200
#: A pair below it is no more frequent together than chance allows for.
CERTAIN = 0.05

HEADS = [
    Column({"code": "t_bought"}),
    Column({"code": "t_also"}),
    Column({"code": "t_both"}, "number"),
    Column({"code": "t_confidence"}, "percent"),
    Column({"code": "t_confidence_low"}, "percent"),
    Column({"code": "t_lift"}, "decimal"),
    Column({"code": "t_q"}, "p"),
]


def pairs(
    session: Session,
    lines: str,
    options: Mapping[str, str],
    step: Callable[[int, int], None],
) -> Result:
    """Pairs of products by lift, those that chance explains left out (false discovery rate 5 %)."""
    from zhike.analytics.basket import pair_rules

    count = max(MIN_COUNT, int(options.get("least", MIN_COUNT)))
    step(0, 2)
    baskets = int(session.rows(f"SELECT COUNT(DISTINCT order_id) AS n FROM {lines}")[0][0])
    result = Result("pairs", baskets)
    result.figures.append(("baskets", baskets, "number"))
    if baskets < MIN_BASKETS:
        result.hush("few_baskets", baskets=baskets, needed=MIN_BASKETS)
        return result
    rules = pair_rules(session, lines, count, basket=options.get("basket", "order"))
    step(1, 2)
    found = [row for row in rules.to_pylist() if row["q_value"] < CERTAIN and row["lift"] > 1]
    result.figures.append(("pairs_found", len(found) // 2, "number"))
    result.tables.append(Table("pairs_bought", HEADS, [_row(row) for row in found[:SHOWN]]))
    _words(result, found, count)
    step(2, 2)
    return result


def product(number: Any) -> dict[str, Any]:
    return {"product": number}


def _row(row: Mapping[str, Any]) -> list[Any]:
    return [
        product(row["left"]),
        product(row["right"]),
        row["n_both"],
        row["confidence"],
        row["confidence_low"],
        row["lift"],
        row["q_value"],
    ]


def _words(result: Result, found: list[dict[str, Any]], count: int) -> None:
    told: set[frozenset[Any]] = set()
    for row in found:
        pair = frozenset((row["left"], row["right"]))
        if pair in told or len(told) >= TOLD:
            continue
        told.add(pair)
        result.say(
            "bought_together",
            left=product(row["left"]),
            right=product(row["right"]),
            share=row["confidence"],
            lift=row["lift"],
            both=row["n_both"],
        )
    if not found:
        result.say("no_pairs", count=count)
    result.warn("least_count", count=count)
    result.warn("together_is_not_because")
