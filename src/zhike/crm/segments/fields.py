"""What conditions may speak about in this installation: fields, sources, dates that come round, classes.

``whole`` reads every definition that was ever saved; ``offered`` is what the builder shows one person: what
has data, and what the person may see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from django.db.models import TextChoices

from zhike.analytics.lifecycle import OUTSIDE, STAGES
from zhike.analytics.rfm import SEGMENTS
from zhike.analytics.segments import (
    Catalogue,
    Changing,
    Field,
    Occasion,
    Source,
    by_name,
    levels_of,
    standard_catalogue,
)
from zhike.analytics.segments.catalogue import (
    CHOICE,
    DATE,
    FLAG,
    MONEY,
    NUMBER,
    SHARE,
    TAGS,
    TEXT,
)
from zhike.analytics.words import Words
from zhike.crm.accounts.models import Team, User
from zhike.crm.catalog.models import Category
from zhike.crm.customers.choices import (
    BusinessModel,
    CustomerType,
    FieldType,
    Gender,
    Kind,
    Size,
)
from zhike.crm.customers.models import CustomField, Tag
from zhike.crm.insight import ranks
from zhike.crm.interactions.models import InteractionKind
from zhike.crm.prediction.choices import RhythmStatus
from zhike.crm.segments import purchases
from zhike.crm.segments.speaking import in_both
from zhike.data import industries, regions
from zhike.platform import memo
from zhike.platform.permissions import allowed

Choices = tuple[tuple[str, Words], ...]
#: The last bit of the mask of categories is shared by all further ones.
CATEGORIES = 62
TIER = "tier"
_OWN_TYPES = {
    FieldType.TEXT: TEXT,
    FieldType.NUMBER: NUMBER,
    FieldType.DATE: DATE,
    FieldType.BOOLEAN: FLAG,
    FieldType.CHOICE: CHOICE,
    FieldType.MULTIPLE: TAGS,
}


def whole() -> Catalogue:
    """Everything that a definition may name, with the words and values of this installation."""
    return memo.once("what conditions speak about", _whole)


def _whole() -> Catalogue:
    standard = standard_catalogue()
    values = _choices()
    fields = [_known(field, values) for field in standard.fields.values() if field.name != "profiled"]
    own = own_fields()
    return Catalogue(
        fields=by_name([*fields, *_people(), *_predicted(), *_own(own)]),
        sources=by_name(_sources()),
        occasions=by_name(_occasions(own)),
        changing=by_name(_changing()),
        customers="people",
    )


def offered(user: Any, known: Collection[str]) -> Catalogue:
    """``known`` names the columns (``people.city``) and relations (``contacts``) that have data."""
    everything = whole()
    return replace(
        everything,
        fields=by_name(_usable(everything.fields.values(), "people", user, known)),
        sources=by_name(
            replace(source, fields=by_name(_usable(source.fields.values(), source.relation, user, known)))
            for source in everything.sources.values()
            if source.relation in known
        ),
        occasions=by_name(o for o in everything.occasions.values() if f"people.{o.column}" in known),
        changing=by_name(c for c in everything.changing.values() if c.relation in known),
    )


def _usable(fields: Iterable[Field], relation: str, user: Any, known: Collection[str]) -> list[Field]:
    gone = {own_column(one.pk) for one in own_fields() if one.archived_at is not None}
    return [
        field
        for field in fields
        if f"{relation}.{field.column}" in known
        and field.column not in gone
        and (user is None or not field.privacy or allowed(user, field.privacy))
    ]


def _known(field: Field, values: Mapping[str, tuple[Choices, bool]]) -> Field:
    """A field of the standard catalogue with the values that it takes here."""
    found = values.get(field.name)
    if field.name == TIER:
        return replace(field, choices=_tiers(), former=_former_tiers())
    if found is None:
        return field
    choices, is_open = found
    return replace(field, choices=choices, open=is_open)


def _choices() -> dict[str, tuple[Choices, bool]]:
    closed: dict[str, type[TextChoices]] = {
        "kind": Kind,
        "size": Size,
        "customer_type": CustomerType,
        "gender": Gender,
        "business_model": BusinessModel,
    }
    found: dict[str, tuple[Choices, bool]] = {
        name: (in_both(values), False) for name, values in closed.items()
    }
    found |= {name: (choices, True) for name, choices in _references().items()}
    found["lifecycle"] = tuple({**STAGES, **OUTSIDE}.items()), False
    found["rfm.segment"] = tuple(SEGMENTS.items()), False
    found["abc"] = tuple((one, Words(f"Class {one}", f"{one} 类")) for one in "ABC"), False
    return found


@cache
def _references() -> dict[str, Choices]:
    """Values that come with the product."""
    return {
        "industry": _reference(industries.industries()),
        "region": _reference(regions.provinces()),
        "city": _reference(regions.cities()),
    }


def _reference(units: Iterable[Any]) -> Choices:
    return tuple((unit.code, Words(unit.label("en"), unit.label("zh"))) for unit in units)


def _tiers() -> Choices:
    return levels_of(ranks.now().order)


def levels_by(tiers: ranks.Ranks) -> tuple[str, ...]:
    """Codes of tiers by the place that is counted where customers are read."""
    return tuple(code for code, _words in levels_of(tiers.order))


def with_levels(catalogue: Catalogue, levels: Sequence[str] | None) -> Catalogue:
    """The catalogue for relations whose tiers are counted in this order."""
    tier = catalogue.fields[TIER]
    if levels is None or tuple(levels) == tier.levels:
        return catalogue
    known = dict((*tier.choices, *tier.former))
    placed = replace(tier, choices=tuple((code, known.get(code, _same(code))) for code in levels))
    return replace(catalogue, fields={**catalogue.fields, TIER: placed})


def _former_tiers() -> Choices:
    return tuple((tier.code, tier.name) for tier in ranks.now().former)


def marked_former(former: Choices) -> Choices:
    """Choices that there were once, called so."""
    return tuple(
        (code, Words(f"{words.en or words.zh} (former)", f"{words.zh or words.en}（已停用）"))
        for code, words in former
    )


def _people() -> list[Field]:
    owners = ((str(user.pk), _same(str(user))) for user in User.objects.filter(is_active=True))
    teams = ((str(team.pk), _same(team.name)) for team in Team.objects.all())
    tags = ((tag.name, _same(tag.name)) for tag in Tag.objects.all())
    return [
        Field("owner", CHOICE, Words("Owner", "负责人"), "owner", choices=tuple(owners), open=True),
        Field("team", CHOICE, Words("Team", "团队"), "team", choices=tuple(teams), open=True),
        Field("tags", TAGS, Words("Tags", "标签"), "tags", choices=tuple(tags), open=True),
        Field("created", DATE, Words("Created", "建档日期"), "created_day"),
        Field("last_contact", DATE, Words("Last contact", "最近联系日期"), "last_contact"),
        Field(
            "days_since_contact",
            NUMBER,
            Words("Days since the last contact", "距最近联系天数"),
            "contact_days",
            unit="days",
        ),
        Field("has_phone", FLAG, Words("Has a phone number", "有电话"), "has_phone"),
        Field("has_email", FLAG, Words("Has an e-mail address", "有邮箱"), "has_email"),
    ]


def _predicted() -> list[Field]:
    statuses = tuple(one for one in in_both(RhythmStatus) if one[0])
    scores = (
        ("clv.value", MONEY, Words("Value of the next 12 months", "未来 12 个月价值"), "clv", ""),
        ("clv.low", MONEY, Words("Lower limit of the value", "价值下限"), "clv_low", ""),
        ("clv.high", MONEY, Words("Upper limit of the value", "价值上限"), "clv_high", ""),
        ("clv.p_active", SHARE, Words("Activity probability", "活跃概率"), "p_active", "share"),
        ("clv.orders", NUMBER, Words("Expected orders", "预期订单数"), "expected_orders", "orders"),
        ("churn.probability", SHARE, Words("Churn probability", "流失概率"), "churn_probability", "share"),
        ("churn.value_at_risk", MONEY, Words("Value at risk", "风险价值"), "value_at_risk", ""),
        (
            "rhythm.cycle_days",
            NUMBER,
            Words("Purchase rhythm in days", "购买周期（天）"),
            "cycle_days",
            "days",
        ),
        ("rhythm.ratio", NUMBER, Words("Silence against rhythm", "沉默与周期之比"), "rhythm_ratio", ""),
        ("rhythm.next_order", DATE, Words("Next order expected", "预计下次下单"), "next_order_expected", ""),
        ("rhythm.status", CHOICE, Words("Rhythm", "购买节奏"), "rhythm_status", ""),
    )
    return [
        Field(
            name,
            type_,
            words,
            column,
            unit=unit,
            dated="predicted_day",
            choices=statuses if column == "rhythm_status" else (),
        )
        for name, type_, words, column, unit in scores
    ]


def own_column(pk: int) -> str:
    return f"custom_{pk}"


def own_fields() -> list[CustomField]:
    return memo.once("own fields", lambda: list(CustomField.objects.filter(entity="customer")))


def _own_words(one: CustomField) -> Words:
    return Words(one.label_en or one.label, one.label)


def _own(own: Iterable[CustomField]) -> list[Field]:
    return [
        Field(
            f"custom.{one.key}",
            _OWN_TYPES[FieldType(one.field_type)],
            _own_words(one),
            own_column(one.pk),
            choices=tuple((str(value), _same(str(value))) for value in one.choices),
            open=True,
        )
        for one in own
    ]


def _sources() -> list[Source]:
    categories = list(Category.objects.all())
    top = [one for one in categories if one.ordinal is not None and one.ordinal < CATEGORIES]
    bought = tuple((str(one.pk), _same(one.name)) for one in top)
    kinds = Field("kind", CHOICE, Words("kind", "方式"), "kind", choices=in_both(InteractionKind))
    orders = [
        Field("revenue", MONEY, Words("revenue", "消费额"), "revenue"),
        Field("net", MONEY, Words("net revenue", "净消费额"), "net"),
        Field("cost", MONEY, Words("cost", "成本"), "cost"),
        Field("margin", MONEY, Words("margin", "毛利"), "margin"),
        Field(
            "categories", TAGS, Words("product category", "商品品类"), "categories", choices=bought, open=True
        ),
    ]
    amount = Field("amount", MONEY, Words("amount", "金额"), "amount")
    return [
        Source("order", Words("orders", "订单"), "facts", by_name(orders)),
        purchases.source(categories),
        Source("return", Words("returns", "退货"), "returns", by_name([amount])),
        Source("contact", Words("contacts", "联系记录"), "contacts", by_name([kinds])),
    ]


def _occasions(own: Iterable[CustomField]) -> list[Occasion]:
    dates = [
        Occasion(f"custom.{one.key}", _own_words(one), f"next_{own_column(one.pk)}")
        for one in own
        if one.field_type == FieldType.DATE
    ]
    return [
        Occasion("birthday", Words("The birthday", "生日"), "next_birthday"),
        Occasion("contact_birthday", Words("A contact's birthday", "联系人生日"), "next_contact_birthday"),
        Occasion("first_order", Words("The anniversary of the first order", "首购周年"), "next_first_order"),
        *dates,
    ]


def _changing() -> list[Changing]:
    stages = tuple({**STAGES, **OUTSIDE}.items())
    return [
        Changing(
            TIER, Words("The tier", "客户等级"), "tier_changes", _tiers(), marked_former(_former_tiers())
        ),
        Changing("lifecycle", Words("The stage", "生命周期"), "stage_changes", stages),
    ]


def _same(text: str) -> Words:
    return Words(text, text)
