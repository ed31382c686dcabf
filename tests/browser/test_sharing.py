"""Sharing a customer and handing over all of a colleague's, as the people concerned see it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.steps import JOB_SECONDS, context_in, elsewhere, sign_in

TEAM = """
from zhike.crm.accounts.models import Role, Team, User
from zhike.crm.customers import services
sales = Role.objects.get(code="sales")
for team, name, shown in (("华东", "wang", "王芳"), ("西部", "zhao", "赵强")):
    team = Team.objects.create(name=team)
    User.objects.create_user(name, "Passw0rd!x", display_name=shown, role=sales, team=team)
wang = User.objects.get(username="wang")
for name in ("远达贸易", "新程软件", "华信物流"):
    services.create_customer(actor=None, name=f"{name}有限公司", owner=wang, kind="company")
"""


@pytest.fixture(scope="module")
def beginning():
    """Two sales persons of two teams; three customers of the first."""
    return TEAM


@pytest.fixture
def page_of(browser, product):
    contexts, troubles = [], []

    def open_page(user: str, password: str = "Passw0rd!x", width: int = 1440) -> Page:
        context = context_in(browser, product, "zh-hans", viewport={"width": width, "height": 844})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        sign_in(page, product, user, password)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def share(page: Page, level: str) -> None:
    page.locator(".zk-ownership button", has_text="共享").click()
    dialog = page.locator("#ownership-dialog")
    dialog.locator("[name=user]").select_option(label="赵强 · 西部")
    dialog.locator("[name=level]").select_option(level)
    dialog.locator("button.btn-primary").click()
    expect(page.locator(".zk-shares")).to_contain_text("赵强")


@pytest.mark.parametrize("width", [1440, 390], ids=["wide", "phone"])
def test_a_customer_is_shared_to_see_then_to_change_then_no_more(page_of, product, width):
    wang, zhao = page_of("wang", width=width), page_of("zhao", width=width)
    wang.goto(f"{product.url}/customers/?q=远达")
    wang.locator("#customers tbody a", has_text="远达").first.click()
    wang.wait_for_url(re.compile(r"/customers/\d+$"))
    address = wang.url
    assert zhao.goto(address).status == 404
    share(wang, "read")
    assert zhao.goto(address).status == 200
    expect(zhao.locator(".zk-ownership")).to_contain_text("仅可查看")
    expect(zhao.locator("main a[href$='/edit']")).to_have_count(0)
    share(wang, "edit")
    zhao.reload()
    with elsewhere(zhao):
        zhao.locator("main a[href$='/edit']").first.click()
    zhao.fill("[name=needs]", "想要样品")
    zhao.click("main .zk-record button.btn-primary")
    zhao.wait_for_url(address)
    expect(zhao.locator("main")).to_contain_text("想要样品")
    wang.reload()
    wang.locator(".zk-shares button").click()
    expect(wang.locator(".zk-shares")).to_have_count(0)
    assert zhao.goto(address).status == 404
    assert wang.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 1


def test_everything_of_a_colleague_is_handed_over_and_given_back(page_of, product):
    boss, zhao = page_of(product.user, product.password), page_of("zhao")
    zhao.goto(f"{product.url}/customers/")
    expect(zhao.locator("main")).not_to_contain_text("华信物流")
    boss.goto(f"{product.url}/customers/handovers")
    boss.locator("[name=source]").select_option(label="王芳 · 华东")
    boss.get_by_label("赵强").check()
    boss.fill("[name=reason]", "离职")
    boss.click("button[name=look]")
    expect(boss.locator("main .alert")).to_contain_text("3")
    boss.click("button[name=start]")
    boss.wait_for_url(re.compile(r"/handovers/\d+"))
    undo = boss.locator("form[action$='/undo'] button")
    expect(undo).to_be_visible(timeout=1000 * JOB_SECONDS)
    expect(boss.locator("#handover")).to_contain_text("赵强")
    zhao.reload()
    expect(zhao.locator("#customers tbody tr")).to_have_count(3)
    zhao.locator("#customers tbody a", has_text="华信物流").first.click()
    expect(zhao.locator(".zk-ownership")).to_contain_text("离职")
    boss.on("dialog", lambda dialog: dialog.accept())
    undo.click()
    expect(boss.locator("#handover")).to_contain_text("已还回", timeout=1000 * JOB_SECONDS)
    zhao.goto(f"{product.url}/customers/")
    expect(zhao.locator("main")).not_to_contain_text("华信物流")
