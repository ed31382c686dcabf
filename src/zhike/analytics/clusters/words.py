"""What clusters read like: stability, guards, rules, parts of names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zhike.analytics.sayings import Label, as_is
from zhike.analytics.words import Words

STABLE, UNSURE = 0.85, 0.70
STABILITY = {
    "stable": Words("stable", "稳定"),
    "unsure": Words("unsure", "不够稳定"),
    "unstable": Words("unstable", "不稳定"),
}
LOST = Words("Lost customers", "流失客户")
PLAIN = Words("Near the average", "接近平均")
HIGHER = Words("higher {column_en}", "{column_zh}较高")
LOWER = Words("lower {column_en}", "{column_zh}较低")
MIDDLE = Words("middling {column_en}", "{column_zh}居中")

GUARD_WORDS: dict[str, Words] = {
    "few_customers": Words(
        "Only {customers} customers have all values (at least {needed} needed): no clusters were looked for.",
        "只有 {customers} 位客户的数据齐全（至少需要 {needed} 位），不做聚类。",
    ),
    "left_out": Words(
        "{customers} customers lack a value of these variables and belong to no cluster.",
        "{customers} 位客户缺少所选变量的值，不归入任何一类。",
    ),
    "constant": Words(
        "All customers are equal in {columns}: it tells nobody apart and is not used.",
        "所有客户的 {columns} 相同，无法区分客户，未使用。",
    ),
    "no_stable_k": Words(
        "No number of clusters is both stable and without tiny groups: read the groups as a sketch.",
        "没有哪个分类数既稳定又不含过小的类：结果仅供参考。",
    ),
    "unstable": Words(
        "The groups change when the customers are drawn again (stability {stability:.2f}): "
        "do not build rules or plans on them.",
        "换一批客户重算，分组就会变（稳定性 {stability:.2f}）：请勿据此制定规则或计划。",
    ),
    "unsure": Words(
        "The borders of the groups are not firm (stability {stability:.2f}): customers near them "
        "may change sides.",
        "各类的边界不够稳定（稳定性 {stability:.2f}）：处于边界的客户可能换组。",
    ),
    "tiny_cluster": Words(
        "The smallest cluster holds only {share:.1%} of the customers: these may be outliers.",
        "最小的一类只占 {share:.1%}：可能只是少数异常客户。",
    ),
    "approximate_rules": Words(
        "The rules describe the clusters only approximately ({accuracy:.0%} of the customers).",
        "规则只能近似描述各类（与 {accuracy:.0%} 的客户相符）。",
    ),
}

Show = Callable[[str, float], str]


def stability_word(stability: float) -> str:
    """ "stable", "unsure" or "unstable"."""
    return "stable" if stability >= STABLE else "unsure" if stability >= UNSURE else "unstable"


def plain_number(_column: str, value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"


def rule_words(
    conditions: Sequence[tuple[str, float | None, float | None]],
    label: Label = as_is,
    show: Show = plain_number,
) -> Words:
    """ "Orders ≥ 5 and recency ≤ 40": the conditions of a rule in both languages."""
    if not conditions:
        return Words("everybody", "所有客户")
    en, zh = [], []
    for column, low, high in conditions:
        name, text = label(column), _bounds(column, low, high, show)
        en.append(f"{name.en} {text}")
        zh.append(f"{name.zh} {text}")
    return Words(" and ".join(en), " 且 ".join(zh))


def _bounds(column: str, low: float | None, high: float | None, show: Show) -> str:
    if low is None:
        return f"≤ {show(column, high or 0.0)}"
    if high is None:
        return f"> {show(column, low)}"
    return f"> {show(column, low)}, ≤ {show(column, high)}"
