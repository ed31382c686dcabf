"""What makes a simulated company lively once it is analyzed: tasks, birthdays, a list with its hold-out,
segments, strategies.

One function for both ways in, the console and the set-up in the browser.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.demo.care import add_birthdays
from zhike.demo.divisions import add_segments
from zhike.demo.lists import add_lists
from zhike.demo.strategies import add_strategies
from zhike.demo.tasks import add_tasks


def enliven(actor: Any, say: Callable[[str], None]) -> None:
    """Add what is missing; ``say`` hears each step. A second call adds nothing."""
    say("Adding tasks")
    add_tasks()
    say("Adding birthdays")
    add_birthdays()
    say("Adding a list for a treatment")
    add_lists(actor)
    say("Adding segments")
    add_segments(actor)
    say("Adding a strategy per tier")
    add_strategies(actor)
