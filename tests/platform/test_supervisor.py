"""The supervisor under everything that ends processes: Ctrl-C, SIGTERM to one or all, kill -9 of anybody."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zhike.platform.guard import watch

# A child with a child of its own, as the web server and the worker are. It notes both numbers on each start;
# "stubborn" children note SIGTERM and go on.
CHILD = """
import os, signal, subprocess, sys, time
folder, stubborn = sys.argv[1], sys.argv[2] == "stubborn"
if stubborn:
    signal.signal(signal.SIGTERM, lambda *_: open(os.path.join(folder, "asked"), "w").close())
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
if not stubborn:
    def stop(*_):
        inner.terminate(); inner.wait()
        open(os.path.join(folder, "tidy"), "a").write("tidy\\n")
        sys.exit(0)
    signal.signal(signal.SIGTERM, stop)
with open(os.path.join(folder, "pids"), "a") as notes:
    notes.write(f"{os.getpid()} {inner.pid}\\n")
while True:
    time.sleep(0.1)
"""
SUPERVISOR = """
import sys
from zhike.platform.supervisor import Supervisor
child = [sys.executable, "-c", sys.argv[1], sys.argv[2], sys.argv[3]]
sys.exit(Supervisor({"one": child}, grace=float(sys.argv[4])).run())
"""


# A machine may be busy with other tests; whoever is in time does not wait that long.
PATIENCE = 120.0


class Supervised:
    def __init__(self, folder: Path, manner: str = "tidy", grace: float = PATIENCE) -> None:
        self.folder = folder
        command = [sys.executable, "-c", SUPERVISOR, CHILD, str(folder), manner, str(grace)]
        self.process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE)
        wait_until(lambda: len(self.starts) == 1)

    @property
    def starts(self) -> list[tuple[int, int]]:
        """(child, grandchild) of each start so far."""
        notes = self.folder / "pids"
        lines = notes.read_text().splitlines() if notes.exists() else []
        return [(int(a), int(b)) for a, b in (line.split() for line in lines if line.count(" ") == 1)]

    @property
    def survivors(self) -> list[int]:
        return [pid for start in self.starts for pid in start if is_alive(pid)]

    @property
    def guards(self) -> list[int]:
        own = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in own if "zhike.platform.guard" in command_line(int(pid))]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    begun: list[Supervised] = []

    def begin(**options: Any) -> Supervised:
        begun.append(Supervised(tmp_path, **options))
        return begun[-1]

    yield begin
    for supervised in begun:
        supervised.process.kill()
        supervised.process.wait()
        for pid in supervised.survivors:
            # The guard does the same.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_supervisor_ends_everything_tidily(
    supervise: Callable[..., Supervised], number: int
) -> None:
    supervised = supervise()
    supervised.process.send_signal(number)
    assert supervised.process.wait(PATIENCE) == 0
    assert supervised.survivors == []
    assert (supervised.folder / "tidy").read_text() == "tidy\n"


def test_a_signal_to_the_whole_group_ends_everything_tidily(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise()
    os.killpg(supervised.process.pid, signal.SIGTERM)
    assert supervised.process.wait(PATIENCE) == 0
    assert supervised.survivors == []
    assert (supervised.folder / "tidy").read_text() == "tidy\n"


def test_a_child_that_does_not_listen_is_killed_after_the_grace_period(
    supervise: Callable[..., Supervised],
) -> None:
    supervised = supervise(manner="stubborn", grace=0.5)
    supervised.process.terminate()
    assert supervised.process.wait(PATIENCE) == 0
    wait_until(lambda: supervised.survivors == [])


def test_a_second_signal_does_not_wait(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise(manner="stubborn", grace=600)
    supervised.process.terminate()
    wait_until((supervised.folder / "asked").exists)
    supervised.process.terminate()
    assert supervised.process.wait(PATIENCE) == 0
    wait_until(lambda: supervised.survivors == [])


def test_a_killed_child_is_started_again_and_its_own_children_are_gone(
    supervise: Callable[..., Supervised],
) -> None:
    supervised = supervise()
    child, grandchild = supervised.starts[0]
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: len(supervised.starts) == 2)
    wait_until(lambda: not is_alive(grandchild))
    assert all(is_alive(pid) for pid in supervised.starts[1])


@pytest.mark.parametrize("manner", ["tidy", "stubborn"])
def test_nothing_is_left_when_the_supervisor_is_killed(
    supervise: Callable[..., Supervised], manner: str
) -> None:
    supervised = supervise(manner=manner, grace=1)
    os.killpg(supervised.process.pid, signal.SIGKILL)
    supervised.process.wait()
    wait_until(lambda: supervised.survivors == [])


def test_a_killed_guard_is_replaced(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise()
    wait_until(lambda: len(supervised.guards) == 1)
    first = supervised.guards[0]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: supervised.guards and supervised.guards != [first])
    supervised.process.kill()
    supervised.process.wait()
    wait_until(lambda: supervised.survivors == [])


def test_a_command_that_cannot_start_ends_the_whole_with_an_error(tmp_path: Path) -> None:
    code = (
        "import sys; from zhike.platform import supervisor as s; s.LONGEST_DELAY = 0.01\n"
        "sys.exit(s.Supervisor({'web': [sys.executable, '-c', 'raise SystemExit(3)']}).run())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert "web does not start" in done.stderr


def test_the_guard_knows_the_groups_that_live() -> None:
    assert watch(["+10\n", "+11\n", "-10\n", "-99\n"]) == {11}
