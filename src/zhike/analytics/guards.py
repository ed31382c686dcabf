"""Words for bases that are too small or too uniform: below these sizes the product says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhike.analytics.words import Words

GUARDS: dict[str, Words] = {
    "no_customers": Words(
        "No customer has bought anything yet: there is nothing to score.", "还没有客户购买过，暂时无法评分。"
    ),
    "few_customers": Words(
        "Only {customers} customers have bought (at least {needed} advised): scores and tiers "
        "move strongly with single orders. Read them as an order of rank, not as a measurement.",
        "只有 {customers} 位客户有过购买（建议至少 {needed} 位）：评分和等级会随个别订单大幅变化，"
        "请只当作排序参考。",
    ),
    "few_repeat_customers": Words(
        "Only {customers} customers have bought on two days or more (at least {needed} "
        'advised): the rhythm of buying, and with it "at risk" and "lost", is a rough '
        "guess.",
        "只有 {customers} 位客户在两天或以上有过购买（建议至少 {needed} 位）：购买节奏以及由此"
        "得出的“流失预警”“流失”只是粗略估计。",
    ),
    "no_repeat_customers": Words(
        "Nobody has bought twice yet: a rhythm of {days} days is assumed for everybody.",
        "还没有客户重复购买：暂按 {days} 天的购买节奏估计。",
    ),
    "short_history": Words(
        "The orders cover only {days} days (at least {needed} advised): tenure and rhythm cannot "
        "show much yet.",
        "订单只覆盖 {days} 天（建议至少 {needed} 天）：客龄和购买节奏暂时参考意义有限。",
    ),
    "mostly_one_time": Words(
        "{percent} % of the customers have ordered only once: all of them share the lowest "
        "frequency score, and some scores stay empty.",
        "{percent}% 的客户只下过一次单：他们的频次得分同为最低，部分分值会空缺。",
    ),
    "dimension_constant": Words(
        'All customers are equal in "{name}" or it is unknown: the dimension is left out '
        "and its weight goes to the others.",
        "所有客户的“{name}”相同或未知：该维度不参与计算，权重分给其他维度。",
    ),
    "tier_empty": Words(
        'No customer reaches the tier "{name}": too many customers share the same score.',
        "没有客户达到“{name}”：得分相同的客户过多。",
    ),
    "margin_unknown": Words(
        "Costs are unknown for {percent} % of the customers: they carry no figure by margin.",
        "{percent}% 的客户成本未知：按毛利的指标对他们为空。",
    ),
}


@dataclass(frozen=True)
class Guard:
    """One warning: ``code`` of GUARDS with the values that fill its words."""

    code: str
    values: dict[str, Any]

    @property
    def words(self) -> Words:
        """The sentence in both languages; a value may itself be in both."""
        en = {k: v.en if isinstance(v, Words) else v for k, v in self._values()}
        zh = {k: v.zh if isinstance(v, Words) else v for k, v in self._values()}
        template = GUARDS[self.code]
        return Words(template.en.format(**en), template.zh.format(**zh))

    def _values(self) -> list[tuple[str, Any]]:
        return [(k, Words.from_dict(v) if isinstance(v, dict) else v) for k, v in self.values.items()]
