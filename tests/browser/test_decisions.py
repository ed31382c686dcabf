"""The inbox of decisions worked through with the keyboard, and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.steps import context_in, elsewhere, sign_in

# Rows with a key of their own are never taken for each other, so both records of 远达 get in.
FILE = (
    "客户编码,客户名称,电话,邮箱\nK1,王芳,13800001111,\nK2,李强,13900002222,\n"
    "K3,上海远达贸易有限公司,021-61234567,li@yuanda.cn\nK4,上海远达贸易公司,021 6123 4567,\n"
)
SECOND = "客户名称,电话,邮箱\n王小芳,13800001111,\n李小强,13900002222,\n新程软件有限公司,12,\n"
SEARCH_SECONDS = 240


def load(product, text: str) -> None:
    """Import through the command of the running installation."""
    path = product.home / "customers.csv"
    path.write_text(text, encoding="utf-8")
    product.run("-m", "zhike", "import", "customers", str(path), check=False, capture_output=True)


@pytest.fixture(scope="module")
def inbox(browser, product):
    load(product, FILE)
    load(product, SECOND)
    context = context_in(browser, product, "zh-hans", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, product)
    yield page
    context.close()


def press(page: Page, key: str) -> None:
    """A key that leads to another page, which hears the next key."""
    with elsewhere(page):
        page.keyboard.press(key)


def count(page: Page, kind: str) -> str:
    return page.locator(f"[data-kind={kind}] .badge").inner_text()


def test_rows_are_decided_by_keys_and_taken_back(inbox, product):
    inbox.goto(f"{product.url}/decisions/?kind=doubtful")
    assert count(inbox, "doubtful") == "2"
    first = inbox.locator("[data-entry][aria-current]").inner_text()
    press(inbox, "j")
    expect(inbox.locator("[data-entry][aria-current]")).not_to_contain_text(first.split("\n")[0])
    press(inbox, "k")
    expect(inbox.locator("[data-entry][aria-current]")).to_contain_text(first.split("\n")[0])
    press(inbox, "1")
    expect(inbox.locator("[data-kind=doubtful] .badge")).to_have_text("1")
    press(inbox, "u")
    expect(inbox.locator("[data-kind=doubtful] .badge")).to_have_text("2")
    inbox.keyboard.press("?")
    expect(inbox.locator("#keys")).to_be_visible()


def test_a_rejected_row_is_corrected_in_place(inbox, product):
    inbox.goto(f"{product.url}/decisions/?kind=rejected")
    inbox.keyboard.press("e")
    inbox.locator("input.is-invalid").fill("13700003333")
    inbox.keyboard.press("Enter")
    expect(inbox.locator("[data-kind=rejected] .badge")).to_have_text("0")
    inbox.goto(f"{product.url}/customers/?q=新程软件")
    expect(inbox.locator("table")).to_contain_text("新程软件有限公司")


def test_duplicates_are_found_merged_and_parted(inbox, product):
    inbox.goto(f"{product.url}/decisions/?kind=duplicate")
    for _second in range(SEARCH_SECONDS):
        if count(inbox, "duplicate") == "1":
            break
        inbox.wait_for_timeout(1000)
        inbox.reload()
    assert count(inbox, "duplicate") == "1"
    press(inbox, "1")
    expect(inbox.locator("[data-kind=duplicate] .badge")).to_have_text("0")
    press(inbox, "u")
    expect(inbox.locator("[data-kind=duplicate] .badge")).to_have_text("1")


def test_a_merge_is_undone_on_the_customer_page(inbox, product):
    inbox.goto(f"{product.url}/decisions/?kind=duplicate")
    press(inbox, "1")
    expect(inbox.locator("[data-kind=duplicate] .badge")).to_have_text("0")
    inbox.goto(f"{product.url}/customers/?q=远达")
    expect(inbox.locator("#customers tbody tr")).to_have_count(1)
    with elsewhere(inbox):
        inbox.locator("#customers tbody a", has_text="远达").first.click()
    inbox.on("dialog", lambda dialog: dialog.accept())
    with elsewhere(inbox):
        inbox.get_by_role("button", name="撤销合并").click()
    inbox.wait_for_url(re.compile(r"/customers/\d+$"))
    expect(inbox.locator("body")).to_contain_text("已恢复为单独的客户")
    inbox.goto(f"{product.url}/customers/?q=远达")
    expect(inbox.locator("#customers tbody tr")).to_have_count(2)


def test_all_alike_is_previewed_on_a_phone(browser, inbox, product):
    context = context_in(browser, product, "en", viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, product)
    page.goto(f"{product.url}/decisions/?kind=doubtful")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 1
    page.get_by_text("All alike…").click()
    page.get_by_text("Leave all of them out").first.click()
    expect(page.locator("#alike-body")).to_contain_text(re.compile(r"2 rows"))
    page.locator("#alike-body button.btn-primary").click()
    expect(page.locator("[data-kind=doubtful] .badge")).to_have_text("0")
    context.close()
