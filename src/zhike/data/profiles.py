"""Kinds of companies: sizes, business models and customer types, with their names in both languages.

Sizes follow the four classes of the 2017 Measures for the Classification of Large, Medium, Small and Micro
Enterprises for Statistics (国统字〔2017〕213号), reduced to the number of people, which a seller can know.
"""

from __future__ import annotations

SIZES: dict[str, dict[str, str]] = {
    "micro": {"zh": "微型（10 人以下）", "en": "Micro (under 10 people)"},
    "small": {"zh": "小型（10–99 人）", "en": "Small (10–99 people)"},
    "medium": {"zh": "中型（100–499 人）", "en": "Medium (100–499 people)"},
    "large": {"zh": "大型（500 人及以上）", "en": "Large (500 people and more)"},
}

BUSINESS_MODELS: dict[str, dict[str, str]] = {
    "manufacturer": {"zh": "生产制造", "en": "Manufacturer"},
    "wholesale": {"zh": "批发", "en": "Wholesale"},
    "retail": {"zh": "零售", "en": "Retail"},
    "ecommerce": {"zh": "电子商务", "en": "E-commerce"},
    "service": {"zh": "服务", "en": "Service"},
    "public": {"zh": "公共部门", "en": "Public sector"},
    "other": {"zh": "其他", "en": "Other"},
}

CUSTOMER_TYPES: dict[str, dict[str, str]] = {
    "end_user": {"zh": "终端客户", "en": "End customer"},
    "distributor": {"zh": "经销商", "en": "Distributor"},
    "agent": {"zh": "代理商", "en": "Agent"},
    "partner": {"zh": "合作伙伴", "en": "Partner"},
    "other": {"zh": "其他", "en": "Other"},
}
