"""From the order to the page with the real processes: posted by the API, seen on the page in a segment.

``zhike serve`` works on the store; each order makes one more customer enter a segment. The clock starts when
the order is sent and stops when the customer's page names the segment, asked for again and again.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from typing import Any

GOAL, PATIENCE, PAUSE = 2.0, 30.0, 0.05
#: More than anybody spends in a week.
LARGE = 50_000_000
ROOT = {
    "t": "agg",
    "source": "order",
    "fn": "sum",
    "of": "net",
    "cmp": "gte",
    "value": f"{LARGE}.00",
    "window": {"last": 7, "unit": "day"},
}


class Browser:
    """Asks the running product, as its owner."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.headers: dict[str, str] = {}

    def ask(self, path: str, given: Any = None) -> str:
        body = None if given is None else json.dumps(given).encode()
        request = urllib.request.Request(f"{self.url}{path}", body, self.headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def wait(self, path: str, text: str = "") -> float:
        """Seconds until a page holds the text."""
        began = time.perf_counter()
        while time.perf_counter() - began < PATIENCE * 4:
            try:
                if text in self.ask(path):
                    return time.perf_counter() - began
            except OSError:
                pass
            time.sleep(PAUSE)
        raise SystemExit(f"{path} never showed {text}")


def measure(orders: int) -> None:
    """Print how long so many orders took, one after the other."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    browser = Browser(port)
    browser.headers = _signed_in()
    segment = _segment()
    command = [sys.executable, "-m", "zhike", "serve", "--port", str(port)]
    server = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        browser.wait("/healthz")
        browser.wait(f"/api/v1/segments/{segment}", f'"as_of": "{time.strftime("%Y")}')
        time.sleep(5)
        _tell([_one(browser, segment, customer) for customer in _customers(orders)])
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)


def _signed_in() -> dict[str, str]:
    """A token for the API and a session for the pages."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from zhike.crm.accounts import services

    owner = _owner()
    _token, text = services.create_token(actor=owner, name="bench")
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(owner.pk), owner.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.create()
    return {
        "Authorization": f"Bearer {text}",
        "Cookie": f"sessionid={session.session_key}",
        "Content-Type": "application/json",
    }


def _owner() -> Any:
    from zhike.crm.accounts.models import Role, User
    from zhike.crm.accounts.services import ensure_starting_roles

    ensure_starting_roles()
    found = User.objects.filter(username="bench").first()
    return found or User.objects.create_user("bench", "x", role=Role.objects.get(code="owner"))


def _segment() -> int:
    from zhike.crm.segments import services

    definition = {"v": 1, "entity": "customer", "root": {"op": "and", "children": [ROOT]}}
    name = f"bench {time.time_ns()}"
    segment = services.create_segment(actor=_owner(), name=name, definition=definition)
    return int(services.publish(actor=_owner(), segment=segment).pk)


def _customers(orders: int) -> list[int]:
    from zhike.crm.insight.models import CustomerScore

    return list(
        CustomerScore.objects.order_by("customer_id").values_list("pk", flat=True)[300 : 300 + orders]
    )


def _one(browser: Browser, segment: int, customer: int) -> float:
    line = {"description": "bench", "quantity": "1", "unit_price": f"{LARGE + 1}.00"}
    began = time.perf_counter()
    browser.ask(
        "/api/v1/orders", {"customer_id": customer, "number": f"live-{time.time_ns()}", "lines": [line]}
    )
    browser.wait(f"/customers/{customer}/cards/side", f"/segments/{segment}?customer={customer}")
    return time.perf_counter() - began


def _tell(seconds: list[float]) -> None:
    ordered = sorted(seconds)
    late = ordered[int(len(ordered) * 0.95)]
    print(
        f"  {len(ordered)} orders by the API until the page names the segment: "
        f"median {statistics.median(ordered):.2f} s   p95 {late:.2f}   max {ordered[-1]:.2f}   goal {GOAL:g}"
    )
