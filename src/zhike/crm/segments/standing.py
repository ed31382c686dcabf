"""The place of a customer in a segment that takes only the first by some field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from zhike.analytics.engine.session import identifier
from zhike.analytics.segments import members
from zhike.crm.insight.queries import snapshot_scope
from zhike.crm.segments import base
from zhike.crm.segments.definitions import read_for

_SEEN = "people_seen"
# The order of ``analytics.segments.members``: what is not known comes last, equal ones by number.
_PLACE = """
WITH met AS ({met}), mine AS (SELECT best, customer_id FROM met WHERE customer_id = {customer})
SELECT COUNT(*), COUNT(*) FILTER (
  m.best {before} o.best OR (m.best IS NOT NULL AND o.best IS NULL)
  OR (m.best IS NOT DISTINCT FROM o.best AND m.customer_id <= o.customer_id))
FROM met m CROSS JOIN mine o
"""


@dataclass(frozen=True)
class Place:
    """``rank`` among the ``among`` customers who meet the conditions, of whom the first ``n`` are taken."""

    rank: int
    among: int
    n: int


def place(user: Any, definition: Any, customer_id: int, *, of_all: bool = False) -> Place | None:
    """Among the customers that the person sees, or ``of_all``, as of the last analysis.

    None where the segment takes everybody, or the customer did not meet the conditions then.
    """
    found = read_for(user, definition)
    meta, limit = base.meta(), found.limit
    if meta is None or limit is None:
        return None
    scope, values = ("TRUE", {}) if of_all else snapshot_scope(user, "c")
    query = members(replace(found, limit=None), replace(base.asked_of(), customers=_SEEN), meta["as_of"])
    heads = {_SEEN: f"SELECT * FROM people c WHERE {scope}"}
    text, params, brought = base.asking(query, found, heads=heads)
    best = f"c.{identifier(limit.column)} AS best"
    met = f"SELECT c.customer_id, {best} FROM people c SEMI JOIN ({text}) USING (customer_id)"
    asked = _PLACE.format(met=met, customer=int(customer_id), before="<" if limit.ascending else ">")
    ((among, rank),) = base.reader().ask(asked, {**params, **values}, brought)
    return Place(rank, among, limit.n) if rank else None
