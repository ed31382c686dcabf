"""Work in a copied process: niced, and whatever happens to it, the original goes on."""

from __future__ import annotations

import os
import signal

import pytest

from zhike.platform import apart

pytestmark = pytest.mark.skipif(not apart.CAN_COPY, reason="processes are not copied here")


def test_the_work_is_done_by_another_process_that_gives_way(tmp_path):
    told, mine = tmp_path / "told", os.nice(0)
    apart.in_copy(lambda: told.write_text(f"{os.getpid()} {os.nice(0)}"), 7)
    process, niceness = map(int, told.read_text().split())
    assert process != os.getpid()
    assert niceness == min(19, mine + 7)
    assert os.nice(0) == mine


def test_a_crash_of_the_work_stays_its_own(caplog):
    def fail() -> None:
        raise MemoryError

    apart.in_copy(fail, 0)
    apart.in_copy(lambda: os.kill(os.getpid(), signal.SIGKILL), 0)
    apart.in_copy(lambda: os.kill(os.getpid(), signal.SIGTERM), 0)


def test_the_work_ends_when_nobody_waits_for_it_any_more(tmp_path):
    class TooLong(Exception):
        pass

    def give_up(*_args) -> None:
        raise TooLong

    def work() -> None:
        (tmp_path / "pid").write_text(str(os.getpid()))
        signal.pause()

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    with pytest.raises(TooLong):
        apart.in_copy(work, 0)
    signal.signal(signal.SIGALRM, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
