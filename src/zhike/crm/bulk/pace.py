"""How many customers a chunk takes, so that a bulk act never keeps other people from writing."""

from __future__ import annotations

import time

from zhike.platform.store import is_sqlite

#: A chunk holds the write lock of SQLite for about so long.
TARGET_SECONDS = 0.15
SMALLEST, LARGEST = 100, 2_000
#: SQLite lets waiting writers try again every few milliseconds and does not queue them: leave them a gap.
LONGEST_GAP = 0.05


class Pace:
    def __init__(self, largest: int = LARGEST) -> None:
        self.largest = largest
        self.size = min(500, largest)

    def measure(self, seconds: float) -> None:
        """After a chunk: the size of the next one, and a breath in between."""
        factor = min(2.0, max(0.5, TARGET_SECONDS / max(seconds, 0.001)))
        self.size = int(min(self.largest, max(SMALLEST, self.size * factor)))
        if is_sqlite():
            time.sleep(min(LONGEST_GAP, seconds / 3))
