"""Words of the report's sections about the future, in both languages."""
# ruff: noqa: E501 - a sentence on one line is found by searching for it

from __future__ import annotations

from zhike.analytics.words import Words

MODEL_WORDS: dict[str, Words] = {
    "value": Words("What customers will be worth", "客户未来价值"),
    "value_lead": Words(
        "Expected {basis} in the next {months} months, discounted by {discount} a year, from each customer's own purchase days and amounts. Leaving for good is already inside.",
        "根据每位客户自己的购买日期和金额，预测未来 {months} 个月的{basis}，年折现率 {discount}。客户离开的可能已经计入，不要再乘流失概率。",
    ),
    "value_total": Words("Expected value", "预期价值"),
    "value_total_hint": Words("in the next {n} months", "未来 {n} 个月"),
    "value_orders": Words("Expected orders", "预期订单天数"),
    "value_orders_hint": Words("days with a purchase", "有购买的天数"),
    "value_active": Words("Customers who will buy", "预计会购买的客户"),
    "value_active_hint": Words("of {n} customers", "共 {n} 位客户"),
    "value_top": Words("Top 20% of customers", "价值最高的 20% 客户"),
    "value_top_hint": Words("of the expected value", "占预期价值"),
    "value_tenths": Words("Expected value by tenth of the customers", "预期价值分布（客户十等分）"),
    "value_tenths_hint": Words(
        "Share of the expected value in percent; the most valuable tenth first.",
        "各十分之一客户占预期价值的百分比，从高到低。",
    ),
    "value_share": Words("Share of expected value", "占预期价值"),
    "value_tracking": Words("Tried on the past: all purchases", "用过去检验：累计复购"),
    "value_tracking_hint": Words(
        "Repeat purchases of all customers, counted from the first. Learned up to {day} (dashed line), then forecast.",
        "全体客户的累计复购次数。学习截至 {day}（虚线），之后为预测。",
    ),
    "value_calibration": Words("Tried on the past: forecast and truth", "用过去检验：预测与实际"),
    "value_calibration_hint": Words(
        "Mean purchases per customer after {day}, by tenth of the forecast.",
        "{day} 之后每位客户的平均购买次数，按预测值分为十组。",
    ),
    "actual": Words("actual", "实际"),
    "forecast": Words("forecast", "预测"),
    "value_method": Words("Method", "方法"),
    "value_model": Words("The model", "知客模型"),
    "value_past_rate": Words("past rate", "过去的频率"),
    "value_past_spend": Words("past spend", "过去的消费额"),
    "value_recency": Words("recency", "最近购买时间"),
    "value_bias": Words("All purchases", "总量偏差"),
    "value_mae": Words("Error per customer", "单客误差"),
    "value_gini": Words("Order by revenue", "按消费额排序"),
    "value_top_fifth": Words("Revenue of the best fifth", "前五分之一的消费额"),
    "value_auc": Words("Who buys at all", "是否会购买"),
    "value_scores_hint": Words(
        "{customers} customers, {purchases} later purchases. Ordering: 1 is perfect, 0 (who buys: 0.5) is chance. The {interval} interval held for {coverage} of the customers.",
        "{customers} 位客户，之后 {purchases} 次购买。排序指标 1 为完全正确，0（是否会购买：0.5）为随机。{interval} 区间覆盖了 {coverage} 的客户。",
    ),
    "value_top_customers": Words("Highest expected value", "预期价值最高的客户"),
    "p_active": Words("Will buy", "会购买"),
    "expected_orders": Words("Orders", "订单天数"),
    "clv": Words("Expected value", "预期价值"),
    "clv_range": Words("Range ({interval})", "区间（{interval}）"),
    "margin_value": Words("margin", "毛利"),
    "net_revenue_value": Words("net revenue", "净消费额"),
    "not_forecast": Words("Not forecast", "未作预测"),
    "leaving": Words("Who may leave, and what goes with them", "流失风险与风险价值"),
    "leaving_lead": Words(
        "The probability that a customer buys nothing in the next {days} days, learned from who did not come back in earlier periods. Value at risk is that probability times the {basis} of the same days if the customer stays.",
        "客户在未来 {days} 天内不再购买的概率，从过去各时期没有回来的客户中学得。风险价值 = 该概率 × 客户若留下在这段时间的{basis}。",
    ),
    "leaving_expected": Words("Expected to leave", "预计流失"),
    "leaving_expected_hint": Words("of {n} customers scored", "已评分客户 {n} 位"),
    "leaving_risk": Words("Value at risk", "风险价值"),
    "leaving_risk_hint": Words("in the next {n} days", "未来 {n} 天"),
    "leaving_auc": Words("Tells leavers apart", "区分度"),
    "leaving_auc_hint": Words(
        "0.5 is chance, 1 perfect; recency alone {n}", "0.5 为随机，1 为完美；只看最近购买时间为 {n}"
    ),
    "leaving_lift": Words("Best tenth of the list", "风险最高的十分之一"),
    "leaving_lift_hint": Words("times as many leavers as average", "流失客户是平均水平的倍数"),
    "leaving_calibration": Words("Tried on the past: probability and truth", "用过去检验：概率与实际"),
    "leaving_calibration_hint": Words(
        "Share of customers who left, in percent, by group of forecast probability.",
        "按预测概率分组，各组实际流失的客户百分比。",
    ),
    "leaving_tenths": Words("Leavers found by tenth of the list", "名单各十分之一找到的流失客户"),
    "leaving_tenths_hint": Words(
        "As a multiple of the average; the riskiest tenth first.", "相对平均水平的倍数，风险最高的在前。"
    ),
    "leaving_top": Words("Highest value at risk", "风险价值最高的客户"),
    "leaving_probability": Words("Probability", "流失概率"),
    "leaving_reason": Words("What raises it", "主要原因"),
    "coming": Words("When customers order next", "客户下次下单"),
    "coming_lead": Words(
        "From each customer's own pauses between purchases, drawn toward those of all. The day with which half of the next orders will have come.",
        "根据每位客户自己的购买间隔（向全体间隔收缩）估计：到这一天，下次下单的可能过半。",
    ),
    "coming_weeks": Words("Expected next orders by week", "每周预计下单的客户"),
    "coming_weeks_hint": Words(
        "Customers whose next order is expected in the week; the first week begins on {day}.",
        "预计在该周下单的客户数，第 1 周从 {day} 开始。",
    ),
    "coming_customers": Words("Customers", "客户数"),
    "coming_due": Words("Due in the next 30 days", "未来 30 天内预计下单"),
    "coming_due_hint": Words("customers, of {n} with a rhythm", "位客户，有节奏的客户共 {n} 位"),
    "coming_overdue": Words("Overdue", "逾期未购"),
    "coming_overdue_hint": Words("waiting for more than twice their pause", "等待已超过自身间隔的两倍"),
    "coming_mae": Words("Error of the date", "日期误差"),
    "coming_mae_hint": Words(
        "days, tried on the past; one pause for all {n}", "天，用过去检验；统一间隔为 {n} 天"
    ),
    "coming_list": Words("Due soon, the best customers first", "近期预计下单的重要客户"),
    "coming_day": Words("Expected", "预计日期"),
    "coming_range": Words("Half of the time between", "一半可能在"),
    "coming_cycle": Words("Own pause", "购买间隔"),
    "coming_cycle_days": Words("{n} days", "{n} 天"),
    "offers": Words("What to offer", "推荐商品"),
    "offers_lead": Words(
        "First what a customer buys again and again, then what customers of similar taste bought and this one has not.",
        "先推荐客户反复购买的商品，再推荐口味相近的客户买过而该客户没有买过的商品。",
    ),
    "offers_again": Words("Next basket found", "命中下次购买"),
    "offers_again_hint": Words(
        "of its products among ten; the best sellers {n}", "前十件命中的商品占比；畅销品为 {n}"
    ),
    "offers_fresh": Words("New products found", "命中首次购买的商品"),
    "offers_fresh_hint": Words("of them among ten; the best sellers {n}", "前十件命中占比；畅销品为 {n}"),
    "offers_customers": Words("Customers with an offer", "有推荐的客户"),
    "offers_customers_hint": Words("of {n}", "共 {n} 位"),
    "offers_list": Words("Offers for the best customers", "重要客户的推荐"),
    "offers_products": Words("Products", "商品"),
    "offer_bought_times": Words("bought on {times} of {visits} days", "{visits} 次购买中买过 {times} 次"),
    "offer_bought_with": Words("goes with {product}", "与 {product} 相配"),
    "offer_popular_in_segment": Words("popular now", "近期热销"),
}
