"""What the API takes and gives. Input is strict: an unknown field is an error, never ignored."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

from zhike.api.fields import Custom, Id, Long, Money, Name, Quantity, Short
from zhike.api.paging import PageInfo
from zhike.crm.customers.choices import (
    BirthdayCalendar,
    BusinessModel,
    Channel,
    ContactRole,
    CustomerType,
    Gender,
    Kind,
    Size,
)


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class BirthdayFields(Strict):
    """A day of birth, or month and day of the person's own calendar where the year is not known."""

    birthday: date | None = None
    birthday_calendar: BirthdayCalendar = BirthdayCalendar.SOLAR
    birthday_month: Annotated[int, Field(ge=1, le=12)] | None = None
    birthday_day: Annotated[int, Field(ge=1, le=31)] | None = None
    birthday_leap: bool | None = None


class CustomerFields(BirthdayFields):
    """What a new customer and a change of one have alike."""

    code: Short | None = None
    phone: Short = ""
    email: Short = ""
    industry: Short = ""
    size: Size | None = None
    business_model: BusinessModel | None = None
    customer_type: CustomerType | None = None
    needs: Long = ""
    country: Short = ""
    province: Short = ""
    city: Short = ""
    address: Long = ""
    gender: Gender | None = None
    custom: Custom = {}


class CustomerIn(CustomerFields):
    """A new customer. ``source`` and ``external_key`` together are its key in the system it comes from."""

    kind: Kind = Kind.COMPANY
    name: Name
    source: Short = "api"
    external_key: Short | None = None
    tags: Annotated[list[Short], Field(max_length=30)] = []


class CustomerPatch(CustomerFields):
    """Fields to change; ``version`` is the one last read."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    name: Name | None = None
    kind: Kind | None = None


class CustomerOut(Schema):
    id: int
    kind: str
    code: str | None
    source: str
    external_key: str | None
    name: str
    phone: str
    email: str
    industry: str
    size: str
    business_model: str
    customer_type: str
    needs: str
    country: str
    province: str
    city: str
    address: str
    gender: str
    birthday: date | None
    birthday_calendar: str
    birthday_month: int | None
    birthday_day: int | None
    birthday_leap: bool | None
    owner_id: int | None
    team_id: int | None
    custom: dict[str, Any]
    no_profiling: bool
    version: int
    created_at: datetime
    updated_at: datetime


class CustomerPage(PageInfo):
    items: list[CustomerOut]


class ContactFields(BirthdayFields):
    role: ContactRole | None = None
    title: Short = ""
    phone: Short = ""
    email: Short = ""
    preferred_channel: Channel | None = None
    is_primary: bool = False


class ContactIn(ContactFields):
    """A new contact person of a customer."""

    customer_id: Id
    name: Name


class ContactPatch(ContactFields):
    name: Name | None = None


class ContactOut(Schema):
    id: int
    customer_id: int
    name: str
    role: str
    title: str
    phone: str
    email: str
    preferred_channel: str
    is_primary: bool
    birthday: date | None
    birthday_calendar: str | None
    birthday_month: int | None
    birthday_day: int | None
    birthday_leap: bool | None


class ContactPage(PageInfo):
    items: list[ContactOut]


Sku = Annotated[Name, Field(max_length=120)]


class ProductFields(Strict):
    category: Short | None = None
    price: Money | None = None
    cost: Money | None = None
    unit: Annotated[Short, Field(max_length=20)] = ""
    is_active: bool = True


class ProductIn(ProductFields):
    sku: Sku
    name: Name


class ProductPatch(ProductFields):
    sku: Sku | None = None
    name: Name | None = None


class ProductOut(Schema):
    id: int
    sku: str
    name: str
    category: str | None
    price: Decimal | None
    cost: Decimal | None
    unit: str
    is_active: bool

    @staticmethod
    def resolve_category(row: Any) -> str | None:
        return row.category.name if row.category else None


class ProductPage(PageInfo):
    items: list[ProductOut]


class LineIn(Strict):
    """A line; a negative quantity is a return. ``cost`` is that of the whole line."""

    sku: Short = ""
    description: Long = ""
    quantity: Quantity
    unit_price: Money | None = None
    cost: Money | None = None


class OrderIn(Strict):
    """A new order of a customer named by ``customer_id``."""

    customer_id: Id
    number: Annotated[Name, Field(max_length=120)]
    placed_at: datetime | None = None
    source: Short = "api"
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    rate: Annotated[Decimal, Field(gt=0, le=10**6, max_digits=18, decimal_places=8)] | None = None
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=500)]


class LineOut(Schema):
    position: int
    kind: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    cost: Decimal | None


class OrderOut(Schema):
    id: int
    customer_id: int | None
    source: str
    number: str
    status: str
    placed_at: datetime
    business_date: date
    currency: str
    revenue: Decimal
    returned: Decimal
    cost: Decimal | None


class OrderDetail(OrderOut):
    lines: list[LineOut]

    @staticmethod
    def resolve_lines(row: Any) -> list[Any]:
        return list(row.lines.all())


class OrderPage(PageInfo):
    items: list[OrderOut]


class ScoreOut(Schema):
    """What the analysis knows of a customer, as of ``as_of``."""

    customer_id: int
    as_of: date
    version: int | None
    tier: int
    tier_name: str
    tier_score: float | None
    lifecycle: str
    rfm_segment: str
    r_score: int | None
    f_score: int | None
    m_score: int | None
    abc_class: str
    first_order: date | None
    last_order: date | None
    frequency: int
    revenue: Decimal
    returns: Decimal
    net_revenue: Decimal
    margin: Decimal | None

    @staticmethod
    def resolve_version(row: Any) -> int | None:
        return row.version.number if row.version else None

    @staticmethod
    def resolve_tier_name(row: Any) -> str:
        from zhike.crm.insight.labels import names_given

        return names_given()(row.tier, row.version_id)


class ScorePage(PageInfo):
    items: list[ScoreOut]


class ReasonOut(Schema):
    """One dimension: value, score (0–100), weight (0–1), contribution, and what would lift the customer."""

    code: str
    label: str
    raw: str
    score: float | None
    weight: float
    contribution: float
    needed: str


class ExplanationOut(Schema):
    as_of: date
    version: int
    tier: int
    tier_name: str
    score: float
    next_tier_name: str
    next_score: float | None
    reasons: list[ReasonOut]


class TierSpanOut(Schema):
    tier: int
    name: str
    valid_from: date
    valid_to: date | None
    score: float | None


class TierOut(Schema):
    """A tier and who is in it on ``as_of``, within the token's row scope.

    ``tier`` is its rank among the tiers in force; ``code`` stays the same whatever its rank.
    """

    tier: int
    code: str
    name: str
    customers: int
    net_revenue: Decimal


class TiersOut(Schema):
    as_of: date | None
    tiers: list[TierOut]
