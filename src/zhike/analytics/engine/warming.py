"""What the first query of a process would otherwise wait for, done before anybody asks."""

from __future__ import annotations


def warm_up() -> None:
    """At the first list that Arrow takes it looks for pandas: half a second that no visitor should feel."""
    import pyarrow as pa

    pa.array([0])
