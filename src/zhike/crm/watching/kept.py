"""Answers over published files, kept until a file is published anew or somebody enters or leaves a group."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar

#: Sums, tables of a page: a few kilobytes each.
MOST = 128

Answer = TypeVar("Answer")
_answers: OrderedDict[Hashable, object] = OrderedDict()
_lock = Lock()


def kept(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to a question; ``key`` holds all that it depends on. What fails is not kept."""
    with _lock:
        if key in _answers:
            _answers.move_to_end(key)
            return _answers[key]  # type: ignore[return-value]  # kept under the key of its question
    answer = ask()
    with _lock:
        _answers[key] = answer
        while len(_answers) > MOST:
            _answers.popitem(last=False)
    return answer
