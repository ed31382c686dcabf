"""A real browser on a running product: web, events and jobs as `zhike serve` starts them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import expect

from installations import Installation

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
START_SECONDS, END_SECONDS = 240, 120
FIRST_PORT, PORTS_EACH = 20_000, 100
# Several browsers share the machine with the products that they look at.
expect.set_options(timeout=60_000)


@dataclass(frozen=True)
class Product(Installation):
    """A running installation and who may do everything in it."""

    url: str
    user: str
    password: str
    # Cookies of who signed in already, by user name.
    sessions: dict[str, list[Any]] = field(default_factory=dict, compare=False)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    if CHROMIUM is None:
        pytest.fail("Chromium is missing: run `make system`")
    return {"executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def owned(tmp_path_factory, installation) -> tuple[Installation, str]:
    """An installation with one user, who owns it, and the password."""
    firm = installation(tmp_path_factory.mktemp("owned"))
    told = firm.run(
        "-m", "zhike", "user", "boss", "--name", "陈总", check=True, capture_output=True, text=True
    )
    return firm, told.stdout.split("password: ")[1].strip()


@pytest.fixture(scope="module")
def beginning() -> str:
    """Code that fills the installation before it is served; a module has its own where jobs would interfere."""
    return ""


@pytest.fixture(scope="module")
def product(tmp_path_factory, owned, beginning) -> Iterator[Product]:
    """An installation, empty but for its beginning, served by ``zhike serve`` until the module's tests are over."""
    firm, password = owned
    home = firm.copy(tmp_path_factory.mktemp("home"))
    if beginning:
        home.has(beginning)
    with served(home) as url:
        yield Product(home.home, url, "boss", password)


@contextmanager
def served(firm: Installation, console: Any = None) -> Iterator[str]:
    """``zhike serve``, which prints to the console; ended by a signal."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    server = firm.start("-m", "zhike", "serve", "--port", str(port), stdout=console, start_new_session=True)
    try:
        _wait(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=END_SECONDS)


def _free_port() -> int:
    """One of this worker's own, below those that the system gives to anybody: it is free until it is served."""
    first = FIRST_PORT + PORTS_EACH * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in range(first, first + PORTS_EACH):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    pytest.fail("no port is free")


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the product ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            pass
        time.sleep(0.1)
    pytest.fail("the product does not answer")
