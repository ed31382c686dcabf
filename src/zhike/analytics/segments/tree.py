"""The conditions of a segment as a tree: and, or, not over leaves.

Every node knows how to ask the engine (``sql``) and how to judge one customer in plain Python (``holds``).
The two are written apart and compared on random trees, so that each proves the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from zhike.analytics.segments.catalogue import Field


@dataclass(frozen=True)
class Person:
    """All that is known of one customer, as the plain evaluator reads it.

    ``values`` by field name (money in units, dates as day numbers, tags as a list), ``rows`` by source with
    their ``day``, ``changes`` by class as (day, before, after), ``occasions`` by name as day numbers.
    """

    id: int
    values: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    changes: Mapping[str, Sequence[tuple[int, str, str]]] = field(default_factory=dict)
    occasions: Mapping[str, int | None] = field(default_factory=dict)
    segments: frozenset[str] = frozenset()
    lists: frozenset[int] = frozenset()


#: First (None: no beginning) and last day of rows.
Days = tuple[int | None, int]


class Writer(Protocol):
    """Where a node writes its part of the statement.

    ``of_rows`` is an aggregate (``call`` of ``value``, where ``{}`` stands for it) of the rows ``r`` of a
    relation that meet ``where``, all of which lie in ``days``; all of one relation are computed in one pass.
    It is NULL without rows. ``levels`` is the order by which the engine holds a level.
    """

    as_of: int

    def bind(self, value: Any) -> str: ...

    def value(self, column: str) -> str: ...

    def levels(self, field: Field) -> tuple[str, ...]: ...

    def of_rows(self, relation: str, call: str, value: str, where: str, days: Days | None = None) -> str: ...


class Node(Protocol):
    @property
    def at(self) -> str: ...

    def sql(self, out: Writer) -> str: ...

    def holds(self, person: Person, as_of: int) -> bool: ...


@dataclass(frozen=True)
class Group:
    """``op`` is "and" or "or"; without children "and" is true and "or" is false."""

    op: str
    children: tuple[Node, ...]
    at: str

    def sql(self, out: Writer) -> str:
        if not self.children:
            return "TRUE" if self.op == "and" else "FALSE"
        return "(" + f" {self.op.upper()} ".join(child.sql(out) for child in self.children) + ")"

    def holds(self, person: Person, as_of: int) -> bool:
        judged = (child.holds(person, as_of) for child in self.children)
        return all(judged) if self.op == "and" else any(judged)


@dataclass(frozen=True)
class Not:
    child: Node
    at: str

    def sql(self, out: Writer) -> str:
        return f"NOT ({self.child.sql(out)})"

    def holds(self, person: Person, as_of: int) -> bool:
        return not self.child.holds(person, as_of)


def condition(node: Node, out: Writer, *, contrary: bool = False) -> str:
    """The node for a WHERE, where unknown counts as false: negations go down to the leaves.

    A leaf that has no ``test`` of its own is asked for its ``sql``.
    """
    if isinstance(node, Not):
        return condition(node.child, out, contrary=not contrary)
    if isinstance(node, Group):
        every = (node.op == "and") != contrary
        if not node.children:
            return "TRUE" if every else "FALSE"
        parts = (condition(child, out, contrary=contrary) for child in node.children)
        return "(" + (" AND " if every else " OR ").join(parts) + ")"
    test = getattr(node, "test", None)
    if test is not None:
        return str(test(out, contrary=contrary))
    return f"NOT ({node.sql(out)})" if contrary else node.sql(out)


def conjuncts(node: Node, contrary: bool = False) -> Iterator[tuple[Node, bool]]:
    """What must all hold, from the outside in, and whether it is its contrary that must."""
    if isinstance(node, Not):
        yield from conjuncts(node.child, not contrary)
    elif isinstance(node, Group) and (node.op == "and") != contrary:
        for child in node.children:
            yield from conjuncts(child, contrary)
    else:
        yield node, contrary


def leaves(node: Node) -> Iterator[Node]:
    """The leaves from left to right."""
    if isinstance(node, Group):
        for child in node.children:
            yield from leaves(child)
    elif isinstance(node, Not):
        yield from leaves(node.child)
    else:
        yield node


@dataclass(frozen=True)
class Top:
    """Only the first ``n`` by a field, the best first unless ``ascending``; equal ones by customer number."""

    n: int
    column: str
    ascending: bool = False


@dataclass(frozen=True)
class Definition:
    """A definition that was read and found right; ``source`` is the JSON it came from."""

    root: Node
    source: Mapping[str, Any]
    limit: Top | None = None
    exclude_manual: bool = True
    #: Ids of the segments and lists, and salts of the buckets that it needs.
    segments: frozenset[str] = frozenset()
    lists: frozenset[int] = frozenset()
    salts: frozenset[str] = frozenset()
    #: Relations whose rows are asked for.
    relations: frozenset[str] = frozenset()
