"""Predictions in a real browser: the cards with their decisions, the three lists, bulk work with a hold-out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.steps import JOB_SECONDS, fits, owners_page

FIRMS = """
from django.db import transaction
from crm.prediction.pages import predicted as p
from zhike.crm.accounts.models import User
from zhike.crm.customers.search import reindex
from zhike.platform.models import ChangeLog
boss = User.objects.get(username="boss")
p.make_versions()
tea, cake = p.make_product("T1", "龙井茶"), p.make_product("C1", "月饼")
with transaction.atomic():
    for n in range(60):
        # Newer than any scoring that the running product may do.
        firm = p.make_predicted(
            f"测试客户{n}有限公司", owner=boss, tier=1 + n % 4, phone="13800000000", seq=2**60
        )
        p.recommend(firm, tea, "rebuy", times=3, visits=4, last=20000)
        p.recommend(firm, cake, products=[tea.pk])
    # They have no orders: seen as an event, their predictions would be taken away.
    ChangeLog.objects.all().delete()
reindex()
"""


@pytest.fixture(scope="module")
def beginning():
    """Sixty customers at risk, with products to offer, of the person who signs in.

    The models are there before the product runs: what was trained on this day no night's training replaces.
    """
    return FIRMS


# Each on a customer of its own: what one decides the other must not find decided.
@pytest.fixture(params=[(1440, "zh-hans", "light", 0), (390, "en", "dark", 1)])
def page(request, browser, product):
    width, language, scheme, place = request.param
    with owners_page(browser, product, width, language, scheme) as page:
        page.place = place
        yield page


def open_customer(page: Page, product, number: int) -> None:
    page.goto(f"{product.url}/customers/?q=测试客户{number}有限公司")
    page.locator("#customers tbody a").first.click()
    page.wait_for_url(re.compile(r"/customers/\d+"))


def test_the_cards_say_what_is_expected_and_a_proposal_becomes_a_task(page, product):
    open_customer(page, product, 10 + page.place)
    outlook = page.locator("#outlook")
    expect(outlook).to_contain_text("¥900")
    expect(outlook).to_contain_text(
        "九成情况下在 ¥300 至 ¥1,800 之间" if page.zh else "between ¥300 and ¥1,800"
    )
    expect(outlook).to_contain_text("60%")
    expect(outlook).to_contain_text("距最近购买天数" if page.zh else "Days since the last purchase")
    expect(page.locator("#recommended")).to_contain_text("月饼")
    action = page.locator("#next-action")
    expect(action).to_contain_text("提供挽留优惠" if page.zh else "Make a retention offer")
    # Nobody entered a cost: no number is invented.
    expect(action).to_contain_text("未知" if page.zh else "unknown")
    fits(page)
    action.locator("button[value=accept]").click()
    expect(action).to_contain_text("打开任务" if page.zh else "Open the task")
    action.locator("a.btn").click()
    expect(page.locator("main")).to_contain_text("龙井茶")


def test_a_declined_proposal_gives_way_to_the_next(page, product):
    open_customer(page, product, 20 + page.place)
    action = page.locator("#next-action")
    action.get_by_role("button", name="谢绝…" if page.zh else "Decline…").click()
    action.locator("[name=reason]").fill("刚联系过")
    action.locator("#decline button").click()
    expect(action).to_contain_text("提醒下一单" if page.zh else "Remind of the next order")
    expect(action).to_contain_text("刚联系过")
    fits(page)


@pytest.mark.parametrize("name", ["at-risk", "overdue", "cross-sell"])
def test_a_list_has_pages_filters_and_ends_in_bulk_work(page, product, name):
    page.goto(f"{product.url}/prediction/{name}")
    rows = page.locator("#predicted tbody tr")
    expect(rows).to_have_count(50)
    expect(page.locator("main")).to_contain_text("60")
    fits(page)
    page.get_by_role("link", name="下一页" if page.zh else "Next page").click()
    expect(rows).to_have_count(10)
    page.goto(f"{product.url}/prediction/{name}?tier=4")
    expect(rows).to_have_count(15)
    page.get_by_role("link", name="对全部进行批量操作" if page.zh else "Work on all of them").click()
    expect(page.locator("main")).to_contain_text("15 位客户" if page.zh else "15 customers")


def test_ticked_customers_become_tasks_with_a_hold_out(page, product):
    page.goto(f"{product.url}/prediction/at-risk?tier={1 + page.place}")
    for box in page.locator("[data-check]").all():
        box.check()
    page.locator(".zk-bulk button[value=task]").click()
    page.fill("[name=title]", f"挽留 {page.place}")
    page.fill("[name=due_on]", "2030-01-02")
    page.click("form.zk-form button.btn-primary")
    page.wait_for_url(re.compile(r"/bulk/\d+"))
    expect(page.locator("[name=treatment]")).to_be_checked()
    page.fill("[name=percent]", "50")
    page.click(".zk-bulk-confirm button.btn-primary")
    expect(page.locator("main .alert-success")).to_be_visible(timeout=1000 * JOB_SECONDS)
    expect(page.locator("main")).to_contain_text("对照" if page.zh else "Held out")
    fits(page)


def test_a_product_leads_to_the_customers_who_may_like_it(page, product):
    page.goto(f"{product.url}/prediction/cross-sell?by=product")
    page.get_by_role("link", name="月饼").click()
    expect(page.locator("#predicted tbody tr")).to_have_count(50)
    expect(page.locator("#predicted")).to_contain_text("龙井茶")
    fits(page)


def test_costs_that_are_entered_make_the_profit_known(page, product):
    page.goto(f"{product.url}/prediction/costs")
    for name, value in {"retention": 100, "contact": 2, "save_rate": 30, "take_rate": 20}.items():
        page.fill(f"[name=tierall-{name}]", str(value))
    page.click("form.zk-form button.btn-primary")
    page.wait_for_url(re.compile("/prediction/investment"))
    expect(page.locator("#investment")).to_contain_text("¥900")
    fits(page)
    page.goto(f"{product.url}/prediction/at-risk")
    expect(page.locator("#predicted tbody tr").first).to_contain_text("¥188")
    page.goto(f"{product.url}/prediction/costs")
    for name in ("retention", "contact", "save_rate", "take_rate"):
        page.fill(f"[name=tierall-{name}]", "")
    page.click("form.zk-form button.btn-primary")
    page.wait_for_url(re.compile("/prediction/investment"))
