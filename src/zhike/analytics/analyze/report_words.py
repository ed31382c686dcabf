"""The words of report.html: key → English and Chinese."""
# ruff: noqa: E501 - a sentence on one line is found by searching for it

from __future__ import annotations

from zhike.analytics.analyze.model_words import MODEL_WORDS
from zhike.analytics.words import Words

W: dict[str, Words] = {
    "title": Words("Customer value report", "客户价值分析报告"),
    "made_by": Words("Made by Zhike", "由知客生成"),
    "as_of": Words("As of", "截至"),
    "period": Words("Orders from {first} to {last}", "订单区间 {first} 至 {last}"),
    "source": Words("Source", "数据来源"),
    "notice": Words("Please read with care", "阅读提示"),
    "customers": Words("Customers", "客户数"),
    "customers_hint": Words("with at least one purchase", "至少有一次购买"),
    "orders": Words("Orders", "订单数"),
    "orders_hint": Words("{n} per customer", "人均 {n} 笔"),
    "revenue": Words("Revenue", "消费额"),
    "revenue_hint": Words("{n} per customer", "客均 {n}"),
    "net": Words("Net revenue", "净消费额"),
    "net_hint": Words("after returns", "扣除退货"),
    "returns": Words("Returns", "退货额"),
    "returns_hint": Words("{n} of revenue", "占消费额 {n}"),
    "average": Words("Average order", "平均订单金额"),
    "average_hint": Words("half of the customers spent less than {n}", "半数客户累计消费不足 {n}"),
    "repeat": Words("Repeat customers", "复购客户占比"),
    "repeat_hint": Words("{n} customers ordered again", "{n} 位客户再次下单"),
    "top20": Words("Top 20% of customers", "前 20% 客户贡献"),
    "top20_hint": Words("of the revenue", "占全部消费额"),
    "pareto": Words("Pareto: who brings the revenue", "二八分析：收入来自谁"),
    "pareto_lead": Words(
        "The best 20% of the customers ({n}) bring {share} of the revenue; 80% of the revenue needs {need} customers, {need_share} of all.",
        "前 20% 的客户（{n} 位）贡献了 {share} 的消费额；要凑足 80% 的消费额，需要 {need} 位客户，占 {need_share}。",
    ),
    "pareto_x": Words("Share of customers, best first", "客户占比（从高到低）"),
    "pareto_y": Words("Share of revenue", "消费额占比"),
    "pareto_point": Words("Top 20% bring {share}", "前 20% 客户贡献 {share}"),
    "pareto_need": Words("80% from {share} of customers", "80% 来自 {share} 的客户"),
    "equal": Words("if all were equal", "若人人相同"),
    "top_k": Words("Top {k}", "前 {k}"),
    "by_revenue": Words("Share of revenue", "消费额占比"),
    "by_net": Words("Share of net revenue", "净消费额占比"),
    "abc": Words("ABC classes (by {basis})", "ABC 分类（按{basis}）"),
    "class": Words("Class", "类别"),
    "months": Words("Net revenue by month", "每月净消费额"),
    "months_partial": Words("{month} ends with the data of {day}.", "{month} 的数据只到 {day}。"),
    "rfm": Words("RFM: recency, frequency, money", "RFM：最近购买、频次、金额"),
    "rfm_lead": Words(
        "Each customer has a score from 1 to 5 for how recently and how often they bought and for how much; equal values share a score. Above the mean counts as high.",
        "按最近购买、购买频次、消费金额各评 1–5 分，数值相同的客户得分相同；高于平均分记为“高”。",
    ),
    "rfm_grid": Words("Customers by recency and frequency", "最近购买 × 购买频次"),
    "rfm_r": Words("Recency score (R)", "最近购买得分 R"),
    "rfm_f": Words("Frequency score (F)", "频次得分 F"),
    "rfm_cell": Words(
        "R {r}, F {f}: {n} customers, {net} net revenue each", "R {r}、F {f}：{n} 位客户，客均净消费 {net}"
    ),
    "rfm_hint": Words("Customers; the darker, the more", "格内为客户数，颜色越深客户越多"),
    "segment": Words("Segment", "客户分类"),
    "share_customers": Words("Share of customers", "客户占比"),
    "share_revenue": Words("Share of revenue", "消费额占比"),
    "lifecycle": Words("Lifecycle", "生命周期"),
    "lifecycle_lead": Words(
        "Judged by each customer's own rhythm of buying; the median rhythm of the base is {gap} days. At risk: {risk} times the expected pause without a purchase; lost: {lost} times.",
        "按每位客户自己的购买节奏判断，全体客户的节奏中位数为 {gap} 天。超过预期间隔 {risk} 倍未购买为流失预警，超过 {lost} 倍为流失。",
    ),
    "stage": Words("Stage", "阶段"),
    "tiers": Words("Tiers", "客户等级"),
    "tiers_lead": Words("Score of 0–100 from: {parts}.", "综合得分 0–100，由以下维度加权：{parts}。"),
    "tier": Words("Tier", "等级"),
    "from_score": Words("From score", "起始得分"),
    "top_customers": Words("The {n} most valuable customers", "最有价值的 {n} 位客户"),
    "win_back": Words("Valuable customers you are about to lose", "正在流失的高价值客户"),
    "win_back_lead": Words(
        "High tiers whose own rhythm says that they are overdue, most valuable first.",
        "等级较高、按自身节奏早该再来却没有来的客户，按价值排序。",
    ),
    "customer": Words("Customer", "客户"),
    "last_order": Words("Last order", "最近购买"),
    "days_ago": Words("{n} days ago", "{n} 天前"),
    "why": Words("Why this tier", "等级依据"),
    "quality": Words("What was counted", "数据口径与质量"),
    "rows": Words("Rows", "行数"),
    "rows_total": Words("Rows in the file", "文件总行数"),
    "rows_purchase": Words(
        "Purchases by known customers (counted as revenue)", "已知客户的购买（计入消费额）"
    ),
    "rows_return": Words("Returns by known customers", "已知客户的退货"),
    "rows_anonymous": Words("Without a customer (in no customer figure)", "没有客户（不计入任何客户指标）"),
    "rows_ignored": Words("Left out: {reason}", "未计入：{reason}"),
    "rows_rejected": Words("Not readable: {reason}", "无法读取：{reason}"),
    "rows_after": Words("After the as-of date", "晚于截至日期"),
    "note_repeated": Words(
        "{n} rows repeat an earlier row exactly. They were counted: the same product may stand twice in an order.",
        "有 {n} 行与前面的行完全相同，仍计入统计（同一商品可以在一张订单中出现两次）。",
    ),
    "note_returns_only": Words(
        "{n} customers have returns only ({amount}); they are in no customer count and listed in returns_only.csv.",
        "有 {n} 位客户只有退货（{amount}），不计入客户数，另列于 returns_only.csv。",
    ),
    "note_anonymous": Words("Sales without a customer come to {amount}.", "没有客户的销售额为 {amount}。"),
    "note_rejected": Words(
        "The unreadable rows are listed in rejected_rows.csv.", "无法读取的行列于 rejected_rows.csv。"
    ),
    "example": Words("Example: row {row}, {column}: {reason}", "例：第 {row} 行“{column}”：{reason}"),
    "columns_used": Words("Columns used", "使用的列"),
    "field": Words("Meaning", "含义"),
    "column": Words("Column of the file", "文件中的列"),
    "method": Words("How it was calculated", "计算方法"),
    "version": Words("Version of the analysis", "分析版本"),
    "method_rfm": Words(
        "RFM scores by value: 1 + ⌊5 · share of customers with a strictly worse value⌋. Money is {basis}.",
        "RFM 按数值评分：1 + ⌊5 × 比其差的客户占比⌋，金额取{basis}。",
    ),
    "method_customer": Words(
        "A customer counts with at least one purchase: known, not cancelled, quantity and price above zero.",
        "至少有一次购买（客户已知、未取消、数量与金额大于零）才计为客户。",
    ),
    "method_return": Words(
        "A return is a negative quantity or amount, a credit note (C12345) or a return status.",
        "数量或金额为负、红字单号（C12345）或退货状态的行记为退货。",
    ),
    "revenue_basis": Words("revenue", "消费额"),
    "net_revenue_basis": Words("net revenue", "净消费额"),
    "margin_basis": Words("margin", "毛利"),
    "none": Words("None.", "暂无。"),
    "encoding": Words("Encoding", "编码"),
    "total": Words("Total", "合计"),
} | MODEL_WORDS


class ReportWords:
    """`words("orders_hint", n="4.3")` in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, key: str, **values: object) -> str:
        return W[key].text(self.lang).format(**values)
