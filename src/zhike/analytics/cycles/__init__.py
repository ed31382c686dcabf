"""Purchase rhythm: when the next order is due, who is overdue, and what they will need.

    rhythm = purchase_cycles(session, "facts", as_of)   # cycle, next order with interval, status
    need = expected_need(session, "lines", as_of)       # products, quantities and dates

Days are numbers since 1970-01-01; no expected day lies in the past. Names load on first use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.analytics.first_use import on_first_use

_HOMES = {
    "CycleReport": "report",
    "CycleSettings": "rhythm",
    "NeedReport": "need_report",
    "Rhythms": "rhythm",
    "Usual": "need",
    "category_cycles": "category",
    "evaluate_cycles": "report",
    "evaluate_need": "need_report",
    "expected_need": "need",
    "purchase_cycles": "rhythm",
    "usual_rhythms": "need",
}

__all__ = [
    "CycleReport",
    "CycleSettings",
    "NeedReport",
    "Rhythms",
    "Usual",
    "category_cycles",
    "evaluate_cycles",
    "evaluate_need",
    "expected_need",
    "purchase_cycles",
    "usual_rhythms",
]

__getattr__: Callable[[str], Any] = on_first_use(__name__, _HOMES)
