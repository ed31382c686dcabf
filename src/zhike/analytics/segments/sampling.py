"""How many customers a definition describes, told from a sample of them with its error.

The sample is drawn by hash of the customer's number and kept beside the relations (``people_sample`` beside
``people``), so that an estimate reads a small part of the data instead of a part of every page.

E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
Statistical Association 22 (1927), 209–212 (the interval).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhike.analytics.engine.session import identifier
from zhike.analytics.segments.catalogue import Catalogue

if TYPE_CHECKING:
    from zhike.analytics.engine.session import Session

#: So many customers, about, are asked: the error is then at most 0.3 % of everybody.
ASKED = 100_000
SUFFIX = "_sample"
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A count between ``low`` and ``high`` with 95 % confidence."""

    count: int
    low: int
    high: int


def offer_samples(session: Session, relations: Iterable[str], everybody: int) -> list[str]:
    """Make ``NAME_sample`` of relations with a ``customer_id``: the same customers in each. Returns names.

    Of few customers all are taken.
    """
    one_of = max(1, everybody // ASKED)
    names = []
    for relation in relations:
        name = f"{identifier(relation)}{SUFFIX}"
        session.connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM {relation} "
            f"WHERE hash(customer_id) % {one_of} = 0"
        )
        names.append(name)
    return names


def sampled(catalogue: Catalogue) -> Catalogue:
    """The catalogue over the samples, to read definitions against; memberships and buckets stay whole."""
    return replace(
        catalogue,
        customers=catalogue.customers + SUFFIX,
        sources={
            name: replace(source, relation=source.relation + SUFFIX)
            for name, source in catalogue.sources.items()
        },
        changing={
            name: replace(one, relation=one.relation + SUFFIX) for name, one in catalogue.changing.items()
        },
    )


def estimate(found: int, asked: int, everybody: int) -> Estimate:
    """What ``found`` of ``asked`` sampled customers says of everybody."""
    if not asked or asked >= everybody:
        return Estimate(found, found, found)
    share, z2 = found / asked, _Z * _Z
    # A sample without replacement is as good as a larger one with it.
    size = asked * (everybody - 1) / (everybody - asked)
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = _Z / (1 + z2 / size) * math.sqrt(share * (1 - share) / size + z2 / (4 * size * size))
    low, high = math.floor((middle - half) * everybody), math.ceil((middle + half) * everybody)
    # What was seen itself is certain.
    return Estimate(round(share * everybody), max(found, low), min(everybody - (asked - found), high))
