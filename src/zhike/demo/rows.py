"""Rows of a simulated block in the form of the operational store, shaped in columns, written in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from zhike.analytics.simulate import Company
from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.imports.keys import keys_of
from zhike.crm.interactions.models import Interaction
from zhike.crm.orders.models import Order, OrderLine
from zhike.demo.world import LEAD_SOURCES, Bases, people_of
from zhike.platform.rows import insert_prepared

FETCH = 20_000
# Wall clock of Shanghai to UTC, as text that both stores read.
UTC = "strftime({} - INTERVAL 8 HOUR, '%Y-%m-%d %H:%M:%S')"
DAY = "strftime({}, '%Y-%m-%d')"
MONEY = "CAST({} AS VARCHAR)"


def _moment(column: str) -> str:
    return UTC.format(column)


class BlockWriter:
    """Writes the tables of one block; the world must be in the store."""

    def __init__(self, block: Company, bases: Bases) -> None:
        self.block, self.bases = block, bases
        self.engine = duckdb.connect(":memory:")

    def __enter__(self) -> BlockWriter:
        for name, table in self.block.tables.items():
            self.engine.register(f"{name}_in", table)
        self._register_people()
        self._register_masks()
        self.engine.execute(LINES)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.engine.close()

    def write(self) -> Iterator[tuple[str, int]]:
        """Write table after table; yields the name and the number of rows of each."""
        yield "customers", self._customers()
        yield "contacts", self._insert(Contact, self._contacts(), keys=("name", "phone", "email"))
        yield "orders", self._insert(Order, self._orders())
        yield "order lines", self._insert(OrderLine, self._lines())
        yield "interactions", self._insert(Interaction, self._interactions())

    def _register_people(self) -> None:
        users, teams = people_of(self.block)
        for name, found in (("users", users), ("team_numbers", teams)):
            pairs = {"simulated": pa.array(list(found), pa.int64()), "id": pa.array(list(found.values()))}
            self.engine.register(name, pa.table(pairs))

    def _register_masks(self) -> None:
        """The bit of each product's top-level category."""
        tops = {
            pk: (parent, ordinal)
            for pk, parent, ordinal in Category.objects.values_list("pk", "parent", "ordinal")
        }
        bits: dict[int, int] = {}
        for product, start in Product.objects.values_list("pk", "category_id"):
            category: int | None = start
            while category is not None and tops[category][0] is not None:
                category = tops[category][0]
            ordinal = tops[category][1] if category is not None else None
            bits[product - self.bases.product] = 0 if ordinal is None else 1 << min(ordinal, 62)
        pairs = {"product_id": pa.array(list(bits), pa.int64()), "bit": pa.array(list(bits.values()))}
        self.engine.register("masks", pa.table(pairs))

    def _customers(self) -> int:
        labels = ", ".join(f"('{code}', '{label}')" for code, label in LEAD_SOURCES.items())
        b = self.bases
        columns = {
            "id": f"{b.customer} + c.customer_id",
            **{n: f"c.{n}" for n in ("kind", "code", "source", "name", "phone", "email")},
            "external_key": "c.code",
            **{n: f"c.{n}" for n in ("industry", "size", "business_model", "customer_type", "needs")},
            "country": "'中国'",
            **{n: f"c.{n}" for n in ("province", "city", "address", "gender", "birthday_calendar")},
            "birthday": DAY.format("c.birthday"),
            "owner_id": "u.id",
            "team_id": "t.id",
            "custom": "json_object('lead_source', s.label)",
            "no_profiling": "c.no_profiling",
            "last_contact_at": _moment("c.last_contact_at"),
            "version": "1",
            "created_at": _moment("c.created_at"),
            "updated_at": _moment("c.created_at"),
            "deleted_at": "NULL",
        }
        origin = (
            "customers_in c LEFT JOIN users u ON u.simulated = c.owner_id "
            "LEFT JOIN team_numbers t ON t.simulated = c.team_id "
            f"LEFT JOIN (VALUES {labels}) s(code, label) ON s.code = c.lead_source ORDER BY c.customer_id"
        )
        return self._insert(Customer, (columns, origin), keys=("name", "phone", "email"))

    def _contacts(self) -> tuple[dict[str, str], str]:
        columns = {
            "id": f"{self.bases.contact} + contact_id",
            "customer_id": f"{self.bases.customer} + customer_id",
            "external_key": "NULL",
            **{n: n for n in ("name", "role", "title", "phone", "email", "is_primary")},
            "custom": "'{}'",
            "created_at": _moment("now"),
            "updated_at": _moment("now"),
        }
        origin = "(SELECT *, (SELECT max(created_at) FROM customers_in) AS now FROM contacts_in)"
        return columns, f"{origin} ORDER BY contact_id"

    def _orders(self) -> tuple[dict[str, str], str]:
        columns = {
            "id": f"{self.bases.order} + o.order_id",
            "customer_id": f"{self.bases.customer} + o.customer_id",
            **{n: f"o.{n}" for n in ("source", "number", "status", "currency")},
            "placed_at": _moment("o.placed_at"),
            "business_date": DAY.format("o.business_date"),
            "rate": "'1'",
            **{n: MONEY.format(f"COALESCE(l.{n}, 0.0000)") for n in ("revenue", "returned")},
            "cost": MONEY.format("l.cost"),
            "category_mask": "COALESCE(l.mask, 0)",
            "line_count": "COALESCE(l.n, 0)",
            "created_at": _moment("o.placed_at"),
            "updated_at": _moment("o.placed_at"),
        }
        return columns, f"orders_in o LEFT JOIN ({TOTALS}) l ON l.order_id = o.order_id ORDER BY o.order_id"

    def _lines(self) -> tuple[dict[str, str], str]:
        columns = {
            "order_id": f"{self.bases.order} + order_id",
            "position": "position",
            "kind": "kind",
            "product_id": f"{self.bases.product} + product_id",
            "description": "''",
            **{n: MONEY.format(n) for n in ("quantity", "unit_price", "amount")},
            "cost": MONEY.format("abs(cost)"),
        }
        return columns, "lines ORDER BY order_id, position"

    def _interactions(self) -> tuple[dict[str, str], str]:
        b = self.bases
        columns = {
            "customer_id": f"{b.customer} + i.customer_id",
            "contact_id": f"{b.contact} + i.contact_id",
            "kind": "i.kind",
            "at": _moment('i."at"'),
            **{n: f"i.{n}" for n in ("summary", "outcome", "next_step", "source")},
            "next_step_on": DAY.format("i.next_step_on"),
            "settled_at": _moment("i.settled_at"),
            "author_id": "u.id",
            "created_at": _moment('i."at"'),
        }
        talk = TALK.format(until=f"DATE '{self.block.settings.until}'")
        return columns, f'({talk}) i LEFT JOIN users u ON u.simulated = i.owner_id ORDER BY i."at"'

    def _insert(self, model: Any, query: tuple[dict[str, str], str], keys: tuple[str, ...] = ()) -> int:
        columns, origin = query
        names = list(columns)
        text = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
        found = self.engine.execute(f"SELECT {text} FROM {origin}")
        total = 0
        while rows := found.fetchmany(FETCH):
            attributes, tuples = _with_keys(model, names, rows) if keys else (names, rows)
            insert_prepared(model, attributes, tuples)
            total += len(rows)
        return total


def _with_keys(
    model: Any, names: list[str], rows: list[tuple[Any, ...]]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Add the normalised forms by which customers and contacts are found."""
    kept = [f.attname for f in model._meta.concrete_fields if f.attname.endswith("_key")]
    kept = [name for name in kept if name not in names]
    places = [names.index(name) for name in ("name", "phone", "email")]
    tuples = []
    for row in rows:
        found = keys_of(*(row[place] for place in places))
        tuples.append((*row, *(found[name] for name in kept)))
    return [*names, *kept], tuples


# The kinds of lines and the totals follow the rules of orders: what is cancelled counts nowhere.
LINES = """
CREATE TABLE lines AS SELECT l.*, COALESCE(m.bit, 0) AS bit,
  CASE WHEN o.status = 'cancelled' THEN 'cancelled' WHEN l.quantity < 0 THEN 'return'
       WHEN l.unit_price > 0 THEN 'purchase' ELSE 'free' END AS kind
FROM order_lines_in l JOIN orders_in o ON o.order_id = l.order_id
LEFT JOIN masks m ON m.product_id = l.product_id
"""
TOTALS = """
SELECT order_id, COUNT(*) AS n,
  SUM(CASE WHEN kind = 'purchase' THEN amount ELSE 0 END) AS revenue,
  SUM(CASE WHEN kind = 'return' THEN -amount ELSE 0 END) AS returned,
  CASE WHEN COUNT(*) FILTER (kind IN ('purchase', 'return'))
          = COUNT(cost) FILTER (kind IN ('purchase', 'return'))
       THEN COALESCE(SUM(cost) FILTER (kind IN ('purchase', 'return')), 0) END AS cost,
  BIT_OR(CASE WHEN kind = 'purchase' THEN bit ELSE 0 END) AS mask
FROM lines GROUP BY order_id
"""
# Nobody settled everything in three years, but what is open should still be worth a call: what is older than
# these days is settled.
STEPS_OPEN, COMPLAINTS_OPEN = 30, 60
TALK = f"""
SELECT customer_id, contact_id, kind, "at", summary, outcome, next_step, next_step_on,
  CASE WHEN next_step_on < {{until}} - {STEPS_OPEN}
       THEN COALESCE(settled_at, CAST(next_step_on AS TIMESTAMP) + INTERVAL 10 HOUR)
       ELSE settled_at END AS settled_at, owner_id, source FROM interactions_in
UNION ALL BY NAME
SELECT customer_id, NULL AS contact_id, 'complaint' AS kind, "at", summary, '' AS outcome, '' AS next_step,
  NULL AS next_step_on, CASE WHEN "at" < {{until}} - INTERVAL {COMPLAINTS_OPEN} DAY
       THEN COALESCE(settled_at, "at" + INTERVAL 5 DAY) ELSE settled_at END AS settled_at,
  owner_id, source FROM complaints_in
"""
