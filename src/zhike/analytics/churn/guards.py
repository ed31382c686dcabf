"""When a churn model is silent, simpler or doubted: thresholds, codes and their words."""

from __future__ import annotations

from zhike.analytics.words import Words

MIN_CUSTOMERS = 200
MIN_PER_CLASS = 30
# From here on boosting may replace logistic regression, and isotonic calibration the sigmoid.
MIN_BOOSTING = 1_000
# By how much of AUC, out of fold, boosting must be better.
BOOSTING_MARGIN = 0.003
MAX_ECE = 0.05
MAX_PSI = 0.25
# No honest model of people leaving is that good by one field alone.
SUSPICIOUS_AUC = 0.90
WEAK_AUC = 0.60

GUARDS: dict[str, Words] = {
    "few_customers": Words(
        f"Fewer than {MIN_CUSTOMERS} customers to learn from: no model, only the customer's own rhythm.",
        f"可学习的客户少于 {MIN_CUSTOMERS} 位：不建模型，只按客户自身的购买节奏判断。",
    ),
    "few_churners": Words(
        f"Fewer than {MIN_PER_CLASS} customers left: no model, only the customer's own rhythm.",
        f"流失客户少于 {MIN_PER_CLASS} 位：不建模型，只按客户自身的购买节奏判断。",
    ),
    "few_kept": Words(
        f"Fewer than {MIN_PER_CLASS} customers stayed: no model, only the customer's own rhythm.",
        f"留存客户少于 {MIN_PER_CLASS} 位：不建模型，只按客户自身的购买节奏判断。",
    ),
    "short_history": Words(
        "The orders do not reach back far enough to see who came back: no model yet.",
        "订单历史太短，还看不出谁会再来：暂不建模型。",
    ),
    "simple_model": Words(
        f"Fewer than {MIN_BOOSTING} customers: a simple, strongly shrunk model.",
        f"客户少于 {MIN_BOOSTING} 位：采用强收缩的简单模型。",
    ),
    "no_time_validation": Words(
        "The history is too short to check the model on a later period; it was checked on other customers.",
        "历史太短，无法用之后的时期检验模型；改用未参与训练的客户检验。",
    ),
    "suspicious_auc": Words(
        f"The model is too good to be true (AUC above {SUSPICIOUS_AUC}, nearly all of it by one field): "
        "that field probably knows the outcome.",
        f"模型好得不真实（AUC 高于 {SUSPICIOUS_AUC}，且几乎全靠单个字段）：该字段可能泄露了结果。",
    ),
    "possible_leak": Words(
        "A field looks as if it were filled in after the customer had left.",
        "有字段疑似在客户流失之后才填写。",
    ),
    "weak_model": Words(
        f"The model hardly tells who leaves (AUC below {WEAK_AUC}): read the order, not the probability.",
        f"模型区分力弱（AUC 低于 {WEAK_AUC}）：只看排序，不看概率。",
    ),
    "one_time_unpredictable": Words(
        "Customers with one purchase are nearly unpredictable.",
        "只购买过一次的客户几乎无法预测。",
    ),
    "recalibrated": Words(
        "Probabilities were recalibrated on the latest labelled period.",
        "概率已按最近一个有结果的时期重新校准。",
    ),
    "stale": Words(
        f"Today's customers differ from those the model learned from (PSI above {MAX_PSI}): retrain.",
        f"当前客户与训练时差异较大（PSI 高于 {MAX_PSI}）：请重新训练。",
    ),
}


def too_small(customers: int, churners: int, kept: int) -> list[str]:
    """The guards that forbid a model; empty when there is enough to learn from."""
    found = ["few_customers"] if customers < MIN_CUSTOMERS else []
    found += ["few_churners"] if churners < MIN_PER_CLASS else []
    return found + (["few_kept"] if kept < MIN_PER_CLASS else [])
