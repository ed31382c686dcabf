"""From JSON to a definition, or all that is wrong with it: each problem names its place by JSON pointer.

Kinds of leaves register themselves with ``leaf``; a kind that nobody registered is an error that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from zhike.analytics.problems import Checks
from zhike.analytics.segments import behaviour, leaves
from zhike.analytics.segments.catalogue import Catalogue, Source
from zhike.analytics.segments.tree import Definition, Group, Node, Not, Top
from zhike.analytics.segments.tree import leaves as leaves_of

VERSION = 1
ENTITY = "customer"
MOST_DEPTH = 8
MOST_LEAVES = 60
MOST_ROWS = 1_000_000

Reader = Callable[..., Any]
#: By the ``t`` of a leaf: called with (node, at, catalogue, checks), and ``where`` for leaves over rows.
KINDS: dict[str, Reader] = {}
_OVER_ROWS: set[str] = set()


def leaf(kind: str, reader: Reader, *, over_rows: bool = False) -> None:
    """Make a kind of leaf known. One over rows gets ``where``, which reads the condition for a source."""
    KINDS[kind] = reader
    if over_rows:
        _OVER_ROWS.add(kind)


leaf("attr", leaves.read_attribute)
leaf("score", leaves.read_score)
leaf("anniversary", leaves.read_anniversary)
leaf("bucket", leaves.read_bucket)
leaf("segment", leaves.read_membership)
leaf("list", leaves.read_listed)
leaf("change", leaves.read_changed)
leaf("agg", behaviour.read_aggregate, over_rows=True)
leaf("recency", behaviour.read_recency, over_rows=True)


def read(source: Any, catalogue: Catalogue) -> Definition:
    """The definition that the JSON states. Raises ``SettingsError`` with every problem found."""
    checks = Checks()
    if not isinstance(source, Mapping):
        _must_be_object(checks, "")
        checks.finish()
    en, zh = f"This product reads version {VERSION}.", f"本产品读取第 {VERSION} 版定义。"
    checks.require(type(source.get("v")) is int and source["v"] == VERSION, "/v", "version", en, zh)
    checks.one_of(source.get("entity", ENTITY), (ENTITY,), "/entity")
    reading = _Reading(catalogue, checks)
    root = reading.node(source.get("root"), "/root", 1)
    limit = _limit(source.get("limit"), catalogue, checks)
    checks.require(
        reading.leaves <= MOST_LEAVES,
        "/root",
        "size",
        f"At most {MOST_LEAVES} conditions in one segment.",
        f"一个分群最多 {MOST_LEAVES} 个条件。",
    )
    checks.finish()
    assert root is not None
    return _gathered(Definition(root, dict(source), limit, bool(source.get("exclude_manual", True))))


def _gathered(definition: Definition) -> Definition:
    found = list(leaves_of(definition.root))
    return replace(
        definition,
        segments=frozenset(one.segment for one in found if isinstance(one, leaves.Membership)),
        lists=frozenset(one.list_id for one in found if isinstance(one, leaves.Listed)),
        salts=frozenset(one.salt for one in found if isinstance(one, leaves.Bucket)),
        relations=frozenset(one.source.relation for one in found if isinstance(one, behaviour.OVER_ROWS)),
    )


class _Reading:
    def __init__(self, catalogue: Catalogue, checks: Checks) -> None:
        self.catalogue = catalogue
        self.checks = checks
        self.leaves = 0

    def node(self, node: Any, at: str, depth: int) -> Node | None:
        if not isinstance(node, Mapping):
            _must_be_object(self.checks, at)
            return None
        if depth > MOST_DEPTH:
            en, zh = f"Groups nest at most {MOST_DEPTH} deep.", f"条件组最多嵌套 {MOST_DEPTH} 层。"
            self.checks.require(False, at, "depth", en, zh)
            return None
        if "op" in node:
            return self._group(node, at, depth)
        return self._leaf(node, at)

    def _group(self, node: Mapping[str, Any], at: str, depth: int) -> Node | None:
        op = node["op"]
        if op == "not":
            child = self.node(node.get("child"), f"{at}/child", depth + 1)
            return None if child is None else Not(child, at)
        self.checks.one_of(op, ("and", "or", "not"), f"{at}/op")
        children = node.get("children")
        if not isinstance(children, list):
            self.checks.require(False, f"{at}/children", "list", "Must be a list.", "必须是列表。")
            return None
        read = [self.node(child, f"{at}/children/{n}", depth + 1) for n, child in enumerate(children)]
        return Group(str(op), tuple(child for child in read if child is not None), at)

    def _leaf(self, node: Mapping[str, Any], at: str) -> Node | None:
        self.leaves += 1
        kind = node.get("t")
        reader = KINDS.get(kind) if isinstance(kind, str) else None
        if reader is None:
            name = str(kind)[:80]
            en = f"This product knows no condition of the kind {name!r}."
            self.checks.require(False, f"{at}/t", "kind", en, f"本产品没有“{name}”这种条件。")
            return None
        if kind not in _OVER_ROWS:
            found: Node | None = reader(node, at, self.catalogue, self.checks)
            return found
        taken: Node | None = reader(node, at, self.catalogue, self.checks, self._where(node, at))
        return taken

    def _where(self, node: Mapping[str, Any], at: str) -> Callable[[Source], Node | None]:
        def read_where(source: Source) -> Node | None:
            if node.get("where") is None:
                return None
            return _Rows(Catalogue(fields=source.fields), self.checks, self).node(
                node["where"], f"{at}/where", 1
            )

        return read_where


class _Rows(_Reading):
    """Conditions about the rows of a source: attributes only, counted with all others."""

    def __init__(self, catalogue: Catalogue, checks: Checks, outer: _Reading) -> None:
        super().__init__(catalogue, checks)
        self._outer = outer

    def _leaf(self, node: Mapping[str, Any], at: str) -> Node | None:
        self._outer.leaves += 1
        if node.get("t") != "attr":
            en, zh = "Only attributes of the rows can stand here.", "此处只能使用明细行的属性。"
            self.checks.require(False, f"{at}/t", "kind", en, zh)
            return None
        found: Node | None = leaves.read_attribute(node, at, self.catalogue, self.checks)
        return found


def _limit(given: Any, catalogue: Catalogue, checks: Checks) -> Top | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        _must_be_object(checks, "/limit")
        return None
    n, order = given.get("n"), given.get("order")
    ok = type(n) is int and 0 < n <= MOST_ROWS
    en, zh = f"Must be a whole number from 1 to {MOST_ROWS:,}.", f"必须是 1 至 {MOST_ROWS:,} 的整数。"
    checks.require(ok, "/limit/n", "range", en, zh)
    descending = isinstance(order, str) and order.startswith("-")
    name = order[1:] if descending and isinstance(order, str) else order
    field = leaves.named(name, catalogue.fields, "/limit/order", checks)
    return Top(int(str(n)), field.column, not descending) if ok and field is not None else None


def _must_be_object(checks: Checks, at: str) -> None:
    checks.require(False, at, "object", "Must be an object.", "必须是对象。")
