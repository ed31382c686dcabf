"""Take the pictures of the README from the simulated company: ``make shots``."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
CUSTOMERS = 5_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
# name, address (None: the best customer), width, height
VIEWS = [
    ("dashboard", "/insight/", 1440, 1000),
    ("today", "/today/", 1440, 900),
    ("list", "/customers/?sort=-net_revenue", 1440, 800),
    ("customer", None, 1440, 1100),
    ("phone", "/today/", 390, 844),
]


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    home = tempfile.mkdtemp(prefix="zhike-shots-")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "zhike", "demo", "--port", str(port), "--customers", str(CUSTOMERS)]
    product = subprocess.Popen(
        command, env={**os.environ, "ZHIKE_HOME": home}, stdout=subprocess.PIPE, text=True
    )
    try:
        password = _password(product)
        _wait(f"http://127.0.0.1:{port}/healthz")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for language, suffix in (("zh-hans", "zh"), ("en", "en")):
                _take(browser, f"http://127.0.0.1:{port}", password, language, suffix)
            browser.close()
    finally:
        product.terminate()
        product.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)


def _password(product: subprocess.Popen[str]) -> str:
    assert product.stdout is not None
    for line in product.stdout:
        found = re.match(r"\s+password\s+(\S+)", line)
        if found:
            return found[1]
    raise SystemExit("the demo did not start")


def _wait(address: str) -> None:
    for _attempt in range(120):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the demo does not answer")


def _take(browser: Browser, url: str, password: str, language: str, suffix: str) -> None:
    locale = "zh-CN" if suffix == "zh" else "en-GB"
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale=locale)
    context.add_cookies([{"name": "zhike_language", "value": language, "url": url}])
    page = context.new_page()
    page.goto(f"{url}/sign-in", wait_until="networkidle")
    page.fill("[name=username]", "boss")
    page.fill("[name=password]", password)
    page.click("form button.btn-primary[type=submit]")
    page.goto(f"{url}/customers/?sort=-net_revenue")
    best = page.locator("table tbody a[href^='/customers/']").first.get_attribute("href")
    _settle(page, url)
    for name, address, width, height in VIEWS:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(url + (address or best or "/"), wait_until="networkidle")
        page.wait_for_timeout(1200)
        page.screenshot(path=PICTURES / f"{name}.{suffix}.png")
    context.close()


def _settle(page: Page, url: str) -> None:
    """Put the first steps away: they fill the overview only once."""
    page.goto(f"{url}/insight/", wait_until="networkidle")
    steps = page.locator("form[action$='/checklist/close'] button")
    if steps.count():
        steps.first.click()


if __name__ == "__main__":
    main()
