"""The same job as one SQL statement for row stores: the catalogue's texts, scores by window functions."""

from __future__ import annotations

from zhike.analytics.features.catalogue import AGGREGATE, CATALOGUE, DERIVED
from zhike.analytics.rfm import RULE as SEGMENT_RULE

CATEGORIES = 20
BITS = {
    CATALOGUE["category_mask"].sql: " + ".join(
        f"MAX(CASE WHEN purchase = 1 THEN category_mask & {1 << bit} ELSE 0 END)"
        for bit in range(CATEGORIES)),
    "BIT_COUNT(category_mask)": "(" + " + ".join(
        f"CASE WHEN category_mask & {1 << bit} <> 0 THEN 1 ELSE 0 END" for bit in range(CATEGORIES)) + ")",
}  # fmt: skip


def statement(as_of: int, double: str) -> str:
    """A SELECT over the table facts; ``double`` is the store's name of a double."""
    return (
        f"WITH sums AS (SELECT customer_id, {_columns(AGGREGATE, as_of, double)} FROM facts "
        f"WHERE day <= {as_of} GROUP BY customer_id), "
        f"measured AS (SELECT s.*, {_columns(DERIVED, as_of, double)} FROM sums s), "
        f"buyers AS (SELECT m.*, {_score('recency_days DESC')} AS r_score, {_score('frequency')} AS f_score, "
        f"{_score('net_revenue')} AS m_score, SUM(net_revenue) OVER () AS total, "
        "SUM(net_revenue) OVER (ORDER BY net_revenue DESC) "
        "- SUM(net_revenue) OVER (PARTITION BY net_revenue) AS better FROM measured m WHERE frequency > 0), "
        f"named AS (SELECT b.*, {_abc()} AS abc_class, AVG(1.0 * r_score) OVER () AS r_mean, "
        "AVG(1.0 * f_score) OVER () AS f_mean, AVG(1.0 * m_score) OVER () AS m_mean FROM buyers b) "
        f"SELECT customer_id, {', '.join(CATALOGUE)}, r_score, f_score, m_score, abc_class, "
        f"{_segment()} AS rfm_segment FROM named "
        f"UNION ALL SELECT customer_id, {', '.join(CATALOGUE)}, "
        "NULL, NULL, NULL, NULL, NULL FROM measured WHERE frequency = 0"
    )


def _columns(source: str, as_of: int, double: str) -> str:
    texts = []
    for feature in CATALOGUE.values():
        if feature.source == source:
            sql = feature.sql.format(as_of=as_of)
            for portable, rewritten in BITS.items():
                sql = sql.replace(portable, rewritten)
            kind = feature.type.replace("DOUBLE", double)
            texts.append(f"CAST({sql.replace('AS DOUBLE', 'AS ' + double)} AS {kind}) AS {feature.name}")
    return ", ".join(texts)


def _score(order: str) -> str:
    return f"1 + (5 * (RANK() OVER (ORDER BY {order}) - 1)) / COUNT(*) OVER ()"


def _abc() -> str:
    arms = " ".join(f"WHEN net_revenue > 0 AND COALESCE(better, 0) < {share} * total THEN '{name}'"
                    for name, share in (("A", 0.8), ("B", 0.95)))  # fmt: skip
    return f"CASE {arms} ELSE 'C' END"


def _segment() -> str:
    arms = []
    for key, code in SEGMENT_RULE.items():
        high = [f"{x}_score {'>' if want else '<='} {x}_mean" for x, want in zip("rfm", key, strict=True)]
        arms.append(f"WHEN {' AND '.join(high)} THEN '{code}'")
    return f"CASE {' '.join(arms)} END"


PARETO = """
WITH o AS (SELECT net_revenue AS v, ROW_NUMBER() OVER w AS place, SUM(net_revenue) OVER w AS running,
                  COUNT(*) OVER () AS n, SUM(net_revenue) OVER () AS total
           FROM result WHERE frequency > 0 WINDOW w AS (ORDER BY net_revenue DESC, customer_id))
SELECT MAX(n), MAX(CASE WHEN place = (n + 99) / 100 THEN 1.0 * running / total END),
       MAX(CASE WHEN place = (n + 9) / 10 THEN 1.0 * running / total END),
       MAX(CASE WHEN place = (n + 4) / 5 THEN 1.0 * running / total END),
       MIN(CASE WHEN running >= 0.8 * total THEN place END) FROM o
"""
FIGURES = ("customers", "top_1_share", "top_10_share", "top_20_share", "customers_for_80_percent")
