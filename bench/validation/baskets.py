"""Recommendation and rhythm on the simulated company: planted pairs and habits found, dates met."""

from __future__ import annotations

import numpy as np
from company import Past

from zhike.analytics.basket import pair_rules
from zhike.analytics.cycles import evaluate_cycles
from zhike.analytics.recommend import audience, evaluate_recommendation


def section(past: Past) -> list[str]:
    return [*_pairs(past), "", *_offers(past), "", *_rhythm(past)]


def _planted(past: Past) -> set[tuple[int, int]]:
    products = past.company["products"]
    ids = dict(zip(products["sku"].to_pylist(), products["product_id"].to_pylist(), strict=True))
    pairs = past.company.facts["complements"]
    return {(min(ids[a], ids[b]), max(ids[a], ids[b])) for a, b in pairs}


def _pairs(past: Past) -> list[str]:
    rules = pair_rules(past.session, "lines")
    planted, seen = _planted(past), []
    for left, right, q in zip(*(rules[n].to_pylist() for n in ("left", "right", "q_value")), strict=True):
        pair = (min(left, right), max(left, right))
        if left < right and q < 0.01:
            seen.append(pair)
    places = [place for place, pair in enumerate(seen, 1) if pair in planted]
    top = [sum(place <= size for place in places) for size in (len(planted), 2 * len(planted))]
    return [
        f"**Bought together.** {len(planted)} pairs of products are sold together on purpose. Of the pairs "
        f"ordered by lift (q < .01), the first {len(planted)} hold **{top[0]}** of them, the first "
        f"{2 * len(planted)} hold {top[1]}; all found: {len(places)} of {len(planted)}.",
        "",
        _partners(past, planted),
    ]


def _partners(past: Past, planted: set[tuple[int, int]]) -> str:
    """For the buyers of one half of a pair: do those whom the audience names buy the other half later?"""
    lifts = []
    for _left, right in sorted(planted):
        found = audience(past.session, "lines", right, as_of=past.cut, limit=200)
        named = found["customer_id"].to_numpy()
        later = past.session.sql(
            f"SELECT DISTINCT customer_id FROM all_lines WHERE product_id = {int(right)} AND day > {past.cut}"
        )["customer_id"].to_numpy()
        never = past.session.sql(
            "SELECT DISTINCT customer_id FROM lines EXCEPT SELECT DISTINCT customer_id FROM lines "
            f"WHERE product_id = {int(right)}"
        )["customer_id"].to_numpy()
        base = np.isin(never, later).mean()
        if len(named) and base > 0:
            lifts.append(np.isin(named, later).mean() / base)
    return (
        "**Customers for a product** (the 200 best who never bought it, per product of a planted pair) then "
        f"bought it in the hidden year {np.mean(lifts):.1f} times as often as anybody who never had."
    )


def _offers(past: Past) -> list[str]:
    """The next basket after the cut."""
    past.session.connection.execute("CREATE OR REPLACE TABLE every_line AS SELECT * FROM all_lines")
    report = evaluate_recommendation(past.session, "every_line", past.end, at=past.cut)
    lines = [
        f"**Next basket** of {report.all:,} customers who came back ({report.mean_basket:.1f} products, "
        f"{report.repeat_share:.0%} bought before), first ten products:",
        "",
        "| list | recall@10 | NDCG@10 |",
        "|---|---|---|",
    ]
    for name, scores in report.scores.items():
        lines.append(f"| {name} | {scores['recall']:.3f} | {scores['ndcg']:.3f} |")
    return lines


def _rhythm(past: Past) -> list[str]:
    past.session.connection.execute(
        "CREATE OR REPLACE TABLE every_fact AS SELECT customer_id, day, 1 AS purchase FROM all_lines"
    )
    report = evaluate_cycles(past.session, "every_fact", past.cut, past.cut + 100)
    lines = [
        "**Next order date** of the customers who came back within 100 days:",
        "",
        "| method | MAE, days | with four gaps or more | within 14 days |",
        "|---|---|---|---|",
    ]
    for name, groups in report.scores.items():
        every, four = groups["all"], groups["four_gaps"]
        lines.append(f"| {name} | {every['mae']:.1f} | {four['mae']:.1f} | {every['within_14']:.0%} |")
    lines.append("")
    share = f"{report.interval_share:.0%}"
    lines.append(f"Half of the dates should lie within the interval of the quartiles: {share} do.")
    return lines
