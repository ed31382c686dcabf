"""The product's own path: features.build, calibrated cut-points, scores by SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# What the product imports when first used is not part of the work that is timed.
import duckdb  # noqa: F401
import pandas  # noqa: F401
import sqlglot  # noqa: F401

from zhike.analytics import Lake, Session, build
from zhike.analytics.pareto import abc_sql, calibrate_abc, figures
from zhike.analytics.rfm import calibrate_rfm, score_sql, segment_sql
from zhike.analytics.settings import AbcSettings, RfmSettings


def run(lake: Lake, as_of: int, out: Path, memory: str) -> dict[str, Any]:
    folders = [lake.directory, out.parent]
    with Session(threads=2, memory_limit=memory, temp_dir=out.parent, directories=folders) as session:
        lake.attach(session, "facts")
        build(session, facts="facts", as_of=as_of)
        rfm = calibrate_rfm(session, "features", RfmSettings())
        abc = calibrate_abc(session, "features", AbcSettings())
        parts = {
            "r_score": score_sql("recency_days", rfm.recency, reverse=True),
            "f_score": score_sql("frequency", rfm.frequency),
            "m_score": score_sql("net_revenue", rfm.monetary),
            "abc_class": abc_sql(abc),
        }
        scores = ", ".join(f"{_of_buyers(sql)} AS {name}" for name, sql in parts.items())
        session.view("scored", f"SELECT f.*, {scores} FROM features AS f")
        segment = _of_buyers(segment_sql(rfm))
        session.view("named", f"SELECT s.*, {segment} AS rfm_segment FROM scored AS s")
        session.connection.execute(f"COPY named TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
        return figures(session, "features", "net_revenue").to_dict() | {"curve": None}


def _of_buyers(sql: str) -> str:
    return f"CASE WHEN frequency > 0 THEN {sql} END"
