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
    "value_few_customers": Words(
        "Only {customers} customers have bought (at least {needed} needed): their future value is not "
        "forecast.",
        "只有 {customers} 位客户有过购买（至少需要 {needed} 位）：不预测未来价值。",
    ),
    "value_few_repeat_customers": Words(
        "Only {customers} customers have bought on two days or more (at least {needed} needed): how often "
        "customers come back cannot be learned, and their future value is not forecast.",
        "只有 {customers} 位客户在两天或以上有过购买（至少需要 {needed} 位）：无法得知客户多久再来，"
        "不预测未来价值。",
    ),
    "value_short_history": Words(
        "The orders cover only {days} days (at least {needed} needed): the future value is not forecast.",
        "订单只覆盖 {days} 天（至少需要 {needed} 天）：不预测未来价值。",
    ),
    "value_extrapolates": Words(
        "The forecast reaches {horizon} days ahead, further than the {days} days of history: read it as a "
        "rough guess.",
        "预测期为 {horizon} 天，长于 {days} 天的历史：只能当作粗略估计。",
    ),
    "value_default_model": Words(
        "There are too few purchases to compare models: the default one is used.",
        "购买太少，无法比较模型：使用默认模型。",
    ),
    "value_no_dropout": Words(
        "The data show no lasting departures: the model treats nobody as lost for good, and its forecasts "
        "for silent customers may be too high.",
        "数据中看不出永久离开的客户：模型认为没有人真正流失，对沉默客户的预测可能偏高。",
    ),
    "value_boundary": Words(
        'The parameter "{name}" runs to its bound: the data do not say how far.',
        "参数“{name}”到达边界：数据不足以确定其大小。",
    ),
    "value_not_converged": Words(
        "The estimation did not settle: read the forecasts with care.", "参数估计未能收敛：请谨慎使用预测。"
    ),
    "value_no_season": Words(
        "Less than two years of orders: a season cannot be told from a trend.",
        "订单不足两年：无法区分季节波动与趋势。",
    ),
    "value_off": Words(
        "Tried on the past, the forecast of all purchases was {percent} % {direction}.",
        "用过去的数据检验，全部购买的预测{direction} {percent}%。",
    ),
    "value_interval_off": Words(
        "Tried on the past, the interval held for {percent} % of the customers instead of {wanted} %.",
        "用过去的数据检验，区间覆盖了 {percent}% 的客户，应为 {wanted}%。",
    ),
    "value_untested": Words(
        "There are too few later purchases to try the forecast on the past.",
        "后期的购买太少，无法用过去的数据检验预测。",
    ),
    "value_cost_unknown": Words(
        "Costs are known for {percent} % of the revenue only: value is net revenue, not profit.",
        "只有 {percent}% 的消费额知道成本：价值按净消费额计算，不是利润。",
    ),
    "value_no_margin": Words(
        "Taken together the customers bring no margin: only those who bring one themselves have a value.",
        "客户总体上没有毛利：只有自身有毛利的客户才有价值。",
    ),
    "spend_no_mean": Words(
        "Order values scatter so widely that they have no reliable mean: a shrunk average is used.",
        "订单金额差异过大，没有可靠的平均值：使用收缩后的平均数。",
    ),
    "spend_few": Words(
        "Fewer than {needed} customers with a spend: their expected order value is a guess.",
        "有消费额的客户不足 {needed} 位：预期订单金额只是估计。",
    ),
    "spend_correlated": Words(
        "Customers who buy more often spend {direction} per purchase (correlation {correlation}): the spend "
        "model assumes no such link.",
        "购买越频繁的客户每次消费越{direction}（相关系数 {correlation}）：消费模型假定两者无关。",
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
