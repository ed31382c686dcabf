"""The first day in a real browser: from an empty installation to imported customers, tiers and a today page."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser import conftest
from browser.steps import JOB_SECONDS, at_rest, context_in, elsewhere, fits, noted
from browser.test_main_path import eventually
from installations import Installation

PASSWORD = "Tall-Bamboo-7731"
CUSTOMERS, ORDERS = 40, 6
SCREENS = [("nothing", "zh-hans", 1440, "钻石"), ("a store", "en", 390, "Diamond")]


@pytest.fixture
def empty(request, installation) -> Iterator[conftest.Product]:
    """An installation without anybody, with a store or with nothing at all; what it prints is kept."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "console.txt").open("w") as console:
        firm = Installation(Path(folder))
        if request.param == "a store":
            firm = installation(firm.home)
        with conftest.served(firm, console) as url:
            yield conftest.Product(firm.home, url, "chen", PASSWORD)


def files(folder: Path) -> dict[str, Path]:
    """Some customers, and orders of them that differ in number, value and date."""
    customers = ["客户编码,客户名称,电话"]
    orders = ["订单号,客户编码,下单日期,商品名称,数量,单价"]
    for number in range(CUSTOMERS):
        customers.append(f"K{number},上海{number}号贸易有限公司,1380000{number:04d}")
        for turn in range(number % ORDERS + 1):
            day = date.today() - timedelta(days=3 + 40 * turn + 5 * number)
            orders.append(f"S{number}-{turn},K{number},{day},复印纸,{turn + 1},{100 + 37 * number}")
    made = {"customers": folder / "客户.csv", "orders": folder / "订单.csv"}
    made["customers"].write_text("\n".join(customers), encoding="utf-8")
    made["orders"].write_text("\n".join(orders), encoding="utf-8")
    return made


def look(page: Page) -> None:
    """The page has come to rest and fits the screen."""
    at_rest(page)
    fits(page)


def set_up(page: Page, product: conftest.Product, language: str) -> None:
    printed = (product.home / "console.txt").read_text(encoding="utf-8")
    code = re.search(r"set-up code\s+(\S+)", printed)
    assert code, printed
    page.goto(product.url)
    page.wait_for_url(re.compile(r"/welcome/$"))
    look(page)
    page.fill("[name=setup_code]", code[1])
    page.fill("[name=company]", "远达贸易")
    page.select_option("select[name=language]", language)
    page.fill("[name=display_name]", "陈总")
    page.fill("[name=username]", product.user)
    page.fill("[name=password]", product.password)
    page.fill("[name=again]", product.password)
    page.click("form.zk-form button.btn-primary")
    page.wait_for_url(re.compile(r"/welcome/people"))
    look(page)
    page.click("main a[href$='/welcome/data']")
    page.wait_for_url(re.compile(r"/welcome/data"))
    look(page)


def bring(page: Page, product: conftest.Product, entity: str, path: Path) -> None:
    page.goto(f"{product.url}/imports/new?entity={entity}")
    look(page)
    page.set_input_files("input[type=file]", path)
    page.select_option("[name=entity]", entity)
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile(r"/imports/\d+"))
    look(page)
    page.click("button[name=act][value=run]")
    expect(page.locator("#records")).to_be_visible(timeout=1000 * JOB_SECONDS)
    look(page)


@pytest.mark.parametrize(
    ("empty", "language", "width", "tier"), SCREENS, indirect=["empty"], ids=["zh-wide", "en-phone"]
)
def test_from_an_empty_installation_to_the_first_today_page(browser, empty, tmp_path, language, width, tier):
    context = context_in(browser, empty, language, viewport={"width": width, "height": 844})
    page = context.new_page()
    troubles = noted(page)
    set_up(page, empty, language)
    with elsewhere(page):
        page.click("main a[href*='/imports/new']")
    look(page)
    for entity, path in files(tmp_path).items():
        bring(page, empty, entity, path)
    eventually(page, f"{empty.url}/insight/tiers", tier, JOB_SECONDS)
    look(page)
    page.goto(f"{empty.url}/insight/")
    expect(page.locator(".zk-steps li")).to_have_count(4)
    look(page)
    page.goto(f"{empty.url}/today/")
    expect(page.locator("#today-board")).to_be_visible()
    look(page)
    page.goto(f"{empty.url}/system/backups")
    look(page)
    context.close()
    assert troubles == []
