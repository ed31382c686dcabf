"""Tasks on a phone, and the bell that rings without a reload."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser.steps import at_rest, context_in, sign_in

TELL = """
from zhike.crm.accounts.models import User
from zhike.crm.notifications import services
user = User.objects.get(username="boss")
params = {"title": "打电话给上海远达", "due_on": "2026-11-22"}
services.notify(user=user, kind="tasks.due", key="browser", params=params, url="/tasks/", urgent=True)
"""
# The bell asks every 30 seconds; the page's clock is put forward.
BELL_SECONDS = 31


def test_the_bell_rings_without_a_reload(browser, product):
    context = context_in(browser, product, "zh-hans", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    sign_in(page, product)
    page.clock.install()
    page.goto(f"{product.url}/tasks/")
    before = page.locator(".zk-bell-count .badge")
    expect(before).to_have_count(0)
    # It stands still meanwhile, however long that takes: the bell rings once, and what it says stays.
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))
    product.has(TELL)
    page.clock.fast_forward(BELL_SECONDS * 1000)
    page.clock.resume()
    expect(page.locator(".zk-bell-count .badge")).to_have_text("1")
    expect(page.locator("#toasts")).to_contain_text("打电话给上海远达")
    page.click(".zk-bell button")
    expect(page.locator("#bell-latest")).to_contain_text("打电话给上海远达")
    page.click("#bell-latest .zk-notice")
    page.wait_for_url(re.compile(r"/tasks/$"))
    expect(page.locator(".zk-bell-count .badge")).to_have_count(0)
    context.close()


def test_a_task_is_written_down_and_tapped_off_on_a_phone(browser, product):
    viewport = {"width": 390, "height": 800}
    context = context_in(browser, product, "zh-hans", viewport=viewport, has_touch=True)
    page = context.new_page()
    sign_in(page, product)
    page.goto(f"{product.url}/tasks/")
    page.fill(".zk-quick-task [name=title]", "寄样品给上海远达")
    page.tap(".zk-quick-task button")
    expect(page.get_by_text("寄样品给上海远达")).to_be_visible()
    at_rest(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.tap(".zk-check-off")
    expect(page.locator(".zk-check-off.is-done")).to_be_visible()
    at_rest(page)
    page.tap(".zk-check-off")
    expect(page.locator(".zk-check-off.is-done")).to_have_count(0)
    # The month of a phone is a list.
    page.goto(f"{product.url}/tasks/calendar/month")
    expect(page.locator(".zk-cal-phone")).to_be_visible()
    expect(page.locator(".zk-cal-month")).to_be_hidden()
    expect(page.get_by_text("寄样品给上海远达").locator("visible=true")).to_be_visible()
    context.close()
