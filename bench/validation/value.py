"""Value on the simulated company: who is alive, what they bring, how often the interval holds."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from company import Past, day_text

from zhike.analytics.clv import CustomerValue, RFMTable
from zhike.analytics.clv.choice import CANDIDATES, Choice
from zhike.analytics.clv.margins import contribution_rates, rfm_table
from zhike.analytics.clv.report import auc, normalized_gini, top_share
from zhike.analytics.simulate.settings import EPOCH


def section(past: Past) -> list[str]:
    table = rfm_table(past.session, "facts", past.cut)
    customers = table["customer_id"]
    truth, bought = past.truth(customers), past.realised(customers, "purchases")
    horizon = EPOCH + timedelta(days=past.end)
    lines = [
        f"Learned from {len(customers):,} customers up to {day_text(past.cut)}, judged on the following "
        f"{past.end - past.cut} days: {int((bought > 0).sum()):,} of them came back.",
        "",
        "| basis | model | predicted / realised | bias | 90 % interval held | Gini | top 20 % (oracle) |",
        "|---|---|---|---|---|---|---|",
    ]
    model = None
    for basis in ("net_revenue", "margin"):
        rates = contribution_rates(past.session, "facts", past.cut, customers, basis)
        value = CustomerValue(margin=rates.rates, discount=0.0, horizon=horizon)
        model = value.fit(table, model.choice_ if model else None)
        found = model.predict(table)
        clv, low, high = (found[name].to_numpy() for name in ("clv", "clv_low", "clv_high"))
        real = past.realised(customers, basis)
        # To a cent.
        held = np.mean((real >= low - 0.01) & (real <= high + 0.01))
        name = model.choice_.name + (" seasonal" if model.choice_.seasonal else "")
        total, whole = clv.sum(), real.sum()
        lines.append(
            f"| {basis.replace('_', ' ')} | {name} | {total:,.0f} / {whole:,.0f} | {total / whole - 1:+.1%} "
            f"| **{held:.1%}** | {normalized_gini(np.maximum(real, 0), clv):.3f} "
            f"| {top_share(real, clv):.3f} ({top_share(real, real):.3f}) |"
        )
    assert model is not None
    found = model.predict(table)
    silent = -(table["T"] - table["t_x"]).astype(np.float64)
    rate = table["x"] / np.maximum(table["T"], 1)
    lines += [
        "",
        "| who … | share | model | recency | past rate |",
        "|---|---|---|---|---|",
        f"| is still a customer (truth) | {truth['alive'].mean():.1%} "
        f"| **{auc(truth['alive'], found['p_alive'].to_numpy()):.3f}** | {auc(truth['alive'], silent):.3f} "
        f"| {auc(truth['alive'], rate):.3f} |",
        f"| comes back within the horizon | {np.mean(bought > 0):.1%} "
        f"| **{auc(bought > 0, found['p_active'].to_numpy()):.3f}** | {auc(bought > 0, silent):.3f} "
        f"| {auc(bought > 0, rate):.3f} |",
        "",
        f"Expected purchase days {found['expected_orders'].to_numpy().sum():,.0f}, realised "
        f"{bought.sum():,.0f} ({found['expected_orders'].to_numpy().sum() / bought.sum() - 1:+.1%}).",
        "",
        *_season(table),
    ]
    return lines


def _season(table: RFMTable) -> list[str]:
    """Bias of forecasts over single quarters: with a flat and with a seasonal clock."""
    rows = []
    for name in ("mbg_nbd", "pareto_nbd"):
        for at, until in ((date(2025, 7, 31), date(2025, 8, 31)), (date(2025, 1, 10), date(2025, 2, 28))):
            split = table.split(at, until)
            biases = []
            for seasonal in (False, True):
                value = CustomerValue(name, discount=0.0, horizon=until)
                choice = _choice(name, seasonal)
                found = value.fit(split.calibration, choice).predict(split.calibration, intervals=False)
                biases.append(found["expected_orders"].to_numpy().sum() / split.purchases.sum() - 1)
            rows.append(f"| {name} | {at} – {until} | {biases[0]:+.1%} | **{biases[1]:+.1%}** |")
    return [
        "Forecasts of a quiet or festive season, total bias with a flat clock and with the seasonal one:",
        "",
        "| model | forecast | flat | seasonal |",
        "|---|---|---|---|",
        *rows,
    ]


def _choice(name: str, seasonal: bool) -> Choice:
    return Choice(name, CANDIDATES[name](), include_first=True, seasonal=seasonal)
