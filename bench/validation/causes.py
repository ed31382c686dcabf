"""Causes of leaving: with service records beside the orders, do the reasons name what drove them away?"""

from __future__ import annotations

from typing import Any

import numpy as np
from company import Past

from zhike.analytics.churn import ChurnModel
from zhike.analytics.clv.report import auc

WINDOW, HORIZON = 120, 155
#: Which features tell of which cause; a competitor or a closed business leaves no record.
SIGNS = {
    "price": {"price_complaints"},
    "service": {"service_complaints", "returns"},
    "delivery": {"delivery_complaints", "late_deliveries", "returns"},
}
FEATURES = """
WITH who AS (SELECT customer_id, COALESCE(duplicate_of, customer_id) AS original FROM truth),
days AS (
  SELECT customer_id, MAX(day) AS last, MIN(day) AS first, COUNT(DISTINCT day) AS visits
  FROM all_lines WHERE day <= {at} GROUP BY customer_id
),
late AS (
  SELECT w.original AS customer_id, COUNT(*) AS n FROM orders o JOIN who w USING (customer_id)
  WHERE o.delivered_on > o.promised_on AND o.delivered_on > DATE '1970-01-01' + {at} - {window}
    AND o.delivered_on <= DATE '1970-01-01' + {at} GROUP BY ALL
),
back AS (
  SELECT customer_id, COUNT(*) AS n FROM orders_raw
  WHERE returned > 0 AND day > {at} - {window} AND day <= {at} GROUP BY ALL
),
said AS (
  SELECT w.original AS customer_id, COUNT(*) FILTER (category = 'price') AS price,
         COUNT(*) FILTER (category IN ('service', 'quality')) AS service,
         COUNT(*) FILTER (category = 'delivery') AS delivery
  FROM complaints c JOIN who w USING (customer_id)
  WHERE c.at > DATE '1970-01-01' + {at} - {window} AND c.at < DATE '1970-01-01' + {at} + 1 GROUP BY ALL
)
SELECT d.customer_id, {at} - d.last AS recency_days, d.visits AS purchase_days, d.last - d.first AS span_days,
       COALESCE(late.n, 0) AS late_deliveries, COALESCE(back.n, 0) AS returns,
       COALESCE(said.price, 0) AS price_complaints, COALESCE(said.service, 0) AS service_complaints,
       COALESCE(said.delivery, 0) AS delivery_complaints,
       d.customer_id NOT IN (
         SELECT customer_id FROM all_lines WHERE day > {at} AND day <= {at} + {horizon}
       ) AS silent
FROM days d LEFT JOIN late USING (customer_id) LEFT JOIN back USING (customer_id)
LEFT JOIN said USING (customer_id) WHERE d.last > {at} - 180 ORDER BY d.customer_id
"""


def section(past: Past) -> list[str]:
    past.session.load("complaints", past.company["complaints"])
    learn, now = (_features(past, at) for at in (past.cut - HORIZON, past.cut))
    names = [name for name in now.column_names if name not in ("customer_id", "silent")]
    model = ChurnModel("logistic").fit(_columns(learn, names), learn["silent"].to_numpy(zero_copy_only=False))
    columns = _columns(now, names)
    p = model.predict_proba(columns)
    truth = past.truth(now["customer_id"].combine_chunks())
    gone = ~truth["alive"]
    named = [
        {reason.feature for reason in reasons if reason.effect > 0.01}
        for reasons in model.explain(columns, 5)
    ]
    lines = [
        f"**Causes.** A model of the orders and of {WINDOW} days of deliveries, returns and complaints, "
        f"learned {HORIZON} days earlier. {now.num_rows:,} customers with an order in the last 180 days; has "
        f"left for good: AUC {auc(gone, p):.3f}. Share of customers to whose reasons the records of a cause "
        "belong:",
        "",
        "| truth | customers | mean probability | price | service | delivery |",
        "|---|---|---|---|---|---|",
    ]
    for cause in (*SIGNS, "competitor", "closed", "still a customer"):
        part = truth["alive"] if cause == "still a customer" else gone & (truth["cause"] == cause)
        rows = np.flatnonzero(part)
        shares = [np.mean([bool(named[row] & signs) for row in rows]) for signs in SIGNS.values()]
        cells = " | ".join(
            f"**{share:.1%}**" if name == cause else f"{share:.1%}"
            for name, share in zip(SIGNS, shares, strict=True)
        )
        lines.append(f"| {cause} | {len(rows):,} | {p[rows].mean():.3f} | {cells} |")
    return lines


def _features(past: Past, at: int) -> Any:
    text = FEATURES.format(at=at, window=WINDOW, horizon=min(HORIZON, past.end - at))
    return past.session.connection.execute(text).to_arrow_table().sort_by("customer_id")


def _columns(table: Any, names: list[str]) -> dict[str, Any]:
    return {name: table[name].to_numpy().astype(np.float64) for name in names}
