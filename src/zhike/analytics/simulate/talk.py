"""What is said in interactions and complaints: phrases by topic, with the next step where one follows."""

from __future__ import annotations

# topic → (kind weights over KINDS, share of inbound, phrases, outcomes)
KINDS = ("call", "visit", "negotiation", "message", "email")

PHRASES: dict[str, tuple[str, ...]] = {
    "routine": (
        "例行回访，了解近期用量和库存情况",
        "介绍本月新品和活动价",
        "确认下月采购计划",
        "拜访采购负责人，现场了解使用情况",
        "发送最新报价单",
        "提醒对账并确认发票信息",
        "节日问候，客户反馈良好",
        "沟通样品试用结果",
    ),
    "inbound": (
        "客户来电咨询产品规格和交期",
        "客户询问订单物流进度",
        "客户微信索要报价",
        "客户邮件要求补开发票",
        "客户咨询大宗采购折扣",
    ),
    "price": (
        "客户反映报价偏高，要求再降",
        "客户对比同行价格，认为我们没有优势",
        "客户要求延长账期并下调单价",
    ),
    "service": ("客户抱怨问题反馈后一直没人跟进", "客户对售后响应速度不满意", "客户要求更换对接人"),
    "delivery": ("客户催货，表示已影响生产", "客户抱怨多次延期到货", "客户要求说明延迟原因"),
    "competitor": (
        "客户提到正在试用其他供应商的产品",
        "客户表示同行给出了更优方案",
        "客户减少本月采购计划，称已有备选供应商",
    ),
    "closed": ("客户表示业务收缩，暂停采购", "客户通知门店即将关闭", "客户公司正在办理注销"),
}
OUTCOMES = ("有意向", "待跟进", "已解答", "暂无需求", "未接通")
OUTCOME_WEIGHTS = (22, 30, 28, 14, 6)
NEXT_STEPS = ("发送报价单", "寄送样品", "安排上门拜访", "确认合同条款", "回访采购结果")

COMPLAINTS: dict[str, tuple[str, ...]] = {
    "quality": ("到货产品有破损", "产品与样品不一致", "使用一周后出现质量问题"),
    "delivery": ("未按承诺时间送达", "漏发部分商品", "送货地址错误导致延误"),
    "service": ("客服多次承诺回电未兑现", "售后处理拖延", "业务员态度不佳"),
    "price": ("结算单价与报价不符", "活动优惠未兑现"),
    "invoice": ("发票抬头开错", "发票迟迟未寄出"),
}


def phrase_index() -> tuple[list[str], dict[str, tuple[int, int]]]:
    """All phrases in one list, and for each topic its first position and number."""
    return _index(PHRASES)


def complaint_index() -> tuple[list[str], dict[str, tuple[int, int]]]:
    return _index(COMPLAINTS)


def _index(texts: dict[str, tuple[str, ...]]) -> tuple[list[str], dict[str, tuple[int, int]]]:
    flat: list[str] = []
    spans: dict[str, tuple[int, int]] = {}
    for topic, phrases in texts.items():
        spans[topic] = (len(flat), len(phrases))
        flat.extend(phrases)
    return flat, spans
