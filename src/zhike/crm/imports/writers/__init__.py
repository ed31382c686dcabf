"""One writer per kind of content: it takes a chunk's groups one by one, then writes all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from zhike.crm.imports.staging import StagedRow
from zhike.crm.imports.work import Work


class Writer(Protocol):
    """``prepare`` computes ahead of the transaction; in it ``load`` fetches what the groups may mean,
    ``take`` decides about one, ``flush`` writes."""

    def prepare(self, groups: Sequence[list[StagedRow]]) -> None: ...

    def load(self, groups: Sequence[list[StagedRow]]) -> None: ...

    def take(self, group: list[StagedRow]) -> None: ...

    def flush(self) -> None: ...


def writer_for(work: Work) -> Writer:
    from zhike.crm.imports.writers.contacts import ContactWriter
    from zhike.crm.imports.writers.customers import CustomerWriter
    from zhike.crm.imports.writers.orders import OrderWriter
    from zhike.crm.imports.writers.products import ProductWriter

    kinds: dict[str, Callable[[Work], Writer]] = {
        "customers": CustomerWriter,
        "contacts": ContactWriter,
        "products": ProductWriter,
        "orders": OrderWriter,
    }
    return kinds[work.run.entity](work)
