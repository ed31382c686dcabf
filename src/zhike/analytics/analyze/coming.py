"""When customers order next, and what to offer them: the columns of rhythm and recommendation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.analyze.cards import ModelCard, Remark
from zhike.analytics.analyze.counting import Counted
from zhike.analytics.analyze.model_settings import RecommendationSettings
from zhike.analytics.engine import Session
from zhike.analytics.words import Words

#: The last part of the history is hidden to try the rhythm; the last basket of each for the offers.
HIDDEN_SHARE, HIDDEN_DAYS = 0.25, 100
MIN_JUDGED = 30
BETWEEN = "; "
_UNKNOWN_RHYTHM = Words(
    "Nobody has bought on two days: no next order can be expected.",
    "还没有客户在两天或以上购买过：无法预计下次下单日期。",
)
_NO_PRODUCTS = Words(
    "The file has no column of products: nothing to recommend.", "文件中没有商品列：无法推荐。"
)
_NO_BASKETS = Words(
    "Too few customers have bought twice to try the recommendations on the past.",
    "两次购买的客户太少，无法用过去的数据检验推荐。",
)
_FEW_JUDGED = Words(
    "Too few customers came back late in the data to try the expected dates on the past.",
    "数据后期回来购买的客户太少，无法用过去的数据检验预计日期。",
)


@dataclass(frozen=True)
class Coming:
    """``rhythm`` as ``cycles.purchase_cycles`` gives it; ``offers`` customer_id, kind, rank, product_id,
    score, evidence, the order of which is that of the offer; ``names`` of products."""

    cards: tuple[ModelCard, ...]
    rhythm: pa.Table
    offers: pa.Table | None = None
    names: dict[str, str] = field(default_factory=dict)


def coming_orders(session: Session, counted: Counted, as_of: int, settings: RecommendationSettings) -> Coming:
    from zhike.analytics.cycles import purchase_cycles

    rhythm = purchase_cycles(session, "facts", as_of)
    offers, card = _offers(session, counted, as_of, settings)
    return Coming((_rhythm_card(session, rhythm, as_of), card), rhythm, offers, counted.lines.names)


def _rhythm_card(session: Session, rhythm: pa.Table, as_of: int) -> ModelCard:
    from zhike.analytics.cycles import CycleSettings, evaluate_cycles

    if not pc.sum(rhythm["gaps"]).as_py():
        return ModelCard("rhythm", guards=(Remark("rhythm_unknown", _UNKNOWN_RHYTHM),))
    ((first,),) = session.rows(f"SELECT MIN(day) AS first FROM facts WHERE purchase = 1 AND day <= {as_of}")
    hidden = min(int(HIDDEN_SHARE * (as_of - first)), HIDDEN_DAYS)
    report = evaluate_cycles(session, "facts", as_of - hidden, as_of).to_dict()
    judged = report["scores"]["own rhythm"]["all"]["customers"]
    guards = () if judged >= MIN_JUDGED else (Remark("rhythm_untested", _FEW_JUDGED),)
    params = {**asdict(CycleSettings()), "customers": rhythm.num_rows}
    return ModelCard("rhythm", params, None, {"hidden_days": hidden, **report}, guards)


def _offers(
    session: Session, counted: Counted, as_of: int, settings: RecommendationSettings
) -> tuple[pa.Table | None, ModelCard]:
    """Products bought on two days or more come first, up to half of the list; then new ones."""
    from zhike.analytics.recommend import discover, evaluate_recommendation, rebuy

    if not len(counted.lines):
        return None, ModelCard("recommendation", guards=(Remark("recommendation_no_products", _NO_PRODUCTS),))
    session.load("lines", counted.lines.to_arrow(counted.book))
    again = rebuy(session, "lines", as_of, -(-settings.limit // 2), min_times=2)
    fresh = discover(session, "lines", as_of, settings.limit)
    offers = _first(_joined(again, fresh), settings.limit)
    report = evaluate_recommendation(session, "lines", as_of)
    guards = () if report.all >= MIN_JUDGED else (Remark("recommendation_untested", _NO_BASKETS),)
    params = {"limit": settings.limit, "products": len(counted.lines.numbers), "lines": len(counted.lines)}
    return offers, ModelCard("recommendation", params, None, report.to_dict(), guards)


def _joined(again: pa.Table, fresh: pa.Table) -> pa.Table:
    columns = ["customer_id", "rank", "product_id", "score", "evidence"]
    parts = [
        table.select(columns)
        .append_column("kind", pa.array([kind] * table.num_rows, pa.string()))
        .cast(_OFFERS)
        for kind, table in (("rebuy", again), ("discover", fresh))
    ]
    return pa.concat_tables(parts)


_OFFERS = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("rank", pa.int32()),
        ("product_id", pa.string()),
        ("score", pa.float64()),
        ("evidence", pa.string()),
        ("kind", pa.string()),
    ]
)


def _first(offers: pa.Table, limit: int) -> pa.Table:
    """The first ``limit`` of each customer, what is bought again before what is new."""
    import numpy as np

    order = pc.sort_indices(
        offers, [("customer_id", "ascending"), ("kind", "descending"), ("rank", "ascending")]
    )
    offers = offers.take(order)
    who = offers["customer_id"].to_numpy()
    place = np.arange(len(who)) - np.searchsorted(who, who)
    kept = offers.filter(pa.array(place < limit))
    return kept.set_column(1, "rank", pa.array((place[place < limit] + 1).astype(np.int32)))


def product_lists(offers: pa.Table) -> pa.Table:
    """customer_id and the offered products' codes in one text."""
    lists = offers.group_by("customer_id", use_threads=False).aggregate([("product_id", "list")])
    return pa.table(
        {
            "customer_id": lists["customer_id"],
            "recommended_products": pc.binary_join(lists["product_id_list"].combine_chunks(), BETWEEN),
        }
    )
