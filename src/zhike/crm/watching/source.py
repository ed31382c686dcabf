"""Where live figures come from: the published snapshot in a person's row scope, with the members of segments.

The snapshot knows every customer's tier, its history, stages, months and periods, the segment base what is
foretold; who is in which segment is read from the store and offered beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.segments import paired, present
from zhike.crm.watching import assigned
from zhike.crm.watching.choices import Kind
from zhike.crm.watching.codes import RANKS
from zhike.crm.watching.groups import Group
from zhike.crm.watching.kept import Answer, kept

FORETOLD = ("p_active", "churn_probability", "clv", "value_at_risk", "expected_orders")
_NOTHING_FORETOLD = ", ".join(f"CAST(NULL AS DOUBLE) AS {name}" for name in ("customer_id", *FORETOLD))


@dataclass(frozen=True)
class Source:
    """The snapshot of one person with the relations that the groups need."""

    base: Snapshot
    groups: tuple[Group, ...] = ()
    brought: dict[str, pa.Table] = field(default_factory=dict)

    def arrow(self, text: str, **values: Any) -> pa.Table:
        """The answer to a text of the program's own; ``{scope}`` is the person's row scope over ``c``,
        ``{predicted}`` the relation of what is foretold."""
        filled = text.format(scope=self.base.scope, predicted=predicted())
        reader = paired.Paired({**self._members, **self.brought})
        return reader.arrow(filled, {**self.base.values, **values} or None)

    @cached_property
    def _members(self) -> dict[str, pa.Table]:
        """Who is in the segments and in the tiers of other models among the groups at this moment."""
        found = {"members": present.members_of(self._segments)}
        if self._refs(Kind.MODEL):
            found["assigned"] = assigned.now(self._refs(Kind.MODEL))
        return found

    @cached_property
    def _segments(self) -> list[tuple[Any, ...]]:
        return present.stamps(sorted(self._refs(Kind.SEGMENT)))

    def _refs(self, kind: Kind) -> list[int]:
        return [one.ref for one in self.groups if one.kind == kind]

    @cached_property
    def stamp(self) -> tuple[Any, ...]:
        """What an answer depends on beside its question: the files, the row scope, who is in the groups."""
        models = {ref // RANKS for ref in self._refs(Kind.MODEL)}
        members = (*self._segments, *assigned.stamps(models))
        keys = tuple(one.key for one in self.groups)
        return (paired.files(), self.base.scope, repr(self.base.values), keys, members)

    def kept(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The answer of before, as long as it holds."""
        return kept((self.stamp, question), ask)

    def rows(self, text: str, **values: Any) -> list[dict[str, Any]]:
        return list(self.arrow(text, **values).to_pylist())


def predicted() -> str:
    """What is foretold by customer, money in units; empty while nothing is."""
    if any(f"people.{name}" in paired.known() for name in FORETOLD):
        return "extra.people"
    return f"(SELECT {_NOTHING_FORETOLD} WHERE FALSE)"


def customers_with_predictions() -> str:
    """The snapshot's customers with what is foretold of each, as models beside the primary one measure it."""
    brought = ", ".join(f"p.{name}" for name in FORETOLD)
    join = f"LEFT JOIN {predicted()} p ON p.customer_id = c.customer_id"
    return f"(SELECT c.*, {brought} FROM customers c {join})"


def source_of(base: Snapshot, groups: Iterable[Group]) -> Source:
    """With who is in the segments and in the tiers of other models among ``groups`` at this moment."""
    return Source(base, tuple(groups))
