"""Segments in a real browser: built by mouse and by keyboard, explained, published, read on a phone."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import Page, expect

from browser.steps import JOB_SECONDS, context_in, elsewhere, fits, noted, sign_in

EVERY_KIND = {
    "v": 1,
    "entity": "customer",
    "root": {
        "op": "or",
        "children": [
            {"t": "attr", "field": "region", "cmp": "not_in", "value": ["31"], "missing": "exclude"},
            {"t": "attr", "field": "net_revenue", "cmp": "between", "value": ["10.00", "5000.5"]},
            {
                "t": "agg",
                "source": "order",
                "fn": "sum",
                "of": "net",
                "cmp": "gte",
                "value": "150",
                "window": {"last": 3, "unit": "month"},
                "where": {
                    "op": "and",
                    "children": [{"t": "attr", "field": "revenue", "cmp": "gt", "value": "1"}],
                },
            },
            {"t": "recency", "source": "order", "which": "first", "cmp": "lte", "value": 8, "unit": "week"},
            {
                "t": "change",
                "of": {"model": "tier"},
                "from": ["silver"],
                "to": ["bronze"],
                "window": {"from": "2026-01-01", "to": None},
            },
            {"t": "anniversary", "field": "first_order", "within_days": [0, 7]},
            {
                "op": "not",
                "child": {
                    "op": "or",
                    "children": [
                        {"t": "bucket", "salt": "a", "from": 0, "to": 500},
                        {
                            "op": "and",
                            "children": [{"t": "attr", "field": "tier", "cmp": "gte", "value": "silver"}],
                        },
                    ],
                },
            },
        ],
    },
    "limit": {"n": 7, "order": "-net_revenue"},
}
COMPANY = """
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo
from zhike.crm.accounts.models import User
from zhike.crm.customers import search
from zhike.crm.customers.models import Customer
from zhike.crm.insight import services
from zhike.crm.orders.models import Order
from zhike.crm.segments import building
boss, zone = User.objects.get(username="boss"), ZoneInfo("Asia/Shanghai")
for n in range(40):
    province = "31" if n % 4 == 0 else "44"
    customer = Customer.objects.create(name=f"测试客户{n:02}有限公司", code=f"K{n:02}", owner=boss, province=province)
    for k in range(4 if n % 2 == 0 else 1):
        on = date.today() - timedelta(days=5 + 30 * k)
        Order.objects.create(
            customer=customer, number=f"{n}-{k}", business_date=on,
            placed_at=datetime.combine(on, time(12), zone), revenue=100,
        )
search.reindex()
services.run_now(progress=lambda text: None)
building.build()
"""


@pytest.fixture(scope="module")
def beginning():
    """40 customers: every second buys often, every fourth (who buys often) is in Shanghai."""
    return COMPANY


@pytest.fixture
def open_page(browser, product):
    """Signed-in pages by width and language; whatever the console complains of fails the test."""
    contexts, troubles = [], []

    def opened(width: int, language: str, scheme: str = "light") -> Page:
        options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
        context = context_in(browser, product, language, **options)
        contexts.append(context)
        page = context.new_page()
        troubles.append(noted(page))
        sign_in(page, product)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [one for page in troubles for one in page] == []


def size(page: Page):
    return page.locator(".zk-seg-answer [data-size]")


def add(page: Page, group: int, typed: str) -> None:
    """A condition of a group, chosen by typing what it is about."""
    page.locator("[data-add]").nth(group).click()
    page.locator(".zk-seg-picker input").fill(typed)
    page.keyboard.press("Enter")


def test_a_nested_segment_by_mouse_and_keyboard_up_to_its_members(open_page, product):
    page = open_page(1440, "en")
    page.goto(f"{product.url}/segments/new?template=blank")
    expect(size(page)).to_have_text("40")
    read_every_kind(page)
    page.reload()
    build_by_mouse(page)
    reorder_and_take_back(page)
    move_by_keyboard(page)
    refuse_an_empty_group(page)
    ask_why_not(page)
    page.fill("[name=name]", "Regulars elsewhere")
    page.click("button[value=publish]")
    page.wait_for_url(re.compile(r"/segments/\d+$"))
    expect(page.locator("h1")).to_contain_text("Regulars elsewhere")
    wait_for_members(page)
    read_on_a_phone(open_page(390, "zh-hans", "dark"), page.url)


def read_every_kind(page: Page) -> None:
    """What the JSON says is what the rows write again."""
    page.click("[data-bs-target='#tab-json']")
    page.fill("[data-json]", json.dumps(EVERY_KIND))
    expect(size(page)).to_have_text("7")
    page.click("[data-bs-target='#tab-rows']")
    expect(page.locator("[data-problems]")).to_be_hidden()
    page.locator(".zk-seg-op").first.select_option("all")
    page.locator(".zk-seg-op").first.select_option("any")
    assert json.loads(page.input_value("#segment-definition")) == EVERY_KIND
    page.once("dialog", lambda dialog: dialog.accept())


def build_by_mouse(page: Page) -> None:
    add(page, 0, "purchase orders")
    page.locator(".zk-seg-number").fill("3")
    expect(size(page)).to_have_text("20")
    add(page, 0, "province")
    page.keyboard.type("shanghai")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(size(page)).to_have_text("10")
    page.locator(".zk-seg-tools button", has_text="Group").first.click()
    group = page.locator(".zk-seg-group .zk-seg-group")
    group.locator(".zk-seg-op").select_option("none")
    page.locator(".zk-seg-row", has_text="Province").locator(".zk-seg-grip").drag_to(group)
    expect(group.locator(".zk-seg-row")).to_have_count(1)
    # Often, and not in Shanghai: the other ten.
    expect(page.locator("[data-said]")).to_contain_text("not")
    expect(page.locator("[data-funnel] li")).to_have_count(2)
    expect(size(page)).to_have_text("10")


def reorder_and_take_back(page: Page) -> None:
    """Up and down by keyboard, past a group and out of it; taken back by the button and by the keys."""

    def root() -> dict:
        return json.loads(page.input_value("#segment-definition"))["root"]

    before = root()
    often, elsewhere = before["children"]
    page.locator(".zk-seg-item").first.focus()
    page.keyboard.press("Alt+ArrowDown")
    assert root()["children"] == [elsewhere, often]
    page.keyboard.press("Alt+ArrowUp")
    assert root() == before
    page.keyboard.press("Alt+ArrowDown")
    page.click("[data-undo]")
    assert root() == before
    page.locator(".zk-seg-group .zk-seg-group .zk-seg-item").focus()
    page.keyboard.press("Alt+ArrowUp")
    assert root()["children"] == [often, elsewhere["child"]]
    page.keyboard.press("Control+z")
    assert root() == before


def move_by_keyboard(page: Page) -> None:
    group = page.locator(".zk-seg-group .zk-seg-group")
    group.locator(".zk-seg-item").focus()
    page.keyboard.press("Alt+ArrowLeft")
    expect(group).to_have_count(0)
    expect(page.locator("[data-announce]")).to_have_text("Moved.")
    # In a group of its own it goes by keyboard too; "any of" one is that one.
    page.keyboard.press("Alt+ArrowRight")
    expect(group.locator(".zk-seg-row")).to_have_count(1)
    group.locator(".zk-seg-op").select_option("none")
    page.click("[data-bs-target='#tab-json']")
    assert '"op": "not"' in page.input_value("[data-json]")
    page.click("[data-bs-target='#tab-rows']")
    expect(page.locator("[data-sample] li")).to_have_count(10)


def refuse_an_empty_group(page: Page) -> None:
    """It says nothing, so that saving names it instead of leaving it out."""
    page.locator(".zk-seg-board > .zk-seg-group > .zk-seg-tools button").last.click()
    page.click("button[value=save]")
    expect(page.locator(".zk-seg-empty.is-hole")).to_be_visible()
    page.locator(".zk-seg-item", has=page.locator(".is-hole")).press("Delete")
    expect(page.locator(".is-hole")).to_have_count(0)


def ask_why_not(page: Page) -> None:
    page.fill("[data-why-search]", "K00")
    page.locator("[data-why-found] button").first.click()
    expect(page.locator(".zk-seg-verdict")).to_contain_text("does not meet")
    expect(page.locator(".zk-seg-truths li")).to_have_count(2)
    expect(page.locator(".zk-seg-item.is-true")).to_have_count(1)
    expect(page.locator(".zk-seg-item.is-false")).to_have_count(1)


def wait_for_members(page: Page) -> None:
    """The evaluation is a job of its own; the page comes anew when it is done."""
    rows = page.locator("#member-rows tbody tr")
    expect(rows).to_have_count(10, timeout=1000 * JOB_SECONDS)
    fits(page)
    page.click("a.btn-primary[href*='segment=']")
    expect(page.locator("main")).to_contain_text("测试客户")


def read_on_a_phone(page: Page, url: str) -> None:
    page.goto(url.split("/customers/")[0] + "/segments/")
    expect(page.locator("#segments")).to_contain_text("Regulars elsewhere")
    fits(page)
    with elsewhere(page):
        page.click("#segments tbody a >> nth=0")
    expect(page.locator(".zk-seg-hero")).to_contain_text("当前成员")
    fits(page)
    with elsewhere(page):
        page.locator("main a[href$='/edit']").click()
    expect(page.locator(".zk-seg-foot [data-size]")).to_have_text("10")
    expect(page.locator(".zk-seg-row")).to_have_count(2)
    fits(page)


#: A segment of those who spent a lot this week (nobody), a token, and who is to enter.
LARGE_ORDERS = """
import json, os
from pathlib import Path
from zhike.crm.accounts.models import User
from zhike.crm.accounts.services import create_token
from zhike.crm.customers.models import Customer
from zhike.crm.segments import services
boss = User.objects.get(username="boss")
spent = {"t": "agg", "source": "order", "fn": "sum", "of": "net", "cmp": "gte", "value": "90000.00",
         "window": {"last": 7, "unit": "day"}}
definition = {"v": 1, "entity": "customer", "root": {"op": "and", "children": [spent]}}
segment = services.create_segment(actor=boss, name="本周大单", definition=definition)
services.publish(actor=boss, segment=segment)
made = {"segment": segment.pk, "token": create_token(actor=boss, name="test")[1],
        "customer": Customer.objects.get(code="K01").pk}
Path(os.environ["ZHIKE_HOME"], "made.json").write_text(json.dumps(made))
"""


def test_an_order_by_the_api_brings_its_customer_into_the_segment(open_page, product):
    """The running processes see the order, judge the tier and then the segments; the page says so."""
    product.has(LARGE_ORDERS)
    made = json.loads((product.home / "made.json").read_text())
    page = open_page(1440, "zh-hans")
    segment, place = f"{product.url}/segments/{made['segment']}", f"/segments/{made['segment']}?customer="
    headers = {"Authorization": f"Bearer {made['token']}"}
    order = {
        "customer_id": made["customer"],
        "number": "API-1",
        "lines": [{"description": "年度采购", "quantity": "1", "unit_price": "95000"}],
    }
    wait_for_evaluation(page, product, made["segment"], headers)
    began = time.monotonic()
    assert page.request.post(f"{product.url}/api/v1/orders", data=order, headers=headers).status == 201
    card = f"{product.url}/customers/{made['customer']}/cards/side"
    until(lambda: place in page.request.get(card).text())
    print(f"in the segment on the customer's page after {time.monotonic() - began:.2f} s")
    page.goto(segment)
    expect(page.locator("#member-rows tbody tr")).to_have_count(1)


def wait_for_evaluation(page: Page, product, segment: int, headers: dict[str, str]) -> None:
    address = f"{product.url}/api/v1/segments/{segment}"
    until(lambda: page.request.get(address, headers=headers).json()["as_of"])


def until(holds) -> None:
    deadline = time.monotonic() + JOB_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)
