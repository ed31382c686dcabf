"""The last one out: ends the children of a supervisor that was killed before it could do so itself.

Runs as a process in a session of its own with a pipe to the supervisor as standard input. Lines ``+PID`` and
``-PID`` tell which process groups live; the end of the pipe means that the supervisor is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_SECONDS = 10.0
STEP_SECONDS = 0.05


def watch(lines: Iterable[str]) -> set[int]:
    """Follow the supervisor until its pipe ends; the groups that are then alive."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def end_groups(leaders: set[int], grace: float = GRACE_SECONDS) -> None:
    """SIGTERM to the leaders alone, time to finish, then SIGKILL to whatever is left of their groups.

    The signal must not go to a whole group first: django-q's cluster hangs when its workers get it too.
    """
    for leader in leaders:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(leader, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(is_group_alive(leader) for leader in leaders) and time.monotonic() < deadline:
        time.sleep(STEP_SECONDS)
    for leader in leaders:
        kill_group(leader)


def is_group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_groups(watch(sys.stdin), float(sys.argv[1]))


if __name__ == "__main__":
    main()
