"""Purchase lines with their products, kept as plain numbers: what the models of baskets learn from."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import pyarrow as pa

from zhike.analytics.orders import OrderBook, OrderLine


@dataclass(slots=True)
class LineBook:
    """Products are numbered from 0 by appearance; ``names`` holds what a reader calls them."""

    numbers: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    order: array[int] = field(default_factory=lambda: array("q"))
    product: array[int] = field(default_factory=lambda: array("q"))
    quantity: array[float] = field(default_factory=lambda: array("d"))
    revenue: array[int] = field(default_factory=lambda: array("q"))

    def add(self, line: OrderLine, units: int, order: int) -> None:
        """A purchase line; without product it is none of the models' business."""
        if not line.product:
            return
        self.order.append(order)
        self.product.append(self.numbers.setdefault(line.product, len(self.numbers)))
        self.quantity.append(1.0 if line.quantity is None else float(line.quantity))
        self.revenue.append(units)
        if line.product_name:
            self.names.setdefault(line.product, line.product_name)

    def __len__(self) -> int:
        return len(self.order)

    def to_arrow(self, book: OrderBook) -> pa.Table:
        """``customer_id, order_id, day, product_id, quantity, revenue``, one row per line."""
        orders = book.to_arrow()
        rows = orders.take(pa.array(self.order, pa.int64()))
        return pa.table(
            {
                "customer_id": rows["customer_id"],
                "order_id": rows["order_id"],
                "day": rows["day"],
                "product_id": self.keys().take(pa.array(self.product, pa.int64())),
                "quantity": pa.array(self.quantity, pa.float64()),
                "revenue": pa.array(self.revenue, pa.int64()),
            }
        )

    def keys(self) -> pa.Array:
        """The products' own codes, by number."""
        return pa.array(self.numbers, pa.string())
