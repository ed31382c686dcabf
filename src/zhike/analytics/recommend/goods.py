"""Which lines are goods, and which products may be offered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from zhike.analytics.engine.session import Session, identifier

# Codes under which shops book postage, fees and corrections. Compared as text, so a catalogue with numbers
# for products passes its own.
NOT_GOODS = (
    "POST", "DOT", "M", "m", "D", "C2", "S", "B", "PADS", "CRUK", "BANK CHARGES", "AMAZONFEE",
    "邮费", "运费", "快递费", "手续费", "补差价",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Which products may be recommended; what is left out still counts as history.

    ``products`` names a relation (product_id, price BIGINT in 1/10,000, category, and stock where it is
    kept), which price band, categories and ``in_stock`` need. An unknown price or category is outside every
    band; bounds are inclusive. ``bought`` lets ``discover`` offer what the customer already has.
    """

    products: str | None = None
    price_low: int | None = None
    price_high: int | None = None
    categories: tuple[int | str, ...] = ()
    in_stock: bool = False
    exclude: tuple[int | str, ...] = ()
    bought: bool = False

    def condition(self) -> str:
        """SQL over the products' relation; raises ``ValueError`` where that is missing."""
        parts = []
        if self.price_low is not None:
            parts.append(f"price >= {int(self.price_low)}")
        if self.price_high is not None:
            parts.append(f"price <= {int(self.price_high)}")
        if self.categories:
            parts.append(f"CAST(category AS STRING) IN ({_texts(self.categories)})")
        if self.in_stock:
            parts.append("stock > 0")
        if parts and not self.products:
            raise ValueError("price, category and stock need the relation of products: Filters(products=…)")
        return " AND ".join(parts)

    def select(self, goods: str) -> str:
        """The portable SELECT of the products that may be offered, out of those in ``goods``."""
        where = f" WHERE {not_in(self.exclude)}" if self.exclude else ""
        text = f"SELECT DISTINCT product_id FROM {goods}{where}"
        condition = self.condition()
        if not condition:
            return text
        offered = f"SELECT product_id FROM {identifier(str(self.products))} WHERE {condition}"
        return f"SELECT g.product_id FROM ({text}) AS g JOIN ({offered}) AS p ON p.product_id = g.product_id"


def goods_sql(lines: str, as_of: int | None, drop: Iterable[int | str] = NOT_GOODS) -> str:
    """The lines that count, up to and with ``as_of``, without the codes of ``drop``."""
    parts = ["product_id IS NOT NULL"]
    if as_of is not None:
        parts.append(f"day <= {int(as_of)}")
    dropped = tuple(drop)
    if dropped:
        parts.append(not_in(dropped))
    return f"SELECT * FROM {identifier(lines)} WHERE {' AND '.join(parts)}"


def not_in(codes: Iterable[int | str]) -> str:
    return f"CAST(product_id AS STRING) NOT IN ({_texts(codes)})"


def _texts(values: Iterable[int | str]) -> str:
    return ", ".join("'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'" for value in values)


@contextmanager
def scratch(session: Session, *names: str) -> Iterator[None]:
    """Tables of these names live no longer than the block."""
    try:
        yield
    finally:
        for name in names:
            session.drop(name)
