"""What most browser tests do first: a context in a language, a page that notes its troubles, signing in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, Page


def context_in(browser: Any, product: Any, language: str, **options: Any) -> BrowserContext:
    context = browser.new_context(**options)
    context.add_cookies([{"name": "zhike_language", "value": language, "url": product.url}])
    return context


def sign_in(page: Page, product: Any, user: str = "", password: str = "") -> None:
    """As the owner, or as somebody else."""
    page.goto(f"{product.url}/sign-in")
    page.fill("[name=username]", user or product.user)
    page.fill("[name=password]", password or product.password)
    page.click("form button[type=submit].btn-primary")
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))


@contextmanager
def owners_page(
    browser: Any, product: Any, width: int, language: str, scheme: str = "light"
) -> Iterator[Page]:
    """Signed in as the owner; at the end no error may stand in the console. ``zh`` says the language."""
    viewport = {"width": width, "height": 844}
    context = context_in(browser, product, language, viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.zh = language == "zh-hans"  # type: ignore[attr-defined]
    sign_in(page, product)
    yield page
    context.close()
    assert troubles == []


def fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 1, f"{page.url}: {overflow} pixels too wide"
