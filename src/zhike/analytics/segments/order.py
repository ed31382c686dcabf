"""Which segment is evaluated before which: a segment comes after those whose members it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Set
from graphlib import CycleError, TopologicalSorter


class SegmentCycleError(ValueError):
    """Segments that ask for each other; ``path`` leads from one of them back to itself."""

    def __init__(self, path: list[str]) -> None:
        super().__init__(" → ".join(path))
        self.path = path


def evaluation_order(needs: Mapping[str, Set[str]]) -> list[str]:
    """The ids of ``needs`` (id → ids that it asks for), those first that nobody else has to wait for.

    Raises ``SegmentCycleError``. Ids that are asked for but have no entry are left out.
    """
    sorter = TopologicalSorter({one: sorted(asked) for one, asked in sorted(needs.items())})
    try:
        return [one for one in sorter.static_order() if one in needs]
    except CycleError as error:
        raise SegmentCycleError(list(reversed(error.args[1]))) from None
