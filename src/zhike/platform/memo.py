"""What one request asks several times is read once; outside of a request it is read each time."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.core.signals import request_finished, request_started

Answer = TypeVar("Answer")
_kept: ContextVar[dict[str, Any] | None] = ContextVar("kept", default=None)


def once(name: str, read: Callable[[], Answer]) -> Answer:
    """The answer of ``read``, kept under the name until the request is over."""
    kept = _kept.get()
    if kept is None:
        return read()
    if name not in kept:
        kept[name] = read()
    answer: Answer = kept[name]
    return answer


def keep(name: str, answer: Answer) -> Answer:
    """What was read in another way is the answer under this name until the request is over."""
    kept = _kept.get()
    if kept is not None:
        kept[name] = answer
    return answer


def _begin(**_signal: Any) -> None:
    _kept.set({})


def _end(**_signal: Any) -> None:
    _kept.set(None)


request_started.connect(_begin, dispatch_uid="memo")
request_finished.connect(_end, dispatch_uid="memo")
