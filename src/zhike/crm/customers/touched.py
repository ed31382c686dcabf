"""Who wants to know which customers were written: rooms above subscribe when they are set up.

Told in the transaction of the write, so that a subscriber's note of it is never lost and never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Listener = Callable[[Sequence[int]], None]
_LISTENERS: list[Listener] = []


def subscribe(listener: Listener) -> None:
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def tell(customer_ids: Sequence[int]) -> None:
    for listener in _LISTENERS:
        listener(customer_ids)
