"""The workbench in a real browser: from the choice of variables to a kept report and customer lists."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from browser.steps import JOB_SECONDS, elsewhere, fits, owners_page

COMPANY = """
import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo
from zhike.crm.accounts.models import User
from zhike.crm.customers.models import Customer
from zhike.crm.insight import services
from zhike.crm.orders.models import Order
boss, dice, zone = User.objects.get(username="boss"), random.Random(1), ZoneInfo("Asia/Shanghai")
for n in range(260):
    big = n % 3 == 0
    customer = Customer.objects.create(name=f"测试客户{n}有限公司", owner=boss, industry="C" if big else "F")
    last = dice.randint(1, 30) if big else dice.randint(120, 330)
    for k in range(dice.randint(6, 10) if big else dice.randint(1, 2)):
        on = date.today() - timedelta(days=last + 9 * k)
        Order.objects.create(
            customer=customer, number=f"{n}-{k}", business_date=on, placed_at=datetime.combine(on, time(12), zone),
            revenue=dice.randint(900, 1500) if big else dice.randint(50, 120),
        )
services.run_now(progress=lambda text: None)
"""


@pytest.fixture(scope="module")
def beginning():
    """260 customers of two kinds, analyzed."""
    return COMPANY


@pytest.fixture(params=[(1440, "zh-hans", "light"), (390, "en", "dark")])
def page(request, browser, product):
    width, language, scheme = request.param
    with owners_page(browser, product, width, language, scheme) as page:
        yield page


def test_from_the_choice_to_a_kept_report_and_lists(page, product):
    page.goto(f"{product.url}/workbench/")
    fits(page)
    with elsewhere(page):
        page.click("a[href*='/workbench/new/clusters']")
    for name in ("recency_days", "frequency", "net_revenue"):
        page.check(f"[name=slot_variables][value={name}]")
    page.select_option("[name=option_k]", "2")
    fits(page)
    page.click("form.zk-workbench button.btn-primary")
    page.wait_for_url(re.compile(r"/workbench/\d+"))
    expect(page.locator(".zk-said")).to_be_visible(timeout=1000 * JOB_SECONDS)
    expect(page.locator(".zk-said")).to_contain_text(
        "重要价值客户" if page.zh else "Important value customers"
    )
    expect(page.locator(".zk-charts .zk-chart-canvas svg").first).to_be_visible()
    fits(page)
    page.click("[data-bs-target='#save']")
    page.fill("#save [name=name]", "两类客户")
    page.click("#save .btn-primary")
    expect(page.locator("h1")).to_contain_text("两类客户")
    page.click("form.zk-groups > .btn")
    expect(page.locator("main")).to_contain_text("重要价值客户" if page.zh else "Important value customers")
    page.goto(f"{product.url}/workbench/")
    expect(page.locator("#reports")).to_contain_text("两类客户")
    fits(page)
