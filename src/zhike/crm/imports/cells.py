"""From the text of a cell to a plain value of its field, or the problem with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import TextChoices
from django.utils import translation

from zhike.analytics.tabular import (
    NumberStyle,
    Order,
    Problem,
    Remembered,
    clean,
    half_width,
    parse_amount,
    parse_boolean,
    parse_date,
    parse_email,
    parse_gender,
    parse_phone,
)
from zhike.crm.customers.choices import Gender
from zhike.crm.customers.custom_fields import separated
from zhike.crm.imports.fields import ImportField
from zhike.data import industries, regions

Value = Any
Parse = Callable[[str], Value]

# Words of everyday files beside the labels of the interface.
_SYNONYMS = {
    "company": ("企业", "公司", "单位", "法人", "机构", "b", "business", "organization", "corporate"),
    "person": ("个人", "自然人", "个人客户", "c", "individual", "consumer"),
    "micro": ("微型", "微型企业", "微"),
    "small": ("小型", "小型企业", "小"),
    "medium": ("中型", "中型企业", "中"),
    "large": ("大型", "大型企业", "大"),
    "end_user": ("终端", "终端客户", "最终用户", "直客"),
    "distributor": ("经销商", "分销商", "批发商"),
    "agent": ("代理", "代理商"),
    "partner": ("合作伙伴", "伙伴"),
    "manufacturer": ("生产", "制造", "生产型", "制造商", "厂家"),
    "wholesale": ("批发", "贸易", "批发商"),
    "retail": ("零售", "门店", "零售商"),
    "ecommerce": ("电商", "网店", "电子商务"),
    "service": ("服务", "服务商"),
    "public": ("政府", "事业单位", "公共部门"),
    "decision_maker": ("决策人", "负责人", "老板", "决策者"),
    "purchaser": ("采购", "采购员", "采购人"),
    "user": ("使用人", "用户"),
    "finance": ("财务", "会计", "出纳"),
    "influencer": ("影响人", "影响者"),
    "other": ("其他", "其它", "others"),
    "solar": ("公历", "阳历", "solar"),
    "lunar": ("农历", "阴历", "lunar"),
}


def cell_parser(
    target: ImportField, *, order: Order | None = None, style: NumberStyle | None = None
) -> Remembered[Value]:
    """A remembering parser for one column."""
    return Remembered(_parser(target, order, style))


def _parser(target: ImportField, order: Order | None, style: NumberStyle | None) -> Parse:
    if target.kind in ("moment", "day"):
        return lambda text: _date(text, order, day=target.kind == "day")
    if target.kind in ("amount", "quantity"):
        return lambda text: _number(parse_amount(text, style))
    if target.kind == "choice" and target.choices is not None:
        choices = target.choices
        return lambda text: _choice(text, choices)
    if target.kind in ("phone", "email"):
        return lambda text: _contact(text, target)
    simple = _SIMPLE.get(target.kind)
    return simple if simple else lambda text: _text(text, target.max_length)


def _text(text: str, limit: int) -> Value:
    value = clean(text)
    if limit and len(value) > limit:
        return Problem("text_too_long", {"length": len(value), "limit": limit})
    return value or None


def _number(value: Decimal | Problem | None) -> Value:
    return value if value is None or isinstance(value, Problem) else str(value)


def _date(text: str, order: Order | None, *, day: bool) -> Value:
    value = parse_date(text, order)
    if not isinstance(value, datetime):
        return value
    return value.date().isoformat() if day else value.isoformat()


def _contact(text: str, target: ImportField) -> Value:
    """Checked as a number or address, kept as it was written (an e-mail in lower case)."""
    value = parse_phone(text) if target.kind == "phone" else parse_email(text)
    if value is None or isinstance(value, Problem):
        return value
    return _text(half_width(text), target.max_length) if target.kind == "phone" else value


def _choice(text: str, choices: type[TextChoices]) -> Value:
    word = clean(text).casefold()
    if not word:
        return None
    if choices is Gender:
        return parse_gender(text)
    found = _words(choices).get(word)
    if found is None:
        return Problem("unknown_choice", {"value": clean(text), "known": _labels(choices)})
    return found


@lru_cache
def _words(choices: type[TextChoices]) -> dict[str, str]:
    words: dict[str, str] = {}
    for value, label in choices.choices:
        for language in ("zh-hans", "en"):
            with translation.override(language):
                words.setdefault(str(label).casefold(), value)
                words.setdefault(str(label).split(" (")[0].split("（")[0].casefold(), value)
        for word in (value, *_SYNONYMS.get(value, ())):
            words.setdefault(word, value)
    return words


def _labels(choices: type[TextChoices]) -> list[str]:
    return [str(label) for _value, label in choices.choices]


def _province(text: str) -> Value:
    value = clean(text)
    if not value:
        return None
    unit = regions.find_province(value)
    return unit.code if unit else Problem("unknown_province", {"value": value})


def _city(text: str) -> Value:
    """Names that several provinces have are settled later, when the row's province is known."""
    return clean(text) or None


def _industry(text: str) -> Value:
    value = clean(text)
    if not value:
        return None
    unit = industries.find_industry(value)
    return unit.code if unit else Problem("unknown_industry", {"value": value})


_CURRENCIES = {
    "¥": "CNY",
    "￥": "CNY",
    "人民币": "CNY",
    "rmb": "CNY",
    "元": "CNY",
    "美元": "USD",
    "$": "USD",
    "us$": "USD",
    "欧元": "EUR",
    "€": "EUR",
    "英镑": "GBP",
    "£": "GBP",
    "港币": "HKD",
    "港元": "HKD",
    "日元": "JPY",
}


def _currency(text: str) -> Value:
    value = clean(text)
    if not value:
        return None
    code = _CURRENCIES.get(value.lower(), value.upper())
    ok = len(code) == 3 and code.isascii() and code.isalpha()
    return code if ok else Problem("unknown_currency", {"value": value})


_SIMPLE: dict[str, Parse] = {
    "boolean": lambda text: _flag(parse_boolean(text)),
    "province": _province,
    "city": _city,
    "industry": _industry,
    "currency": _currency,
    "number": lambda text: _number(parse_amount(text)),
}


def _flag(value: bool | Problem | None) -> Value:
    return int(value) if isinstance(value, bool) else value


def custom_parser(field_type: str, choices: list[str]) -> Parse:
    """Cells of a field that the company added itself."""
    if field_type == "number":
        return lambda text: _json_number(parse_amount(text))
    if field_type == "date":
        return lambda text: _date(text, None, day=True)
    if field_type == "boolean":
        return lambda text: parse_boolean(text)
    if field_type == "choice" and choices:
        return lambda text: _known(text, choices)
    if field_type == "multiple":
        return lambda text: _several(text, choices)
    return lambda text: _text(text, 1000)


def _json_number(value: Decimal | Problem | None) -> Value:
    """As custom fields keep numbers: whole ones as such."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _several(text: str, choices: list[str]) -> Value:
    """Several of the known values in one cell, in the order in which they are offered."""
    given = separated(clean(text))
    unknown = [value for value in given if value not in choices]
    if unknown:
        return Problem("unknown_choice", {"value": unknown[0], "known": choices[:20]})
    return [value for value in choices if value in given] or None


def _known(text: str, choices: list[str]) -> Value:
    value = clean(text)
    if not value or value in choices:
        return value or None
    return Problem("unknown_choice", {"value": value, "known": choices[:20]})
