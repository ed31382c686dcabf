"""A small supervisor: starts web and worker, starts them again when they die, and leaves nothing behind.

Each child leads a session of its own, so that Ctrl-C or a SIGTERM to the group of the supervisor does not
reach it. On the way out SIGTERM goes to the main process of each child only (a django-q cluster hangs when
its whole group gets the signal), and what is left of its group after ten seconds is killed. A guard process
does the same when the supervisor itself is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

from zhike.platform import guard

POLL_SECONDS = 0.1
FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
# A child that lived this long was healthy: its next restart is prompt again.
HEALTHY_SECONDS = 20.0
# So many failures of its own right after the start, in a row, mean that it cannot start at all.
GIVE_UP_AFTER = 5

_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One supervised command and what became of its latest process."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    delay: float = FIRST_DELAY
    start_at: float = 0.0
    failures: int = 0

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """``Supervisor({"web": [...], "worker": [...]}).run()`` returns the exit status of the whole."""

    def __init__(self, commands: Mapping[str, Sequence[str]], *, grace: float = guard.GRACE_SECONDS) -> None:
        self.children = [Child(name, command) for name, command in commands.items()]
        self.grace = grace
        self._signals = 0
        self._guard: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            return self._supervise()
        finally:
            self._stop_children()
            self._end_guard()

    def _supervise(self) -> int:
        while not self._signals:
            self._keep_guard()
            for child in self.children:
                self._tend(child)
                if child.failures >= GIVE_UP_AFTER:
                    _say(f"{child.name} does not start; giving up")
                    return 1
            time.sleep(POLL_SECONDS)
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1

    def _tend(self, child: Child) -> None:
        """Start the child when it is due; notice that it ended."""
        if child.is_running:
            return
        if child.process is not None:
            self._bury(child)
        if time.monotonic() >= child.start_at and not self._signals:
            self._start(child)

    def _start(self, child: Child) -> None:
        child.started = time.monotonic()
        child.process = subprocess.Popen(
            child.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
        self._tell_guard("+", child.process.pid)

    def _bury(self, child: Child) -> None:
        """Clear what a dead child left and plan its next start."""
        process = child.process
        assert process is not None
        guard.kill_group(process.pid)
        self._tell_guard("-", process.pid)
        lived = time.monotonic() - child.started
        healthy = lived >= HEALTHY_SECONDS
        child.process = None
        child.failures = 0 if healthy or process.returncode <= 0 else child.failures + 1
        child.delay = FIRST_DELAY if healthy else min(child.delay * 2, LONGEST_DELAY)
        child.start_at = time.monotonic() + child.delay
        _say(f"{child.name} ended ({_how(process.returncode)}); starting again in {child.delay:.0f} s")

    def _stop_children(self) -> None:
        """SIGTERM to each main process, time to finish (a second signal cuts it short), then the group."""
        before = self._signals
        processes = [child.process for child in self.children if child.process is not None]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + self.grace
        while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
            if self._signals > before:
                break
            time.sleep(POLL_SECONDS / 2)
        for process in processes:
            guard.kill_group(process.pid)
            process.wait()

    # The guard -------------------------------------------------------------------------------------

    def _keep_guard(self) -> None:
        """Start the guard, or a new one when it was killed, and tell it who lives."""
        if self._guard is not None and self._guard.poll() is None:
            return
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "zhike.platform.guard", str(self.grace)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        for child in self.children:
            if child.process is not None:
                self._tell_guard("+", child.process.pid)

    def _tell_guard(self, sign: str, pid: int) -> None:
        if self._guard is None or self._guard.stdin is None:
            return
        with contextlib.suppress(OSError):
            self._guard.stdin.write(f"{sign}{pid}\n".encode())
            self._guard.stdin.flush()

    def _end_guard(self) -> None:
        if self._guard is None:
            return
        with contextlib.suppress(OSError):
            self._guard.kill()
        self._guard.wait()


def _end_with_parent() -> None:
    """Ask the kernel for a SIGTERM when the supervisor dies: a second line behind the guard."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), f"zhike: {text}\n".encode())
