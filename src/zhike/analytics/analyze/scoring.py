"""The engine's part: orders in, scored customers and figures out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from zhike.analytics import pareto
from zhike.analytics.analyze.counting import Counted
from zhike.analytics.calibration import Calibration, calibrate
from zhike.analytics.engine import Session
from zhike.analytics.evaluation import evaluate
from zhike.analytics.features import build, build_facts
from zhike.analytics.lifecycle import STAGES
from zhike.analytics.orders import from_units
from zhike.analytics.rfm import SEGMENTS
from zhike.analytics.settings import AnalysisSettings

BASES = ("revenue", "net_revenue")


@dataclass(frozen=True)
class Scored:
    """`customers` has one row for each customer with a purchase, best first; `returns_only` the others."""

    calibration: Calibration
    customers: pa.Table
    returns_only: pa.Table
    pareto: dict[str, pareto.ParetoFigures]


def score(session: Session, counted: Counted, as_of: int, settings: AnalysisSettings) -> Scored:
    """Facts, features, calibration and evaluation of everything in the order book.

    Leaves the tables ``facts``, ``features`` and ``scores`` in the session, for the models.
    """
    session.load("orders_raw", counted.book.to_arrow())
    build_facts(session, orders="orders_raw")
    build(session, facts="facts", as_of=as_of)
    calibration = calibrate(session, "features", settings)
    evaluate(session, "features", calibration, as_of, into="scores")
    figures = {basis: pareto.figures(session, "features", basis) for basis in BASES}
    bought = session.sql("SELECT * FROM scores WHERE frequency > 0")
    others = session.sql("SELECT * FROM scores WHERE frequency = 0")
    return Scored(calibration, _best_first(bought, "revenue"), _best_first(others, "returns"), figures)


def _best_first(table: pa.Table, by: str) -> pa.Table:
    """Sorted here: the engine gives the chunks of a result in any order, even under ORDER BY."""
    return table.sort_by([(by, "descending"), ("customer_id", "ascending")])


def totals(table: pa.Table) -> dict[str, int]:
    names = ("frequency", "revenue", "returns", "net_revenue")
    return {name: sum(table[name].to_pylist()) for name in names}


def groups(table: pa.Table, by: str, codes: list[Any]) -> dict[Any, dict[str, Any]]:
    """Customers, revenue and net revenue for each code, also for those that nobody has."""
    found: dict[Any, list[int]] = {code: [0, 0, 0] for code in codes}
    columns = (table[name].to_pylist() for name in (by, "revenue", "net_revenue"))
    for code, revenue, net in zip(*columns, strict=True):
        entry = found.setdefault(code, [0, 0, 0])
        entry[0] += 1
        entry[1] += revenue
        entry[2] += net
    return {
        code: {"customers": n, "revenue": from_units(revenue), "net_revenue": from_units(net)}
        for code, (n, revenue, net) in found.items()
        if code not in ("", 0) or n
    }


def rfm_groups(scored: Scored) -> dict[str, dict[str, Any]]:
    return groups(scored.customers, "rfm_segment", list(SEGMENTS))


def lifecycle_counts(scored: Scored) -> dict[str, int]:
    found = groups(scored.customers, "lifecycle", list(STAGES))
    return {stage: figures["customers"] for stage, figures in found.items()}


def tier_groups(scored: Scored) -> dict[str, dict[str, Any]]:
    """By code, highest first."""
    tiers = scored.calibration.model.tiers
    found = groups(scored.customers, "tier", list(range(len(tiers), 0, -1)))
    return {tiers[number - 1].code: figures for number, figures in found.items() if number}


def pareto_figures(scored: Scored) -> dict[str, dict[str, Any]]:
    found = {}
    for basis, figures in scored.pareto.items():
        entry = {k: v for k, v in figures.to_dict().items() if k not in ("basis", "curve")}
        entry["total"] = from_units(figures.total)
        count = figures.customers_for_80_percent
        entry["customers_for_80_percent_share"] = count / figures.customers if count else None
        found[basis] = entry
    return found


def reasons_of(text: str) -> list[dict[str, Any]]:
    return json.loads(text)
