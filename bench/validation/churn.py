"""Churn on the simulated company: who has really left, what comes true, and which causes are seen."""

from __future__ import annotations

import json
from collections import Counter

import causes
import numpy as np
import pyarrow as pa
from company import Past
from numpy.typing import NDArray

from zhike.analytics.churn import score_churn, train_churn
from zhike.analytics.churn.metrics import ece
from zhike.analytics.clv.report import auc

CAUSES = ("price", "service", "delivery", "competitor", "closed")


def section(past: Past) -> list[str]:
    training = train_churn(past.session, "facts", past.cut)
    scores = score_churn(past.session, "facts", past.cut, training)
    p = scores["churn_probability"].fill_null(float("nan")).to_numpy()
    known = np.isfinite(p)
    customers = scores["customer_id"].combine_chunks()
    truth = past.truth(customers)
    gone = ~truth["alive"]
    silent = _silent(past, customers, training.horizon)
    recency = _recency(past, customers)
    status = np.array(scores["status"].to_pylist())
    lines = [
        f"Model `{training.model.kind_}`, horizon {training.horizon} days, {known.sum():,} customers scored. "
        "The model sees orders alone; it never saw who left, why, or what was said.",
        "",
        "| what is found | share | AUC of the model | AUC of recency |",
        "|---|---|---|---|",
    ]
    for name, actual, part in (
        ("buys nothing within the horizon", silent, known),
        ("has left for good (truth)", gone, known),
        ("has left for good, among the not yet lost", gone, known & (status != "lost")),
        ("has left for good, last order within 180 days", gone, known & (recency <= 180)),
    ):
        lines.append(
            f"| {name} | {actual[part].mean():.1%} | **{auc(actual[part], p[part]):.3f}** "
            f"| {auc(actual[part], recency[part].astype(float)):.3f} |"
        )
    lines += [
        "",
        f"Calibration on the hidden time: {p[known].sum():,.0f} customers expected to stay away, "
        f"{silent[known].sum():,} did (ECE {ece(silent[known], p[known]):.3f}).",
        "",
        "Causes: customers with a last order in the 180 days before the cut, by the cause for which they had "
        "left:",
        "",
        "| truth | customers | mean probability | flagged as risky | with a return in the last 90 days |",
        "|---|---|---|---|---|",
    ]
    returned = _returned(past, customers)
    recent = known & (recency <= 180)
    # As many are flagged as have left.
    border = np.quantile(p[recent], 1 - gone[recent].mean())
    for cause in (*CAUSES, "still a customer"):
        part = recent & (truth["alive"] if cause == "still a customer" else gone & (truth["cause"] == cause))
        lines.append(
            f"| {cause} | {part.sum():,} | {p[part].mean():.3f} | {(p[part] >= border).mean():.1%} "
            f"| {returned[part].mean():.1%} |"
        )
    lines += ["", _reasons(scores["reasons"].to_pylist(), recent & (p >= border)), "", *causes.section(past)]
    return lines


def _silent(past: Past, customers: pa.ChunkedArray, horizon: int) -> NDArray[np.bool_]:
    rows = past.session.sql(
        "SELECT DISTINCT customer_id FROM all_lines "
        f"WHERE day > {past.cut} AND day <= {min(past.cut + horizon, past.end)}"
    )
    return ~np.isin(customers.to_numpy(), rows["customer_id"].to_numpy())


def _recency(past: Past, customers: pa.ChunkedArray) -> NDArray[np.int64]:
    rows = past.session.sql(
        f"SELECT customer_id, {past.cut} - MAX(day) AS days FROM facts WHERE purchase = 1 "
        "GROUP BY customer_id ORDER BY customer_id"
    )
    assert np.array_equal(rows["customer_id"].to_numpy(), customers.to_numpy())
    return rows["days"].to_numpy()


def _returned(past: Past, customers: pa.ChunkedArray) -> NDArray[np.bool_]:
    rows = past.session.sql(
        f"SELECT DISTINCT customer_id FROM facts WHERE returned > 0 AND day > {past.cut - 90}"
    )
    return np.isin(customers.to_numpy(), rows["customer_id"].to_numpy())


def _reasons(texts: list[str], chosen: NDArray[np.bool_]) -> str:
    first = Counter(
        json.loads(text)[0]["f"] for text, flag in zip(texts, chosen, strict=True) if flag and text != "[]"
    )
    total = max(sum(first.values()), 1)
    named = ", ".join(f"`{name}` {count / total:.0%}" for name, count in first.most_common(5))
    return f"First reason given for the flagged: {named}."
