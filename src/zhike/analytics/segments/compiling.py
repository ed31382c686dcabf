"""From a definition to one portable SELECT: everything of one kind is computed once for all customers.

Values travel as parameters, names come from the catalogue; no text of a definition becomes SQL. All leaves
over the rows of one relation share one grouped subquery, joined by customer: the cost follows the data, not
the number of members or of conditions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from zhike.analytics.engine.session import identifier
from zhike.analytics.segments.catalogue import Catalogue, Field
from zhike.analytics.segments.leaves import Attribute
from zhike.analytics.segments.tree import Days, Definition, Group, Node, Not, condition, conjuncts, leaves


class _Relation:
    """What is asked of the rows of one relation: computed for all customers in one pass."""

    def __init__(self, name: str, relation: str) -> None:
        self.name = name
        self.relation = relation
        self._asked: dict[tuple[str, str, str], str] = {}
        self._days: list[Days | None] = []

    def add(self, call: str, value: str, where: str, days: Days | None) -> str:
        self._days.append(days)
        return f"{self.name}.{self._asked.setdefault((call, value, where), f'v{len(self._asked)}')}"

    def text(self) -> str:
        tests = list(dict.fromkeys(where for _call, _value, where in self._asked))
        columns = []
        for (call, value, where), name in self._asked.items():
            taken = value if len(tests) == 1 else f"CASE WHEN {where} THEN {value} END"
            columns.append(f"{call.format(taken)} AS {name}")
        return (
            f"SELECT r.customer_id AS customer_id, {', '.join(columns)} FROM {self.relation} AS r "
            f"WHERE {self._where(tests)} GROUP BY r.customer_id"
        )

    def _where(self, tests: list[str]) -> str:
        """All days that are asked for; where rows have none, everything that is."""
        spans = [days for days in self._days if days is not None]
        if len(tests) == 1 or len(spans) < len(self._days):
            return " OR ".join(f"({test})" for test in tests)
        firsts = [first for first, _last in spans if first is not None]
        begins = f"r.day >= {min(firsts)} AND " if len(firsts) == len(spans) else ""
        return f"{begins}r.day <= {max(last for _first, last in spans)}"


class _Statement:
    """Collects parameters and subqueries while the nodes write themselves."""

    def __init__(self, catalogue: Catalogue, as_of: int) -> None:
        self.as_of = int(as_of)
        self.params: dict[str, Any] = {}
        self._bound: dict[tuple[type, Any], str] = {}
        self._fields = catalogue.fields
        names = ("members", "buckets", "list_members")
        self._names = {name: getattr(catalogue, name) for name in names}
        self._customers = identifier(catalogue.customers)
        self._relations: dict[str, _Relation] = {}

    def bind(self, value: Any) -> str:
        """The same value has one name, so that equal leaves have equal texts and are computed once."""
        name = self._bound.setdefault((type(value), value), f"p{len(self._bound)}")
        self.params[name] = value
        return f":{name}"

    def value(self, column: str) -> str:
        return f"c.{identifier(column)}"

    def levels(self, field: Field) -> tuple[str, ...]:
        return self._fields.get(field.name, field).levels

    def of_rows(self, relation: str, call: str, value: str, where: str, days: Days | None = None) -> str:
        found = identifier(relation.format(**self._names))
        asked = self._relations.setdefault(found, _Relation(f"rows_{len(self._relations)}", found))
        return asked.add(call, value, where, days)

    def select(self, columns: str, rest: str = "") -> str:
        found = {one.name: one.text() for one in self._relations.values()}
        parts = ", ".join(f"{name} AS ({text})" for name, text in found.items())
        joins = "".join(f" LEFT JOIN {name} ON {name}.customer_id = c.customer_id" for name in found)
        head = f"WITH {parts} " if parts else ""
        return f"{head}SELECT {columns} FROM {self._customers} AS c{joins}{rest}"


@dataclass(frozen=True)
class Query:
    """A portable SELECT and its parameters: ``session.sql(query.text, **query.params)``."""

    text: str
    params: dict[str, Any]


def _where(root: Node, out: _Statement) -> str:
    """What must all hold, one after the other.

    Measured: as a filter DuckDB tests alternatives row by row on ever smaller selections; as a value, which
    the comparison makes of them, each is computed for a whole vector at once, in half the time. Texts would
    have to be unpacked for that, unless they are looked up once per different one.
    """
    parts = []
    for node, contrary in conjuncts(root):
        text = condition(node, out, contrary=contrary)
        parts.append(f"{text} >= TRUE" if isinstance(node, Group) and _is_quick_value(node) else text)
    return " AND ".join(parts) or "TRUE"


def _is_quick_value(node: Node) -> bool:
    found = list(leaves(node))
    return bool(found) and all(isinstance(one, Attribute) and one.comparison.is_quick for one in found)


def members(definition: Definition, catalogue: Catalogue, as_of: int) -> Query:
    """``customer_id`` of everybody whom the definition describes on the day."""
    out = _Statement(catalogue, as_of)
    rest = f" WHERE {_where(definition.root, out)}"
    if definition.limit is not None:
        way = "ASC" if definition.limit.ascending else "DESC"
        best = out.value(definition.limit.column)
        rest += f" ORDER BY {best} {way} NULLS LAST, c.customer_id LIMIT {int(definition.limit.n)}"
    return Query(out.select("c.customer_id AS customer_id", rest), out.params)


def count(definition: Definition, catalogue: Catalogue, as_of: int) -> Query:
    """``customers`` whom the definition describes, and ``everybody`` there is; without its limit."""
    out = _Statement(catalogue, as_of)
    everybody = f"(SELECT COUNT(*) FROM {identifier(catalogue.customers)})"
    root, contrary = definition.root, False
    while isinstance(root, Not):
        # Everybody but the few is counted by the few.
        root, contrary = root.child, not contrary
    rest = f" WHERE {_where(root, out)}"
    customers = f"{everybody} - COUNT(*)" if contrary else "COUNT(*)"
    return Query(out.select(f"{customers} AS customers, {everybody} AS everybody", rest), out.params)


def explain(definition: Definition, catalogue: Catalogue, as_of: int, customer_ids: Iterable[int]) -> Query:
    """Per customer whether the whole (``holds``) and each leaf (``l0``, ``l1`` …, left to right) is true."""
    out = _Statement(catalogue, as_of)
    columns = ["c.customer_id AS customer_id", f"{definition.root.sql(out)} AS holds"]
    columns += [f"{leaf.sql(out)} AS l{n}" for n, leaf in enumerate(leaves(definition.root))]
    return Query(out.select(", ".join(columns), _only(customer_ids)), out.params)


def truths(roots: Iterable[Node], catalogue: Catalogue, as_of: int) -> Query:
    """Per customer whether each tree (``t0``, ``t1`` …) is true: many segments in one pass."""
    out = _Statement(catalogue, as_of)
    columns = ["c.customer_id AS customer_id"]
    columns += [f"COALESCE({condition(root, out)}, FALSE) AS t{n}" for n, root in enumerate(roots)]
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


def alone(nodes: Iterable[Node], catalogue: Catalogue, as_of: int) -> Query:
    """How many meet each of some conditions, whatever the others say (``a0``, ``a1`` …)."""
    out = _Statement(catalogue, as_of)
    columns = ["COUNT(*) AS everybody", *(_counted(node.sql(out), f"a{n}") for n, node in enumerate(nodes))]
    return Query(out.select(", ".join(columns)), out.params)


def own_values(
    definition: Definition, catalogue: Catalogue, as_of: int, customer_ids: Iterable[int]
) -> Query:
    """Per customer what each leaf looks at (``l0``, ``l1`` …): a value, a number, a day; NULL for neither."""
    out = _Statement(catalogue, as_of)
    columns = ["c.customer_id AS customer_id"]
    columns += [f"{_own(leaf, out)} AS l{n}" for n, leaf in enumerate(leaves(definition.root))]
    return Query(out.select(", ".join(columns), _only(customer_ids)), out.params)


def _own(leaf: Node, out: _Statement) -> str:
    own = getattr(leaf, "own", None)
    return str(own(out)) if own is not None else "NULL"


def _only(customer_ids: Iterable[int]) -> str:
    ids = ", ".join(str(int(customer)) for customer in customer_ids) or "NULL"
    return f" WHERE c.customer_id IN ({ids})"


def _counted(condition: str, name: str) -> str:
    return f"CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT) AS {name}"
