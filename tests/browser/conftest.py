"""A real browser on a running product: web, events and jobs as `zhike serve` starts them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
START_SECONDS = 60
TESTS = Path(__file__).parent.parent


@dataclass(frozen=True)
class Product:
    """A running installation of its own."""

    url: str
    home: Path
    user: str
    password: str

    def run(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """Python with these arguments in the installation: ``-c`` with code, or ``-m zhike`` with a command."""
        environment = {
            **os.environ,
            "ZHIKE_HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "zhike.conf.settings",
            "PYTHONPATH": str(TESTS),
        }
        environment.pop("DATABASE_URL", None)
        return subprocess.run([sys.executable, *arguments], env=environment, text=True, **more)

    def has(self, code: str) -> None:
        """Put into the store what the code makes."""
        self.run("-c", f"import django; django.setup()\n{code}", check=True)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    if CHROMIUM is None:
        pytest.fail("Chromium is missing: run `make system`")
    return {"executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="module")
def product(tmp_path_factory) -> Iterator[Product]:
    """An empty installation, served by ``zhike serve`` until the module's tests are over."""
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "ZHIKE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhike.conf.settings"}
    environment.pop("DATABASE_URL", None)
    zhike = [sys.executable, "-m", "zhike"]
    subprocess.run([*zhike, "migrate"], env=environment, check=True)
    created = subprocess.run(
        [*zhike, "user", "boss", "--name", "陈总"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    port = _free_port()
    server = subprocess.Popen([*zhike, "serve", "--port", str(port)], env=environment, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server)
        yield Product(url, home, "boss", created.stdout.split("password: ")[1].strip())
    finally:
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        time.sleep(0.3)
    pytest.fail("the product does not answer")
