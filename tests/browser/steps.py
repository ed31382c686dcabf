"""What most browser tests do first: a context in a language, a page that notes its troubles, signing in."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, Page

REST_SECONDS = ACT_SECONDS = 120
# A job may have to wait for others on a machine that is busy; a test ends as soon as what it waits for is there.
JOB_SECONDS = 240
# Two frames and a little more: what becomes visible or is loaded has asked for its content by then.
BREATH = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 40))))"

WIDE, PHONE = 1440, 390
OTHER = {WIDE: PHONE, PHONE: WIDE}


def context_in(browser: Any, product: Any, language: str, **options: Any) -> BrowserContext:
    """In a language, with nothing moving; it notes what its pages ask for and have no answer to."""
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(1000 * ACT_SECONDS)
    context.add_cookies([{"name": "zhike_language", "value": language, "url": product.url}])
    context.asked = asked = set()
    context.on("request", lambda request: asked.add(request))
    for name in ("requestfinished", "requestfailed"):
        context.on(name, lambda request: asked.discard(request))
    return context


def sign_in(page: Page, product: Any, user: str = "", password: str = "") -> None:
    """As the owner, or as somebody else: with the form the first time, with the session of then later."""
    name = user or product.user
    if name in product.sessions:
        page.context.add_cookies(product.sessions[name])
        return
    page.goto(f"{product.url}/sign-in")
    page.fill("[name=username]", name)
    page.fill("[name=password]", password or product.password)
    page.click("form button[type=submit].btn-primary")
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))
    product.sessions[name] = [one for one in page.context.cookies() if one["name"] == "sessionid"]


def at_rest(page: Page) -> None:
    """Everything is loaded, what the page asked for later too."""
    page.wait_for_load_state("load")
    asked: set[Any] = page.context.asked  # type: ignore[attr-defined]  # context_in
    deadline, calm = time.monotonic() + REST_SECONDS, 0
    while calm < 2:
        assert time.monotonic() < deadline, f"{page.url}: no answer to {[one.url for one in asked]}"
        page.evaluate(BREATH)
        calm = 0 if asked else calm + 1


@contextmanager
def elsewhere(page: Page) -> Iterator[None]:
    """What is done within leads to another page; when it is over, that page is there and listens."""
    with page.expect_navigation():
        yield


@contextmanager
def owners_page(
    browser: Any, product: Any, width: int, language: str, scheme: str = "light"
) -> Iterator[Page]:
    """Signed in as the owner; at the end no error may stand in the console. ``zh`` says the language."""
    viewport = {"width": width, "height": 844}
    context = context_in(browser, product, language, viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    troubles = noted(page)
    page.zh = language == "zh-hans"  # type: ignore[attr-defined]
    sign_in(page, product)
    yield page
    context.close()
    assert troubles == []


def noted(page: Page) -> list[str]:
    """What the page will complain of in its console."""
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    return troubles


def too_wide(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    assert too_wide(page) <= 1, f"{page.url}: {too_wide(page)} pixels too wide"


def fits_turned(page: Page) -> None:
    """Nothing is wider than the screen, be it the desk's or the phone's."""
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    for one in (OTHER[width], width):
        page.set_viewport_size({"width": one, "height": height})
        page.evaluate(BREATH)
        fits(page)
