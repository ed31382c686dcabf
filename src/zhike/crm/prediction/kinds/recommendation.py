"""Products to buy again and to discover, and which products go together; all with their evidence."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pyarrow as pa

from zhike.analytics.basket import pair_rules
from zhike.analytics.engine import Session
from zhike.analytics.recommend import (
    DiscoverSettings,
    discover,
    evaluate_recommendation,
    popularity_sql,
    rebuy,
)
from zhike.crm.prediction.choices import RecommendationKind
from zhike.crm.prediction.kinds.base import Comparison, Trained, guard
from zhike.crm.prediction.kinds.products import not_goods, on_sale
from zhike.crm.prediction.sources import Sources

TABLE = "scored_products"
LIMIT, JUDGED = 5, 10
MIN_CUSTOMERS, MIN_PRODUCTS, MIN_JUDGED = 50, 10, 30
MIN_COUNT, MAX_Q = 10, 0.05
RULES_PER_PRODUCT, MAX_RULES = 20, 20_000
HOLDOUT_DAYS = 60
# Products whose popularity is kept to break ties; all others are equally unpopular.
MOST = 5_000
POPULAR = pa.schema([(name, pa.int64()) for name in ("product_id", "recent", "ever")])
TOLERANCE = 0.02
# Tried against each other on the same hold-out.
CANDIDATES = {
    "ease": DiscoverSettings(),
    "ease_recent": DiscoverSettings(recent_weight=0.1),
    "bm25": DiscoverSettings(ease_limit=0),
}


def train(sources: Sources) -> Trained:
    """Choose how products to discover are found; buying again needs no fit."""
    customers, products = _sizes(sources)
    data = {"buyers": customers, "products": products, "lines": _count(sources, sources.lines)}
    guards = []
    if customers < MIN_CUSTOMERS:
        guards.append(guard("few_customers", customers=customers, needed=MIN_CUSTOMERS))
    if products < MIN_PRODUCTS:
        guards.append(guard("few_products", products=products, needed=MIN_PRODUCTS))
    if guards:
        return Trained({"rules": True, "limit": LIMIT, "popular": _popular(sources)}, {}, guards, data)
    reports = {name: _report(sources, settings) for name, settings in CANDIDATES.items()}
    best = _best(reports)
    if reports[best]["new"] < MIN_JUDGED:
        best = "ease"
        guards.append(guard("untested", customers=reports[best]["new"]))
    scores = reports[best]["scores"]
    if not guards and scores["discover new"]["ndcg"] <= scores["popular new"]["ndcg"]:
        guards.append(guard("no_better_than_popular"))
    compared = {name: report["scores"]["discover new"]["ndcg"] for name, report in reports.items()}
    parameters = {
        "name": best,
        "settings": asdict(CANDIDATES[best]),
        "limit": LIMIT,
        "min_count": MIN_COUNT,
        "popular": _popular(sources),
    }
    tested = reports[best] | {"compared": compared}
    return Trained(parameters, tested, guards, data, _held_out(sources))


def _best(reports: dict[str, dict[str, Any]]) -> str:
    return max(reports, key=lambda name: reports[name]["scores"]["discover new"]["ndcg"])


def _held_out(sources: Sources) -> dict[str, Any]:
    """What would have been chosen before the newest window, by the window before that."""
    until = sources.day - HOLDOUT_DAYS
    reports = {name: _after_a_cut(sources, settings, until) for name, settings in CANDIDATES.items()}
    best = _best(reports)
    if reports[best]["new"] < MIN_JUDGED:
        return {}
    return {"until": until, "parameters": {"name": best, "settings": asdict(CANDIDATES[best])}}


def compare(sources: Sources, new: dict[str, Any], active: dict[str, Any], until: int) -> Comparison | None:
    """NDCG of products not bought before, of both ways on the baskets after ``until``."""
    settings = [DiscoverSettings(**one["settings"]) for one in (new, active)]
    reports = [_after_a_cut(sources, one, sources.day, until) for one in settings]
    if reports[0]["new"] < MIN_JUDGED:
        return None
    ndcg = [report["scores"]["discover new"]["ndcg"] for report in reports]
    return Comparison("ndcg", ndcg[0], ndcg[1], lower_is_better=False, tolerance=TOLERANCE)


def score(sources: Sources, parameters: dict[str, Any]) -> None:
    """Both lists of every customer, and the rules of pairs."""
    engine, lines, drop = sources.engine, sources.lines, not_goods()
    filters = on_sale()
    again(sources.session, lines, sources.day, parameters, engine=engine)
    if not parameters.get("rules"):
        settings = DiscoverSettings(**parameters["settings"])
        fresh = discover(
            engine, lines, sources.day, parameters["limit"], filters=filters, settings=settings, drop=drop
        )
        _insert(sources.session, RecommendationKind.DISCOVER, fresh)
    _insert_pairs(sources, drop)


def again(
    session: Session, lines: str, day: int, parameters: dict[str, Any], *, engine: Session | None = None
) -> None:
    """What the customers of ``lines`` (a relation of ``engine``) buy again and again; ties as they stood at
    the training, so that one customer is offered what the scoring of all offers."""
    popular, engine = parameters.get("popular"), engine or session
    if popular is not None:
        engine.load("_popular", pa.table(dict(zip(POPULAR.names, popular, strict=True)), schema=POPULAR))
    found = rebuy(
        engine,
        lines,
        day,
        parameters.get("limit", LIMIT),
        filters=on_sale(),
        drop=not_goods(),
        popular="_popular" if popular is not None else None,
    )
    _insert(session, RecommendationKind.REBUY, found)
    if popular is not None:
        engine.drop("_popular")


def _popular(sources: Sources) -> list[list[int]]:
    """How often the most popular products were bought: columns of ``POPULAR``."""
    text = popularity_sql(sources.lines, sources.day, not_goods())
    columns = ", ".join(f"CAST({name} AS BIGINT) AS {name}" for name in POPULAR.names)
    found = sources.session.sql(f"SELECT {columns} FROM ({text}) AS p ORDER BY p.ever DESC, 1 LIMIT {MOST}")
    return [found[name].to_pylist() for name in POPULAR.names]


def _insert(session: Session, kind: str, table: Any) -> None:
    session.register("_offers", table)
    session.connection.execute(
        f"INSERT INTO {TABLE} SELECT customer_id, '{kind}', rank, product_id, score, evidence FROM _offers"
    )
    session.unregister("_offers")


def _insert_pairs(sources: Sources, drop: tuple[int, ...]) -> None:
    """The surest rules of each product; pairs that chance may have brought together are left out."""
    rules = pair_rules(sources.engine, sources.lines, MIN_COUNT, as_of=sources.day, drop=drop)
    sources.session.register("_rules", rules)
    sources.session.connection.execute(
        'INSERT INTO scored_pairs SELECT "left", "right", n_left, n_right, n_both, n_baskets, support, '
        "confidence, lift, confidence_low, p_value, q_value FROM _rules "
        f"WHERE q_value <= {MAX_Q} AND lift > 1 "
        'QUALIFY ROW_NUMBER() OVER (PARTITION BY "left" ORDER BY confidence_low DESC, "right") '
        f'<= {RULES_PER_PRODUCT} ORDER BY n_both DESC, "left", "right" LIMIT {MAX_RULES}'
    )
    sources.session.unregister("_rules")


def _report(sources: Sources, settings: DiscoverSettings) -> dict[str, Any]:
    """A cut in time where enough customers came back after it, else everybody's last basket."""
    found = _after_a_cut(sources, settings, sources.day)
    if found["new"] >= MIN_JUDGED:
        return found
    lines = sources.sampled_lines()
    last = evaluate_recommendation(
        sources.session, lines, sources.day, limit=JUDGED, settings=settings, drop=not_goods()
    )
    return last.to_dict()


def _after_a_cut(
    sources: Sources, settings: DiscoverSettings, day: int, at: int | None = None
) -> dict[str, Any]:
    """What came after ``at`` (default: the window that ends on ``day``), known what came before; once per
    session."""
    at = day - HOLDOUT_DAYS if at is None else at
    key = ("after_a_cut", repr(settings), day, at)
    if key not in sources.noted:
        lines = sources.sampled_lines()
        sources.noted[key] = evaluate_recommendation(
            sources.session, lines, day, at=at, limit=JUDGED, settings=settings, drop=not_goods()
        ).to_dict()
    found: dict[str, Any] = sources.noted[key]
    return found


def _sizes(sources: Sources) -> tuple[int, int]:
    ((customers, products),) = sources.session.connection.execute(
        f"SELECT COUNT(DISTINCT customer_id), COUNT(DISTINCT product_id) FROM {sources.lines}"
    ).fetchall()
    return customers, products


def _count(sources: Sources, name: str) -> int:
    return int(sources.session.connection.execute(f"SELECT COUNT(*) FROM {name}").fetchall()[0][0])
