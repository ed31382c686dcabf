"""How much a file may be, so that no upload can exhaust the machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused before it is read: sizes in bytes, ratios, counts."""

    file_bytes: int = 1 << 30
    expanded_bytes: int = 8 << 30
    #: Real tables compress 5 to 40 times; far beyond that is an archive made to explode.
    expansion: int = 250
    #: Below this size the ratio is not looked at: a small file may hold one value many times.
    expansion_from: int = 64 << 20
    workbook_expanded_bytes: int = 1 << 30
    workbook_entries: int = 5_000
    columns: int = 1_000


DEFAULT_LIMITS = Limits()
