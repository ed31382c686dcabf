"""What a factor analysis reads like: guards."""

from __future__ import annotations

from zhike.analytics.words import Words

GUARD_WORDS: dict[str, Words] = {
    "few_rows": Words(
        "{rows} complete rows are too few for {columns} variables (at least {needed} needed): no factors.",
        "完整数据只有 {rows} 行，对 {columns} 个变量来说太少（至少需要 {needed} 行），不做因子分析。",
    ),
    "left_out": Words(
        "{rows} rows lack a value of these variables and are not used.",
        "{rows} 行缺少所选变量的值，未使用。",
    ),
    "constant": Words("All rows are equal in {columns}: not used.", "所有行的 {columns} 相同，未使用。"),
    "low_kmo": Words(
        "The variables have too little in common for factors (KMO {kmo:.2f}, at least 0.60 advised): "
        "read the factors as a sketch.",
        "变量之间共同之处太少（KMO {kmo:.2f}，建议至少 0.60）：因子结果仅供参考。",
    ),
    "uncorrelated": Words(
        "The variables are practically uncorrelated ({p}): there is nothing to summarize.",
        "变量之间几乎不相关（{p}），没有可归纳的内容。",
    ),
    "redundant": Words(
        "Some variables follow from the others (such as a sum and its parts): leave one of them out.",
        "有些变量可由其他变量推出（例如合计与其组成部分）：请去掉其中之一。",
    ),
    "not_settled": Words(
        "The estimate did not settle: the factors are rough.", "估计没有收敛：因子结果比较粗略。"
    ),
    "heywood": Words(
        "A variable is explained completely by the factors: there may be one factor too many.",
        "有变量被因子完全解释：因子个数可能偏多。",
    ),
}
