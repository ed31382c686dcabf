"""The same job written by hand for Polars."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import polars as pl

from zhike.analytics import Lake

C = pl.col


def run(lake: Lake, as_of: int, out: Path, memory: str) -> dict[str, Any]:
    frame = _derived(_sums(pl.scan_parquet(str(lake.directory / "*.parquet")), as_of), as_of).collect()
    buyers = frame.filter(C.frequency > 0)
    scored = _scored(frame.lazy(), buyers).collect()
    scored.write_parquet(out, compression="zstd")
    return _pareto(buyers["net_revenue"])


def _sums(facts: pl.LazyFrame, as_of: int) -> pl.LazyFrame:
    bought = C.purchase == 1
    day = C.day
    previous = (day > as_of - 730) & (day <= as_of - 365)
    windows = [
        expression for size in (30, 90, 365) for expression in (
            C.purchase.filter(day > as_of - size).sum().cast(pl.Int64).alias(f"orders_{size}"),
            C.revenue.filter(day > as_of - size).sum().alias(f"revenue_{size}"))
    ]  # fmt: skip
    return facts.filter(day <= as_of).group_by("customer_id").agg(
        day.filter(bought).min().alias("first_order"), day.filter(bought).max().alias("last_order"),
        C.purchase.sum().cast(pl.Int64).alias("frequency"),
        C.first_of_day.sum().cast(pl.Int64).alias("purchase_days"),
        C.revenue.sum(), C.returned.sum().alias("returns"),
        (C.returned > 0).sum().cast(pl.Int64).alias("return_orders"),
        C.revenue.filter(bought).max().alias("largest_order"), C.cost.sum(),
        C.cost.null_count().alias("unknown_costs"),
        C.gap_days.max().alias("longest_gap"), (C.gap_days.cast(pl.Int64) ** 2).sum().alias("gap_square_sum"),
        *windows,
        C.purchase.filter(previous).sum().cast(pl.Int64).alias("orders_previous_365"),
        C.revenue.filter(previous).sum().alias("revenue_previous_365"),
        C.category_mask.filter(bought).bitwise_or().fill_null(0),
    )  # fmt: skip


def _derived(sums: pl.LazyFrame, as_of: int) -> pl.LazyFrame:
    gaps = C.purchase_days - 1
    span = (C.last_order - C.first_order).cast(pl.Int64)
    net = C.revenue - C.returns
    last, before = C.revenue_365, C.revenue_previous_365
    return sums.with_columns(
        cost=pl.when(C.unknown_costs == 0).then(C.cost),
        gap_square_sum=pl.when(C.purchase_days > 1).then(C.gap_square_sum),
    ).with_columns(
        recency_days=as_of - C.last_order, tenure_days=as_of - C.first_order, net_revenue=net,
        margin=net - C.cost,
        margin_rate=pl.when(net > 0).then((net - C.cost) / net),
        return_rate=pl.when(C.revenue > 0).then(C.returns / C.revenue),
        average_order=pl.when(C.frequency > 0).then(C.revenue / C.frequency),
        mean_gap=pl.when(gaps > 0).then(span / gaps),
        gap_spread=pl.when(gaps > 1).then((gaps * C.gap_square_sum - span * span).sqrt() / gaps),
        trend=pl.when((C.first_order <= as_of - 365) & (last + before > 0))
        .then((last - before) / (last + before)),
        category_count=pl.when(C.category_mask != 0)
        .then(C.category_mask.bitwise_count_ones().cast(pl.Int32)),
    ).drop("unknown_costs")  # fmt: skip


def _score(column: str, buyers: pl.DataFrame, *, reverse: bool = False) -> pl.Expr:
    """One and one more for every fifth of the customers that is strictly worse."""
    ordered = buyers[column].sort(descending=reverse)
    cuts = [ordered[math.ceil(step * len(ordered) / 5) - 1] for step in range(1, 5)]
    return pl.lit(1) + sum(
        ((C(column) < cut) if reverse else (C(column) > cut)).cast(pl.Int32) for cut in cuts
    )


def _scored(frame: pl.LazyFrame, buyers: pl.DataFrame) -> pl.LazyFrame:
    a, b = (_abc_cut(buyers["net_revenue"], share) for share in (0.80, 0.95))
    net, bought = C.net_revenue, C.frequency > 0
    scored = frame.with_columns(
        r_score=pl.when(bought).then(_score("recency_days", buyers, reverse=True)),
        f_score=pl.when(bought).then(_score("frequency", buyers)),
        m_score=pl.when(bought).then(_score("net_revenue", buyers)),
        abc_class=pl.when(bought & (net >= a)).then(pl.lit("A")).when(bought & (net >= b)).then(pl.lit("B"))
        .when(bought).then(pl.lit("C")),
    )  # fmt: skip
    r, f, m = (C(name) > C(name).mean() for name in ("r_score", "f_score", "m_score"))
    stage = (pl.when(r & f).then(pl.lit("value")).when(r).then(pl.lit("develop")).when(f).then(pl.lit("keep"))
             .otherwise(pl.lit("win_back")))  # fmt: skip
    worth = pl.when(m).then(pl.lit("important_")).otherwise(pl.lit("general_"))
    return scored.with_columns(rfm_segment=pl.when(bought).then(worth + stage))


def _abc_cut(money: pl.Series, share: float) -> int:
    ordered = money.sort(descending=True)
    before = ordered.cum_sum() - ordered
    return ordered.filter((before < share * money.sum()) & (ordered > 0))[-1]


def _pareto(money: pl.Series) -> dict[str, Any]:
    running = money.sort(descending=True).cum_sum()
    size, total = len(running), running[-1]
    found = {f"top_{k}_share": running[math.ceil(k * size / 100) - 1] / total for k in (1, 10, 20)}
    return found | {"customers_for_80_percent": (running < 0.8 * total).sum() + 1, "customers": size}
