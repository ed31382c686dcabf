"""A real worker, a real mail server, and kill -9 between them."""

from __future__ import annotations

import re
import signal
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from installations import in_django

PREPARE = """
import sys
from zhike.crm.accounts.services import ensure_starting_roles
from zhike.crm.accounts.models import Role, User
from zhike.crm.notifications import kinds, services
ensure_starting_roles()
user = User.objects.filter(username="east").first() or User.objects.create_user(
    "east", "x", email="east@example.com", role=Role.objects.get(code="sales")
)
for number in range(3):
    services.notify(user=user, kind="tasks.due", key=f"{sys.argv[1]} {number}", params={"title": f"任务{number}"})
"""
# ``late`` stands for the time after the lease of a dead worker.
WORK = """
import sys
from datetime import date, timedelta
from django.utils import timezone
from zhike.crm.notifications import outbox
now = timezone.now() + timedelta(minutes=5 if "late" in sys.argv else 0)
outbox.gather_digests(date(2026, 11, int(sys.argv[1])), now)
print(outbox.send_due(now))
"""


class MailServer(socketserver.ThreadingTCPServer):
    """Takes letters by SMTP; stalls at the command named by ``stall``, and says so."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.received: list[str] = []
        self.stall = ""
        self.stalled, self.go_on = threading.Event(), threading.Event()

    def wait_at(self, place: str) -> None:
        if self.stall == place:
            self.stalled.set()
            self.go_on.wait(30)


class Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.say("220 test")
        for raw in self.rfile:
            command = raw.decode().strip().upper()
            self.server.wait_at(command.split(" ")[0])
            if command == "DATA":
                self.take()
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self) -> None:
        self.say("354 go on")
        lines = []
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            lines.append(raw.decode())
        self.server.received.append("".join(lines))
        self.server.wait_at("TAKEN")
        self.say("250 taken")

    def say(self, text: str) -> None:
        try:
            self.wfile.write(f"{text}\r\n".encode())
        except OSError:
            return


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.go_on.set()
        running.shutdown()


@pytest.fixture(scope="module")
def start(tmp_path_factory, installation, server) -> Any:
    """Starts a worker process of an installation of its own, with one person who has unread news."""
    firm = installation(tmp_path_factory.mktemp("home"))
    mail = {
        "ZHIKE_EMAIL_HOST": "127.0.0.1",
        "ZHIKE_EMAIL_PORT": str(server.server_address[1]),
        "ZHIKE_EMAIL_SECURITY": "none",
        "ZHIKE_EMAIL_FROM": "Zhike <crm@example.com>",
    }

    def run(script: str, *arguments: str) -> subprocess.Popen[str]:
        return firm.start("-c", in_django(script), *arguments, env=mail, text=True, stdout=subprocess.PIPE)

    return run


def ids(server: MailServer) -> list[str]:
    return [re.search(r"(?m)^Message-ID: (.*)$", letter)[1].strip() for letter in server.received]


def kill_at(place: str, day: str, server: MailServer, start: Any) -> None:
    assert start(PREPARE, day).wait() == 0
    server.received.clear(), server.stalled.clear(), server.go_on.clear()
    server.stall = place
    worker = start(WORK, day)
    assert server.stalled.wait(240)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    server.stall = ""
    server.go_on.set()


def test_killed_before_the_letter_left_it_is_sent_once(server, start):
    kill_at("MAIL", "21", server, start)
    assert server.received == []
    # While the dead worker's lease lasts nobody touches its letter.
    start(WORK, "21").wait()
    assert server.received == []
    start(WORK, "21", "late").wait()
    start(WORK, "21", "late").wait()
    assert len(server.received) == 1
    assert "auto-generated" in server.received[0]


def test_killed_after_the_letter_left_its_copy_has_the_same_id(server, start):
    kill_at("TAKEN", "22", server, start)
    start(WORK, "22", "late").wait()
    start(WORK, "22", "late").wait()
    assert len(server.received) == 2
    assert len(set(ids(server))) == 1
