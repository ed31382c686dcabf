"""The catalogue of what every company has: the features and scores of the snapshot, and orders.

``crm`` adds what only an installation knows: its own fields, its products, its people.
"""

from __future__ import annotations

from collections.abc import Iterable

from zhike.analytics.features import CATALOGUE
from zhike.analytics.features.catalogue import numeric_features
from zhike.analytics.segments.catalogue import (
    CHOICE,
    DATE,
    FLAG,
    LEVEL,
    MONEY,
    NUMBER,
    SHARE,
    Catalogue,
    Changing,
    Field,
    Source,
    by_name,
)
from zhike.analytics.tiers.model import NO_TIER, Tier, default_model
from zhike.analytics.words import Words


def levels_of(tiers: Iterable[Tier]) -> tuple[tuple[str, Words], ...]:
    """Tiers from the lowest as the choices of a level: their place is their rank."""
    named = ((tier.code, tier.name) for tier in tiers)
    return ((NO_TIER, Words("No tier", "未定级")), *named)


_TYPES = {"money": MONEY, "share": SHARE}
ATTRIBUTES: tuple[tuple[str, Words], ...] = (
    ("kind", Words("Kind", "客户类别")),
    ("industry", Words("Industry", "行业")),
    ("country", Words("Country", "国家或地区")),
    ("region", Words("Province", "省份")),
    ("city", Words("City", "城市")),
    ("size", Words("Size", "规模")),
    ("customer_type", Words("Customer type", "客户类型")),
    ("gender", Words("Gender", "性别")),
    ("business_model", Words("Business model", "经营模式")),
    ("source", Words("Source", "来源")),
)
_SCORES = (
    Field("tier", LEVEL, Words("Tier", "客户等级"), "tier", choices=levels_of(default_model().tiers)),
    Field("tier.score", NUMBER, Words("Tier score", "等级得分"), "tier_score"),
    Field("lifecycle", CHOICE, Words("Stage", "生命周期"), "lifecycle"),
    Field("rfm.segment", CHOICE, Words("RFM segment", "RFM 细分"), "rfm_segment"),
    Field("rfm.r", NUMBER, Words("R score", "R 分"), "r_score"),
    Field("rfm.f", NUMBER, Words("F score", "F 分"), "f_score"),
    Field("rfm.m", NUMBER, Words("M score", "M 分"), "m_score"),
    Field("abc", CHOICE, Words("ABC class", "ABC 分类"), "abc_class"),
    Field("profiled", FLAG, Words("Profiled", "允许画像"), "profiled"),
)
ORDERS = Source(
    "order",
    Words("orders", "订单"),
    "facts",
    by_name(
        [
            Field("revenue", MONEY, Words("revenue", "消费额"), "revenue"),
            Field("returned", MONEY, Words("returned amount", "退货额"), "returned"),
            Field("cost", MONEY, Words("cost", "成本"), "cost"),
        ]
    ),
)


def standard_catalogue(
    more: Iterable[Field] = (),
    *,
    sources: Iterable[Source] = (),
    changing: Iterable[Changing] = (),
) -> Catalogue:
    """Everything of the snapshot's customers (relation ``customers``) and of the orders (``facts``)."""
    features = [
        Field(name, _TYPES.get(feature.unit, NUMBER), feature.meaning, name, unit=feature.unit)
        for name, feature in numeric_features().items()
    ]
    dates = [
        Field(name, DATE, feature.meaning, name)
        for name, feature in CATALOGUE.items()
        if feature.unit == "date"
    ]
    attributes = [Field(name, CHOICE, words, name) for name, words in ATTRIBUTES]
    return Catalogue(
        fields=by_name([*attributes, *features, *dates, *_SCORES, *more]),
        sources=by_name([ORDERS, *sources]),
        changing=by_name(changing),
    )
