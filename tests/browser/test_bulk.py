"""Bulk work in a real browser: assign and take back; tasks with a hold-out that the customer remembers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.steps import JOB_SECONDS, at_rest, elsewhere, fits_turned, owners_page

CUSTOMERS = """
from zhike.crm.accounts.models import Role, User
from zhike.crm.customers.models import Customer
from zhike.crm.customers.search import reindex
boss = User.objects.get(username="boss")
User.objects.create_user("li", "x", display_name="李娜", role=Role.objects.get(code="owner"))
Customer.objects.bulk_create(Customer(name=f"测试客户{n}有限公司", owner=boss, province="31") for n in range(120))
reindex()
"""


@pytest.fixture(scope="module")
def beginning():
    """A hundred and twenty customers of the person who signs in, and a colleague."""
    return CUSTOMERS


@pytest.fixture(params=[(1440, "zh-hans", "light"), (390, "en", "dark")])
def page(request, browser, product):
    width, language, scheme = request.param
    with owners_page(browser, product, width, language, scheme) as page:
        yield page


def finished(page: Page, words: str) -> None:
    expect(page.locator("main .alert-success")).to_contain_text(words, timeout=1000 * JOB_SECONDS)
    fits_turned(page)


def test_ticked_customers_are_assigned_and_taken_back(page, product):
    page.goto(f"{product.url}/customers/?province=31&owner=1")
    for box in page.locator("[data-check]").all()[:3]:
        box.check()
    page.locator(".zk-bulk button[value=assign]").click()
    expect(page.locator("main")).to_contain_text("3 位客户" if page.zh else "3 customers")
    page.get_by_label("李娜").check()
    page.click("form.zk-form button.btn-primary")
    page.wait_for_url(re.compile(r"/bulk/\d+"))
    expect(page.locator("#sample tbody tr")).to_have_count(3)
    expect(page.locator("#sample")).to_contain_text("李娜")
    fits_turned(page)
    page.click(".zk-bulk-confirm button.btn-primary")
    finished(page, "已完成" if page.zh else "Done")
    act = page.url
    page.click("main a[href*='result=changed'] >> nth=0")
    expect(page.locator("#customers tbody tr")).to_have_count(3)
    expect(page.locator("#customers")).to_contain_text("李娜")
    page.goto(act)
    page.click("[data-bs-target='#undo']")
    page.click("#undo button.btn-danger")
    finished(page, "3 位客户恢复原状" if page.zh else "3 customers are as they were")
    page.goto(f"{product.url}/customers/?owner=1")
    expect(page.locator("main")).to_contain_text("120")


def test_tasks_for_all_leave_a_tenth_out_and_the_customer_remembers_it(page, product):
    purpose = f"中秋回访 {page.viewport_size['width']} {page.zh}"
    page.goto(f"{product.url}/customers/?province=31")
    page.click("a[href*='/bulk/start?province=31']")
    page.click(".zk-bulk-acts a[href*='act=task']")
    page.fill("[name=title]", purpose)
    page.fill("[name=due_on]", "2030-12-01")
    page.click("form.zk-form button.btn-primary")
    page.wait_for_url(re.compile(r"/bulk/\d+"))
    expect(page.locator("[name=treatment]")).to_be_checked()
    expect(page.locator("[name=percent]")).to_have_value("10")
    page.click(".zk-bulk-confirm button.btn-primary")
    finished(page, "已完成" if page.zh else "Done")
    with elsewhere(page):
        page.click("main a[href*='arm=held_out']")
    left_out = page.locator("#customers tbody tr").count()
    assert 1 <= left_out <= 30
    page.locator("#customers tbody tr td a").first.click()
    page.wait_for_url(re.compile(r"/customers/\d+"))
    card = page.locator(".card", has_text="营销动作" if page.zh else "Treatments").last
    expect(card).to_contain_text(purpose)
    expect(card).to_contain_text("对照组" if page.zh else "Held out")
    page.goto(f"{product.url}/treatments/")
    expect(page.locator("#treatments")).to_contain_text(purpose)
    fits_turned(page)
    for address in ("/bulk/", "/lists/", "/bulk/start?act=set", "/bulk/start?act=list"):
        page.goto(product.url + address)
        at_rest(page)
        fits_turned(page)
