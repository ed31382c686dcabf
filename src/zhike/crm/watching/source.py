"""Where live figures come from: the published snapshot in a person's row scope, with the members of segments.

The snapshot knows every customer's tier, its history, stages, months and periods, the segment base what is
foretold; who is in which segment is read from the store and offered beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.segments import paired, present
from zhike.crm.watching import assigned
from zhike.crm.watching.choices import Kind
from zhike.crm.watching.groups import Group

FORETOLD = ("p_active", "churn_probability", "clv", "value_at_risk", "expected_orders")
_NOTHING_FORETOLD = ", ".join(f"CAST(NULL AS DOUBLE) AS {name}" for name in ("customer_id", *FORETOLD))


@dataclass(frozen=True)
class Source:
    """The snapshot of one person with the relations that the groups need."""

    base: Snapshot
    brought: dict[str, pa.Table] = field(default_factory=dict)

    def arrow(self, text: str, **values: Any) -> pa.Table:
        """The answer to a text of the program's own; ``{scope}`` is the person's row scope over ``c``,
        ``{predicted}`` the relation of what is foretold."""
        filled = text.format(scope=self.base.scope, predicted=predicted())
        return paired.Paired(self.brought).arrow(filled, {**self.base.values, **values} or None)

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


def source_of(base: Snapshot, groups: Sequence[Group]) -> Source:
    """With who is in the segments and in the tiers of other models among ``groups`` at this moment."""
    refs = {kind: [one.ref for one in groups if one.kind == kind] for kind in (Kind.SEGMENT, Kind.MODEL)}
    brought = {"members": present.members(refs[Kind.SEGMENT])}
    if refs[Kind.MODEL]:
        brought["assigned"] = assigned.now(refs[Kind.MODEL])
    return Source(base, brought)
