"""From a definition to one portable SELECT: everything of one kind is computed once for all customers.

Values travel as parameters, names come from the catalogue; no text of a definition becomes SQL. Each leaf
over rows is one grouped subquery joined by customer: the cost follows the data, not the number of members.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from zhike.analytics.engine.session import identifier
from zhike.analytics.segments.catalogue import Catalogue
from zhike.analytics.segments.tree import Definition, Node, leaves


class _Statement:
    """Collects parameters and subqueries while the nodes write themselves."""

    def __init__(self, catalogue: Catalogue, as_of: int) -> None:
        self.as_of = int(as_of)
        self.params: dict[str, Any] = {}
        self._names = {"members": catalogue.members, "buckets": catalogue.buckets}
        self._customers = identifier(catalogue.customers)
        self._parts: dict[str, str] = {}

    def bind(self, value: Any) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def value(self, column: str) -> str:
        return f"c.{identifier(column)}"

    def per_customer(self, text: str) -> str:
        """The ``value`` of a subquery with one row per customer."""
        name = f"leaf_{len(self._parts)}"
        self._parts[name] = text.format(**self._names)
        return f"{name}.value"

    def select(self, columns: str, rest: str = "") -> str:
        parts = ", ".join(f"{name} AS ({text})" for name, text in self._parts.items())
        joins = "".join(f" LEFT JOIN {name} ON {name}.customer_id = c.customer_id" for name in self._parts)
        head = f"WITH {parts} " if parts else ""
        return f"{head}SELECT {columns} FROM {self._customers} AS c{joins}{rest}"


@dataclass(frozen=True)
class Query:
    """A portable SELECT and its parameters: ``session.sql(query.text, **query.params)``."""

    text: str
    params: dict[str, Any]


def members(definition: Definition, catalogue: Catalogue, as_of: int) -> Query:
    """``customer_id`` of everybody whom the definition describes on the day."""
    out = _Statement(catalogue, as_of)
    rest = f" WHERE {definition.root.sql(out)}"
    if definition.limit is not None:
        way = "ASC" if definition.limit.ascending else "DESC"
        best = out.value(definition.limit.column)
        rest += f" ORDER BY {best} {way} NULLS LAST, c.customer_id LIMIT {int(definition.limit.n)}"
    return Query(out.select("c.customer_id AS customer_id", rest), out.params)


def count(definition: Definition, catalogue: Catalogue, as_of: int) -> Query:
    """``customers`` whom the definition describes, and ``everybody`` there is; without its limit."""
    out = _Statement(catalogue, as_of)
    here = f"SUM(CASE WHEN {definition.root.sql(out)} THEN 1 ELSE 0 END)"
    columns = f"CAST(COALESCE({here}, 0) AS BIGINT) AS customers, COUNT(*) AS everybody"
    return Query(out.select(columns), out.params)


def explain(definition: Definition, catalogue: Catalogue, as_of: int, customer_ids: Iterable[int]) -> Query:
    """Per customer whether the whole (``holds``) and each leaf (``l0``, ``l1`` …, left to right) is true."""
    out = _Statement(catalogue, as_of)
    columns = ["c.customer_id AS customer_id", f"{definition.root.sql(out)} AS holds"]
    columns += [f"{leaf.sql(out)} AS l{n}" for n, leaf in enumerate(leaves(definition.root))]
    ids = ", ".join(str(int(customer)) for customer in customer_ids) or "NULL"
    return Query(out.select(", ".join(columns), f" WHERE c.customer_id IN ({ids})"), out.params)


def truths(roots: Iterable[Node], catalogue: Catalogue, as_of: int) -> Query:
    """Per customer whether each tree (``t0``, ``t1`` …) is true: many segments in one pass."""
    out = _Statement(catalogue, as_of)
    columns = ["c.customer_id AS customer_id", *(f"{root.sql(out)} AS t{n}" for n, root in enumerate(roots))]
    return Query(out.select(", ".join(columns)), out.params)


def funnel(nodes: Iterable[Node], catalogue: Catalogue, as_of: int) -> Query:
    """For conditions that must all hold: how many meet each alone (``a0`` …) and up to it (``u0`` …)."""
    out = _Statement(catalogue, as_of)
    columns, so_far = ["COUNT(*) AS everybody"], []
    for n, node in enumerate(nodes):
        so_far.append(node.sql(out))
        columns.append(_counted(so_far[-1], f"a{n}"))
        columns.append(_counted(" AND ".join(so_far), f"u{n}"))
    return Query(out.select(", ".join(columns)), out.params)


def _counted(condition: str, name: str) -> str:
    return f"CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT) AS {name}"
