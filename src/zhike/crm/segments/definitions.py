"""Reading definitions: against everything of this installation, with what they refer to checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from zhike.analytics.problems import Problem, SettingsError
from zhike.analytics.segments import (
    Catalogue,
    Definition,
    Node,
    SegmentCycleError,
    evaluation_order,
    leaves,
    read,
)
from zhike.analytics.segments.leaves import Attribute, Listed, Membership
from zhike.analytics.words import Words
from zhike.crm.customers.models import CustomerList
from zhike.crm.segments import fields, purchases
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Segment
from zhike.platform.permissions import allowed

EMPTY: dict[str, Any] = {"v": 1, "entity": "customer", "root": {"op": "and", "children": []}}


def read_for(user: Any, source: Any, *, catalogue: Catalogue | None = None) -> Definition:
    """The definition as the person may use it. Raises ``SettingsError`` with every problem found.

    Segments and lists that it names must be visible to the person, fields must not need a right that the
    person lacks. ``user`` None is the installation itself.
    """
    found = read(source, purchases.named(catalogue or fields.whole(), source))
    problems = [*_unknown_segments(user, found), *_unknown_lists(user, found), *_hidden(user, found)]
    if problems:
        raise SettingsError(problems)
    return found


def stored(source: Any, catalogue: Catalogue) -> Definition:
    """A published definition, whoever wrote it."""
    return read(source, catalogue)


def _unknown_segments(user: Any, definition: Definition) -> Iterator[Problem]:
    known = {str(pk) for pk in _segments(user).values_list("pk", flat=True)} if definition.segments else set()
    for leaf in leaves(definition.root):
        if isinstance(leaf, Membership) and leaf.segment not in known:
            words = Words("This segment does not exist, or is not published.", "该分群不存在，或尚未发布。")
            yield Problem(f"{leaf.at}/id", "unknown", words)


def _segments(user: Any) -> Any:
    found = Segment.objects.all() if user is None else Segment.objects.visible_to(user)
    return found.filter(state=SegmentState.PUBLISHED)


def _unknown_lists(user: Any, definition: Definition) -> Iterator[Problem]:
    if not definition.lists:
        return
    lists = CustomerList.objects.all() if user is None else CustomerList.objects.visible_to(user)
    known = set(lists.filter(pk__in=definition.lists).values_list("pk", flat=True))
    for leaf in leaves(definition.root):
        if isinstance(leaf, Listed) and leaf.list_id not in known:
            yield Problem(f"{leaf.at}/id", "unknown", Words("This list does not exist.", "该名单不存在。"))


def _everywhere(root: Node) -> Iterator[Node]:
    """The leaves, and those of the conditions about their rows."""
    for leaf in leaves(root):
        yield leaf
        where = getattr(leaf, "where", None)
        if where is not None:
            yield from leaves(where)


def _hidden(user: Any, definition: Definition) -> Iterator[Problem]:
    for leaf in _everywhere(definition.root):
        field = leaf.field if isinstance(leaf, Attribute) else None
        if user is not None and field is not None and field.privacy and not allowed(user, field.privacy):
            words = Words("You may not use this field.", "您无权使用该字段。")
            yield Problem(f"{leaf.at}/field", "not_allowed", words)


def refuse_cycle(segment: Segment, definition: Definition) -> None:
    """Segments that ask for each other have no order of evaluation."""
    needs = {str(pk): asked_in(source) for pk, source in _published().items()}
    mine = str(segment.pk)
    needs[mine] = set(definition.segments)
    try:
        evaluation_order(needs)
    except SegmentCycleError as error:
        if mine not in error.path:
            return
        names = dict(Segment.objects.filter(pk__in=error.path).values_list("pk", "name"))
        path = " → ".join(names.get(int(one), one) for one in error.path)
        at = next(
            (
                one.at
                for one in leaves(definition.root)
                if isinstance(one, Membership) and one.segment in error.path
            ),
            "/root",
        )
        words = Words(f"The segments ask for each other: {path}.", f"分群相互引用：{path}。")
        raise SettingsError([Problem(f"{at}/id", "cycle", words)]) from None


def _published() -> dict[int, Any]:
    found = Segment.objects.filter(state=SegmentState.PUBLISHED, version__isnull=False)
    return dict(found.values_list("pk", "version__definition"))


def asked_in(node: Any) -> set[str]:
    """Ids of the segments that a definition's JSON asks for."""
    if isinstance(node, Mapping):
        own = {node["id"]} if node.get("t") == "segment" and isinstance(node.get("id"), str) else set()
        return own.union(*map(asked_in, node.values()))
    if isinstance(node, list):
        return set().union(*map(asked_in, node))
    return set()


def lists_in(node: Any) -> set[int]:
    """Ids of the lists that a definition's JSON asks for."""
    if isinstance(node, Mapping):
        own = {node["id"]} if node.get("t") == "list" and isinstance(node.get("id"), int) else set()
        return own.union(*map(lists_in, node.values()))
    if isinstance(node, list):
        return set().union(*map(lists_in, node))
    return set()


def sha256(definition: Any) -> str:
    """Of the canonical JSON: keys sorted, no spaces, text as it is."""
    text = json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
