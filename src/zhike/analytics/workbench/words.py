"""Every sentence, title and head of the workbench in both languages, by its code."""

from __future__ import annotations

from zhike.analytics.clusters.words import GUARD_WORDS as CLUSTER_GUARDS
from zhike.analytics.clusters.words import STABILITY
from zhike.analytics.factors.words import GUARD_WORDS as FACTOR_GUARDS
from zhike.analytics.words import Words

CONCLUSIONS: dict[str, Words] = {
    "typical": Words(
        "{variable}: half of the customers are below {median}; the mean is {mean}.",
        "{variable}：一半客户低于 {median}，平均值为 {mean}。",
    ),
    "most_frequent": Words(
        "{variable}: most frequent is {level} with {share:.1%}.",
        "{variable}：最多的是{level}，占 {share:.1%}。",
    ),
    "groups_differ": Words(
        "{variable} differs by {group}: highest in {top} (explains {effect:.1%} of the ranks, {p}).",
        "不同{group}的{variable}有差异：{top}最高（可解释排序差异的 {effect:.1%}，{p}）。",
    ),
    "groups_alike": Words("No visible difference by {group}.", "不同{group}之间没有明显差异。"),
    "independent": Words(
        "No connection between {rows} and {columns} can be shown ({p}).",
        "看不出{rows}与{columns}之间有关系（{p}）。",
    ),
    "together_tiny": Words(
        "{rows} and {columns} are connected, but so weakly that it hardly matters (V = {v:.2f}, {p}).",
        "{rows}与{columns}有关系，但弱到几乎没有实际意义（V = {v:.2f}，{p}）。",
    ),
    "together_small": Words(
        "{rows} and {columns} are weakly connected (V = {v:.2f}, {p}).",
        "{rows}与{columns}有较弱的关系（V = {v:.2f}，{p}）。",
    ),
    "together_medium": Words(
        "{rows} and {columns} are clearly connected (V = {v:.2f}, {p}).",
        "{rows}与{columns}有明显的关系（V = {v:.2f}，{p}）。",
    ),
    "together_large": Words(
        "{rows} and {columns} are strongly connected (V = {v:.2f}, {p}).",
        "{rows}与{columns}有很强的关系（V = {v:.2f}，{p}）。",
    ),
    "most_unusual": Words(
        "Most striking: in {row}, {share:.1%} are {column} ({overall:.1%} overall).",
        "最突出的是：{row}中有 {share:.1%} 为{column}（总体为 {overall:.1%}）。",
    ),
    "rise_together": Words(
        "Where {first} is high, {second} tends to be high too (r = {r:.2f}, {p}).",
        "{first}越高，{second}往往也越高（r = {r:.2f}，{p}）。",
    ),
    "move_apart": Words(
        "Where {first} is high, {second} tends to be low (r = {r:.2f}, {p}).",
        "{first}越高，{second}往往越低（r = {r:.2f}，{p}）。",
    ),
    "no_correlation": Words(
        "None of the figures go together to a degree worth mentioning.", "各指标之间没有值得一提的相关。"
    ),
    "clusters_found": Words(
        "{k} groups come out again most reliably when the customers are drawn again "
        "(stability {stability:.2f}: {word}).",
        "反复抽样重算时，分成 {k} 类最能重现（稳定性 {stability:.2f}：{word}）。",
    ),
    "clusters_fixed": Words(
        "{k} groups, as chosen (stability {stability:.2f}: {word}).",
        "按选择分成 {k} 类（稳定性 {stability:.2f}：{word}）。",
    ),
    "cluster_is": Words(
        "{name}: {share:.1%} of the customers; mostly {rule}.", "{name}：占 {share:.1%}；主要特征：{rule}。"
    ),
    "cluster_without_rule": Words("{name}: {share:.1%} of the customers.", "{name}：占 {share:.1%}。"),
    "factors_found": Words(
        "Behind {variables} variables: {factors} common factors, which hold {share:.1%} of their differences "
        "(KMO {kmo:.2f}).",
        "{variables} 个变量可归纳为 {factors} 个因子，包含其差异的 {share:.1%}（KMO {kmo:.2f}）。",
    ),
    "factor_is": Words(
        "Factor {number} ({share:.1%}): {variables}.", "因子 {number}（{share:.1%}）：{variables}。"
    ),
    "tree_high_share": Words(
        "Highest: where {rule}, {share:.1%} are {outcome} ({base:.1%} overall; {rows:,} customers).",
        "最高：{rule} 的客户中，{outcome}占 {share:.1%}（总体 {base:.1%}；{rows:,} 位客户）。",
    ),
    "tree_low_share": Words(
        "Lowest: where {rule}, {share:.1%} are {outcome} ({rows:,} customers).",
        "最低：{rule} 的客户中，{outcome}占 {share:.1%}（{rows:,} 位客户）。",
    ),
    "tree_high_mean": Words(
        "Highest: where {rule}, {target} is {mean} on average ({base} overall; {rows:,} customers).",
        "最高：{rule} 的客户，{target}平均为 {mean}（总体 {base}；{rows:,} 位客户）。",
    ),
    "tree_low_mean": Words(
        "Lowest: where {rule}, {target} is {mean} on average ({rows:,} customers).",
        "最低：{rule} 的客户，{target}平均为 {mean}（{rows:,} 位客户）。",
    ),
    "tree_finds_nothing": Words(
        "None of the variables tells customers apart by {target}.", "所选变量都无法区分{target}的高低。"
    ),
    "linear_explains": Words(
        "The variables explain {share:.1%} of the differences in {target}.",
        "这些变量解释了{target}差异的 {share:.1%}。",
    ),
    "goes_up_with": Words(
        "Other things being equal, {target} is higher where {variable} is higher ({p}).",
        "其他条件相同时，{variable}越高，{target}越高（{p}）。",
    ),
    "goes_down_with": Words(
        "Other things being equal, {target} is lower where {variable} is higher ({p}).",
        "其他条件相同时，{variable}越高，{target}越低（{p}）。",
    ),
    "goes_up_in": Words(
        "Other things being equal, {target} is higher where {variable} ({p}).",
        "其他条件相同时，{variable} 的客户{target}较高（{p}）。",
    ),
    "goes_down_in": Words(
        "Other things being equal, {target} is lower where {variable} ({p}).",
        "其他条件相同时，{variable} 的客户{target}较低（{p}）。",
    ),
    "nothing_leads": Words(
        "No variable has a weight for {target} that chance does not explain.",
        "没有哪个变量对{target}的影响超出偶然。",
    ),
    "logistic_base": Words(
        "{share:.1%} of the customers are {outcome} ({target}).",
        "{share:.1%} 的客户为{outcome}（{target}）。",
    ),
    "more_likely_with": Words(
        "{outcome} is more likely where {variable} is higher: odds × {odds:.2f} for one standard "
        "deviation more ({p}).",
        "{variable}越高，{outcome}的可能性越大：每高一个标准差，几率变为 {odds:.2f} 倍（{p}）。",
    ),
    "less_likely_with": Words(
        "{outcome} is less likely where {variable} is higher: odds × {odds:.2f} for one standard "
        "deviation more ({p}).",
        "{variable}越高，{outcome}的可能性越小：每高一个标准差，几率变为 {odds:.2f} 倍（{p}）。",
    ),
    "more_likely_in": Words(
        "{outcome} is more likely where {variable}: odds × {odds:.2f} ({p}).",
        "{variable} 的客户更可能为{outcome}：几率是参照组的 {odds:.2f} 倍（{p}）。",
    ),
    "less_likely_in": Words(
        "{outcome} is less likely where {variable}: odds × {odds:.2f} ({p}).",
        "{variable} 的客户较少为{outcome}：几率是参照组的 {odds:.2f} 倍（{p}）。",
    ),
    "bought_together": Words(
        "Who buys {left} also buys {right} in {share:.1%} of the cases: {lift:.1f} times as often as others "
        "({both:,} baskets).",
        "购买{left}的订单中有 {share:.1%} 也购买{right}：是平均的 {lift:.1f} 倍（{both:,} 次同时购买）。",
    ),
    "no_pairs": Words(
        "No pair of products meets in {count} baskets more often than chance.",
        "没有哪两种产品同时出现 {count} 次以上且超出偶然。",
    ),
}

CAVEATS: dict[str, Words] = {
    "few_rows": Words(
        "Only {rows} customers (at least {needed} needed): described only, no conclusions.",
        "只有 {rows} 位客户（至少需要 {needed} 位）：只做描述，不下结论。",
    ),
    "small_minority": Words(
        "Only {rows} customers are on the rarer side (at least {needed} needed): described only.",
        "较少的一方只有 {rows} 位客户（至少需要 {needed} 位）：只做描述。",
    ),
    "few_baskets": Words(
        "Only {baskets} orders with known products (at least {needed} needed).",
        "含已知产品的订单只有 {baskets} 个（至少需要 {needed} 个）。",
    ),
    "rows_left_out": Words(
        "{rows:,} customers ({share:.1%}) lack a value and are left out.",
        "{rows:,} 位客户（{share:.1%}）缺少数据，未计入。",
    ),
    "not_profiled": Words(
        "{customers:,} customers do not want to be profiled and take no part.",
        "{customers:,} 位客户不参与画像分析，未计入。",
    ),
    "sampled": Words(
        "Computed on {rows:,} of {total:,} customers, drawn by lot.",
        "从 {total:,} 位客户中随机抽取 {rows:,} 位计算。",
    ),
    "fdr": Words(
        "{tests} comparisons at once: p-values are adjusted so that few findings are due to chance "
        "(false discovery rate).",
        "同时做了 {tests} 次比较：已按错误发现率校正 p 值，避免偶然的“发现”。",
    ),
    "not_a_cause": Words(
        "A connection is not a cause: whether an action helps shows only in a comparison with a hold-out.",
        "相关不等于因果：措施是否有效，要靠保留对照组来检验。",
    ),
    "nothing_known": Words("{variable} is unknown for everybody.", "所有客户的{variable}都未知。"),
    "skewed": Words(
        "{variable}: a few large customers pull the mean up; the median tells more.",
        "{variable}：少数大客户拉高了平均值，看中位数更合适。",
    ),
    "often_unknown": Words(
        "{variable} is unknown for {share:.1%} of the customers.", "{share:.1%} 的客户{variable}未知。"
    ),
    "one_level_only": Words("One of the two has only one value.", "其中一个变量只有一个取值。"),
    "sparse_cells": Words(
        "{share:.1%} of the cells expect fewer than five customers: the p-value is rough. "
        "Put rare values together.",
        "{share:.1%} 的格子期望不足 5 位客户：p 值不够可靠，建议合并少见的取值。",
    ),
    "thin_cells": Words(
        "Some cells hold fewer than ten customers: their means say little.",
        "有的格子不足 10 位客户，其平均值参考意义有限。",
    ),
    "constant": Words("All customers are equal in {columns}: not used.", "所有客户的{columns}相同，未使用。"),
    "same_thing": Words(
        "{first} and {second} say practically the same thing.", "{first}与{second}几乎是同一回事。"
    ),
    "clusters_are_made": Words(
        "Groups are a way of looking, not facts: they depend on the variables chosen.",
        "分群是一种看法，不是事实：换一组变量，分群也会不同。",
    ),
    "factors_are_read": Words(
        "What a factor means is read from its variables by people; the numbers do not name it.",
        "因子的含义要由人根据其变量来解读，数字本身不会命名。",
    ),
    "many_levels": Words(
        "{variable} has many values: the {kept} most frequent are kept, the others put together.",
        "{variable}取值很多：保留最常见的 {kept} 个，其余合并。",
    ),
    "redundant": Words(
        "{columns}: follows from the other variables and is partly left out.",
        "{columns}可由其他变量推出，已部分剔除。",
    ),
    "entangled": Words(
        "{columns} overlap so much (VIF above 10) that their single weights are not reliable.",
        "{columns}彼此重叠过多（VIF 大于 10），各自的系数不可靠。",
    ),
    "few_rows_per_column": Words(
        "{columns} columns are many for so few customers: the weights are rough.",
        "客户较少而模型有 {columns} 列：系数比较粗略。",
    ),
    "skewed_target": Words(
        "{target} has a few very large values: try the logarithm.",
        "{target}有少数极大值：可以试试取对数。",
    ),
    "log_target": Words(
        "Computed on the logarithm of {target}: weights are shares rather than amounts.",
        "按{target}的对数计算：系数表示比例而不是金额。",
    ),
    "separated": Words(
        "One of the variables tells yes and no apart completely: no weights can be computed. "
        "It was probably known only afterwards; leave it out.",
        "有变量把“是”和“否”完全分开，无法计算系数。它很可能是事后才知道的信息，请去掉。",
    ),
    "nothing_varies": Words(
        "Nothing to compute: all customers are equal in these variables.",
        "无法计算：所有客户在这些变量上都相同。",
    ),
    "leak": Words(
        "{columns}: tells the outcome nearly perfectly on its own. Check that it is not a consequence of it.",
        "{columns}：单独就几乎能判断结果，请确认它不是结果的另一种说法。",
    ),
    "tested_newest": Words(
        "Checked on the {rows:,} newest customers, which the model had not seen.",
        "已用模型没见过的 {rows:,} 位最新客户检验。",
    ),
    "tested_apart": Words(
        "Checked on {rows:,} customers that were kept apart.", "已用另外留出的 {rows:,} 位客户检验。"
    ),
    "weak_tree": Words(
        "On customers kept apart the rules hardly tell anything: do not act on them.",
        "在留出的客户上规则几乎没有区分力：请勿据此行动。",
    ),
    "least_count": Words(
        "Only pairs that meet in at least {count} baskets and that chance does not explain.",
        "只列出至少同时出现 {count} 次、且超出偶然的产品组合。",
    ),
    "together_is_not_because": Words(
        "Bought together does not mean that offering one sells the other: test it with a hold-out.",
        "常一起购买不代表推荐其一就能带动另一个：请用保留对照组检验。",
    ),
    "clusters_too_uniform": Words(
        "Too few different customers for any number of groups.", "客户之间差异太少，无法分群。"
    ),
    "clusters_no_columns": Words("No variable to group by.", "没有可用于分群的变量。"),
    "clusters_wrong_k": Words("This number of groups is not possible.", "无法分成这么多类。"),
}

TITLES: dict[str, Words] = {
    "customers": Words("Customers", "客户数"),
    "variables": Words("Variables", "变量"),
    "baskets": Words("Baskets", "购物篮"),
    "pairs_found": Words("Pairs found", "找到的组合"),
    "chi2": Words("chi²", "卡方值"),
    "df": Words("Degrees of freedom", "自由度"),
    "p": Words("p", "p 值"),
    "cramers_v": Words("Strength (Cramér's V)", "关系强度（Cramér V）"),
    "clusters": Words("Clusters", "类数"),
    "stability": Words("Stability", "稳定性"),
    "rule_accuracy": Words("Rules agree with", "规则相符率"),
    "rows_used": Words("Complete rows", "完整数据行"),
    "factors": Words("Factors", "因子数"),
    "kmo": Words("KMO", "KMO 值"),
    "bartlett_p": Words("Bartlett's test (p)", "巴特利特检验 p 值"),
    "explained": Words("Variance explained", "累计解释比例"),
    "auc": Words("AUC on customers kept apart", "留出客户上的 AUC"),
    "r2_apart": Words("R² on customers kept apart", "留出客户上的 R²"),
    "r2": Words("R²", "R²"),
    "r2_adjusted": Words("Adjusted R²", "调整后 R²"),
    "pseudo_r2": Words("Pseudo-R² (McFadden)", "伪 R²（McFadden）"),
    "f_p": Words("Whole model (p)", "整体检验 p 值"),
    "aic": Words("AIC", "AIC"),
    "loglik": Words("Log-likelihood", "对数似然"),
    "yes_share": Words("Share of yes", "“是”的比例"),
    "other_levels": Words("Others", "其他"),
    "everybody": Words("everybody", "全部客户"),
    "factor_name": Words("Factor {number}: {variables}", "因子 {number}：{variables}"),
    "factor_number": Words("Factor {number}", "因子 {number}"),
    "eigenvalue": Words("Eigenvalue", "特征值"),
    "o_cluster": Words("Cluster", "类别"),
    **{f"s_{code}": words for code, words in STABILITY.items()},
    "v_taken": Words("taken", "采用"),
    "v_good": Words("possible", "可用"),
    "v_tiny": Words("a group too small", "有过小的类"),
    "v_unstable": Words("not stable enough", "不够稳定"),
}

HEADS: dict[str, Words] = {
    "t_variable": Words("Variable", "变量"),
    "t_known": Words("Known", "有值"),
    "t_unknown": Words("Unknown", "缺失"),
    "t_mean": Words("Mean", "平均值"),
    "t_spread": Words("Standard deviation", "标准差"),
    "t_least": Words("Least", "最小值"),
    "t_quarter": Words("25 %", "25% 分位"),
    "t_median": Words("Median", "中位数"),
    "t_three_quarters": Words("75 %", "75% 分位"),
    "t_most": Words("Most", "最大值"),
    "t_share": Words("Share", "占比"),
    "t_total": Words("Total", "合计"),
    "t_mean_of": Words("Mean of {variable}", "{variable}平均值"),
    "t_sum_of": Words("Sum of {variable}", "{variable}合计"),
    "t_count_of": Words("{variable} known", "{variable}有值数"),
    "t_median_of": Words("{variable} (median)", "{variable}（中位数）"),
    "t_first": Words("First", "变量一"),
    "t_second": Words("Second", "变量二"),
    "t_correlation": Words("Correlation", "相关系数"),
    "t_p": Words("p", "p 值"),
    "t_q": Words("p, adjusted", "校正后 p 值"),
    "t_rule": Words("Rule", "规则"),
    "t_purity": Words("Hits", "命中率"),
    "t_cover": Words("Share of the cluster", "占该类比例"),
    "t_k": Words("Clusters", "类数"),
    "t_stability": Words("Stability", "稳定性"),
    "t_stability_min": Words("Least stability", "最低稳定性"),
    "t_min_share": Words("Smallest cluster", "最小类占比"),
    "t_verdict": Words("Verdict", "结论"),
    "t_factor": Words("Factor", "因子"),
    "t_communality": Words("Communality", "共同度"),
    "t_kmo": Words("KMO", "KMO 值"),
    "t_ss": Words("Sum of squared loadings", "载荷平方和"),
    "t_times": Words("Times the average", "是平均的几倍"),
    "t_weight": Words("Weight", "系数"),
    "t_error": Words("Standard error", "标准误"),
    "t_z": Words("z", "z 值"),
    "t_low": Words("From (95 %)", "95% 下限"),
    "t_high": Words("To (95 %)", "95% 上限"),
    "t_one_spread": Words("Weight of one standard deviation", "标准化系数"),
    "t_vif": Words("VIF", "VIF"),
    "t_odds": Words("Odds ratio", "几率比"),
    "t_constant": Words("Constant", "常数项"),
    "t_level_of": Words("{variable} = {level}", "{variable} = {level}"),
    "t_bought": Words("Who buys", "购买了"),
    "t_also": Words("also buys", "也购买"),
    "t_both": Words("Baskets with both", "同时购买次数"),
    "t_confidence": Words("Confidence", "置信度"),
    "t_confidence_low": Words("At least (95 %)", "置信度下限（95%）"),
    "t_lift": Words("Lift", "提升度"),
}

#: Titles of tables ("table_") and charts ("chart_").
FRAMES: dict[str, Words] = {
    "table_numbers": Words("Figures", "数值变量"),
    "table_levels": Words("Frequencies", "频数"),
    "table_medians": Words("Medians by group", "各组中位数"),
    "table_counts": Words("Customers", "客户数"),
    "table_row_shares": Words("Shares within each row", "各行占比"),
    "table_means": Words("Means", "平均值"),
    "table_sums": Words("Sums", "合计"),
    "table_cell_medians": Words("Medians", "中位数"),
    "table_known": Words("Known values", "有值的客户数"),
    "table_correlations": Words("Correlations", "相关系数矩阵"),
    "table_pairs": Words("Pairs", "变量两两相关"),
    "table_clusters": Words("Clusters", "各类概况"),
    "table_rules": Words("Rules that describe the clusters", "描述各类的规则"),
    "table_stability": Words("Why this many clusters", "为什么分成这么多类"),
    "table_loadings": Words("Loadings", "因子载荷"),
    "table_explained": Words("Factors", "各因子"),
    "table_leaves": Words("Rules", "规则"),
    "table_coefficients": Words("Weights", "回归系数"),
    "table_pairs_bought": Words("Products bought together", "一起购买的产品"),
    "chart_distribution": Words("{var}", "{var}"),
    "chart_medians": Words("{var} by {group} (median)", "各{group}的{var}（中位数）"),
    "chart_row_shares": Words("{columns} within {rows}", "各{rows}中的{columns}"),
    "chart_cell_means": Words("Mean of {variable}", "{variable}平均值"),
    "chart_cell_sums": Words("Sum of {variable}", "{variable}合计"),
    "chart_cell_medians": Words("Median of {variable}", "{variable}中位数"),
    "chart_cell_known": Words("{variable}: customers with a value", "{variable}：有值的客户"),
    "chart_correlations": Words("Correlations", "相关系数"),
    "chart_cluster_sizes": Words("Customers by cluster", "各类客户数"),
    "chart_cluster_profiles": Words(
        "How the clusters differ (standard deviations from the mean)", "各类差异（偏离均值的标准差）"
    ),
    "chart_eigenvalues": Words("Eigenvalues", "特征值碎石图"),
    "chart_loadings": Words("Loadings", "因子载荷"),
    "chart_leaves": Words("{target} by rule", "各规则下的{target}"),
    "chart_weights": Words("Weights of one standard deviation", "标准化系数"),
}

SENTENCES: dict[str, Words] = {
    **CONCLUSIONS,
    **CAVEATS,
    **{f"clusters_{code}": words for code, words in CLUSTER_GUARDS.items()},
    **{f"factors_{code}": words for code, words in FACTOR_GUARDS.items()},
    **TITLES,
    **HEADS,
    **FRAMES,
}
