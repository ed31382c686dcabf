"""The tier studio in a real browser: weights by judgement, who would move, four eyes, and back again."""

from __future__ import annotations

import re
import time
from fractions import Fraction

import pytest
from playwright.sync_api import Page, expect

from browser.steps import JOB_SECONDS, context_in, elsewhere, fits, owners_page, sign_in

COMPANY = """
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo
from zhike.crm.accounts.models import Role, User
from zhike.crm.customers.models import Customer
from zhike.crm.insight import services
from zhike.crm.orders.models import Order
zone = ZoneInfo("Asia/Shanghai")
User.objects.create_user("vice", "Passw0rd!vice", display_name="李副总", role=Role.objects.get(code="owner"))
for n in range(60):
    customer = Customer.objects.create(name=f"测试客户{n}有限公司")
    for k in range(1 + n % 7):
        on = date.today() - timedelta(days=1 + (n * 13) % 300 + 20 * k)
        Order.objects.create(customer=customer, number=f"{n}-{k}", business_date=on,
            placed_at=datetime.combine(on, time(12), zone), revenue=50 + 40 * (n % 11))
services.run_now(progress=lambda text: None)
"""


@pytest.fixture(scope="module")
def beginning():
    """Sixty customers, analyzed, and a second person who may approve."""
    return COMPANY


#: Published judgements (upper triangles) and what they say: Saaty 2008, 姜启源《数学模型》, a plain one, a refused one.
ORACLES = (
    ("9 5 2 1 1 1/2 1/3 1/9 1/9 1/9 1/9 1/3 1/4 1/3 1/9 1/2 1 1/3 2 1/2 1/3", [0.1775, 0.0191], 0.0223),
    ("1/2 4 3 3 7 5 5 1/2 1/3 1", [0.2636, 0.4758], 0.0161),
    ("3 5 3", [0.6370, 0.2583], 0.0332),
    ("3 1/5 3", [0.2784, 0.3301], 1.58),
)
WEIGH = """values => {
  const size = (1 + Math.sqrt(1 + 8 * values.length)) / 2;
  const matrix = [...Array(size)].map(() => Array(size).fill(1));
  let k = 0;
  for (let i = 0; i < size; i += 1) for (let j = i + 1; j < size; j += 1, k += 1) {
    matrix[i][j] = values[k];
    matrix[j][i] = 1 / values[k];
  }
  const found = zkJudgements.weigh(matrix);
  return { ...found, worst: zkJudgements.worst(matrix, found.weights).length };
}"""


def weighs_as_published(page: Page) -> None:
    """The page counts while somebody judges; it must say what the server will say."""
    for text, weights, ratio in ORACLES:
        found = page.evaluate(WEIGH, [float(Fraction(value)) for value in text.split()])
        assert found["weights"][:2] == pytest.approx(weights, abs=1e-3)
        assert found["ratio"] == pytest.approx(ratio, abs=5e-3)
        assert found["consistent"] == (ratio < 0.1)
    # Of three dimensions all three judgements are equally far off.
    assert found["worst"] == 3


def judge(page: Page, pair: str, value: str) -> None:
    page.select_option(f"[data-pair='{pair}'] select", label=value)


def test_a_model_made_by_judgement_goes_into_force_and_back(browser, product):
    with owners_page(browser, product, 1440, "zh-hans") as page:
        page.goto(f"{product.url}/studio/")
        with elsewhere(page):
            page.click("form[action$='drafts/new'] .btn-sm")
        expect(page.locator(".studio-spread-picture").first).to_be_visible()
        with elsewhere(page):
            page.click("button[value=weights]")
        page.check("[name=method][value=ahp]")
        weighs_as_published(page)
        for pair, value in (("0-1", "1/9"), ("0-2", "1/9"), ("1-2", "1/7"), ("2-3", "9")):
            judge(page, pair, value)
        contradicted = page.locator("[data-own].is-bad")
        expect(contradicted).to_be_visible()
        for _step in range(8):
            if not page.locator("[data-repair]").first.is_visible():
                break
            page.locator("[data-repair]").first.click()
        expect(contradicted).to_have_count(0)
        with elsewhere(page):
            page.click("button[value=cuts]")
        expect(page.locator("#scores")).to_be_visible()
        with elsewhere(page):
            page.click("button[value=simulate]")
        expect(page.locator("#flows .zk-chart-canvas svg").first).to_be_visible()
        expect(page.locator("#movers tbody tr").first).to_be_visible()
        fits(page)
        page.fill("[name=note]", "新的权重由管理层共同评判")
        page.click("button[value=submit]")
        expect(page.locator(".zk-page-header .bg-yellow-lt")).to_be_visible()
        address = page.url
        _approve(browser, product, address)
        page.goto(f"{product.url}/studio/")
        with elsewhere(page):
            page.locator(".card-title a").first.click()
        row = page.locator("tr", has=page.locator("text=v2"))
        deadline = time.monotonic() + JOB_SECONDS
        while not row.count() and time.monotonic() < deadline:
            page.wait_for_timeout(500)
            page.reload()
        expect(row).to_contain_text("生效")
        page.goto(f"{product.url}/insight/tiers")
        expect(page.locator("#sankey .zk-chart-canvas svg").first).to_be_visible()
        page.go_back()
        page.click("a[href*='rollback']")
        page.fill("[name=reason]", "先观察一个季度")
        page.click("form .btn-danger")
        expect(page.locator("tr", has=page.locator("text=先观察一个季度"))).to_contain_text("v1")


def _approve(browser, product, address: str) -> None:
    """The second person looks at it and approves."""
    context = context_in(browser, product, "zh-hans")
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, product, "vice", "Passw0rd!vice")
    page.goto(address)
    page.click("button[value=approve]")
    page.wait_for_url(re.compile(r"/studio/models/\d+"))
    context.close()


def test_the_studio_fits_a_phone(browser, product):
    with owners_page(browser, product, 390, "en", "dark") as page:
        page.goto(f"{product.url}/studio/")
        fits(page)
        with elsewhere(page):
            page.click("form[action$='drafts/new'] .btn-sm")
        expect(page.locator(".studio-spread-picture").first).to_be_visible()
        fits(page)
        with elsewhere(page):
            page.click("button[value=weights]")
        page.check("[name=method][value=ahp]")
        # One pair per line instead of a matrix, each in words.
        judge(page, "0-1", "3")
        expect(page.locator("[data-said='0-1']")).to_contain_text("more important")
        fits(page)
        with elsewhere(page):
            page.click("button[value=cuts]")
        expect(page.locator("#scores")).to_be_visible()
        fits(page)
