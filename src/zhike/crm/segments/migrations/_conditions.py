"""For a migration: conditions that named tiers by their ranks name them by their codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

Json = Any
NONE = "none"
_MEETS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda rank, given: rank == given,
    "neq": lambda rank, given: rank != given,
    "gt": lambda rank, given: rank > given,
    "gte": lambda rank, given: rank >= given,
    "lt": lambda rank, given: rank < given,
    "lte": lambda rank, given: rank <= given,
    "between": lambda rank, given: given[0] <= rank <= given[1],
    "in": lambda rank, given: rank in given,
    "not_in": lambda rank, given: rank not in given,
}


def translated(node: Json, codes: Sequence[str]) -> Json:
    """The definition with codes; ``codes`` are those of the tiers from the lowest."""
    if isinstance(node, list):
        return [translated(one, codes) for one in node]
    if not isinstance(node, Mapping):
        return node
    if node.get("t") == "attr" and node.get("field") == "tier":
        return _attribute(dict(node), (NONE, *codes))
    if node.get("t") == "change" and _changing(node.get("of")) == "tier":
        return _change(dict(node), (NONE, *codes))
    return {name: translated(one, codes) for name, one in node.items()}


def _changing(of: Json) -> Json:
    return of.get("model") if isinstance(of, Mapping) else of


def _change(leaf: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    by_rank = {str(rank): code for rank, code in enumerate(names)}
    for side in ("from", "to"):
        if isinstance(leaf.get(side), list):
            leaf[side] = [by_rank.get(str(one), one) for one in leaf[side]]
    return leaf


def _attribute(leaf: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    value, cmp = leaf.get("value"), leaf.get("cmp")
    given = value if isinstance(value, list) else [value]
    if cmp not in _MEETS or not all(type(one) in (int, float) for one in given):
        return leaf
    if all(one in range(len(names)) for one in given):
        found = [names[int(one)] for one in given]
        return {**leaf, "value": found if isinstance(value, list) else found[0]}
    # A number that was no rank: who was meant is named one by one.
    met = [code for rank, code in enumerate(names) if _MEETS[cmp](rank, value)]
    if not met:
        return {"op": "or", "children": []}
    return {**leaf, "cmp": "in", "value": met}


def of_address(query: str, codes: Sequence[str]) -> str:
    """The address of a list whose filter named tiers by rank."""
    by_rank = {str(rank): code for rank, code in enumerate((NONE, *codes))}
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode(
        [(name, by_rank.get(value, value) if name == "tier" else value) for name, value in pairs]
    )
