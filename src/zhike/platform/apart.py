"""Work in a niced process of its own, so that its memory and its crash stay its own.

The process is a copy of this one: it has loaded already what takes seconds to load, and begins at once.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from django.db import connections

log = logging.getLogger("zhike.jobs")

# macOS does not let a process that has used its frameworks be copied.
CAN_COPY = sys.platform == "linux"


def in_copy(work: Callable[[], object], niceness: int) -> None:
    """Wait until a copy of this process has done the work; when the waiting is interrupted, the copy ends."""
    # A connection belongs to one process.
    connections.close_all()
    copy = os.fork()
    if copy == 0:
        _be_the_copy(work, niceness)
    try:
        os.waitpid(copy, 0)
    except BaseException:
        os.kill(copy, signal.SIGKILL)
        os.waitpid(copy, 0)
        raise


def _be_the_copy(work: Callable[[], object], niceness: int) -> NoReturn:
    """Work as a process that nobody prepared, and end without what the original does at its end."""
    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        os.nice(niceness)
        work()
        status = 0
    except BaseException:
        log.exception("work in a process of its own failed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
