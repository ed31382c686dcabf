"""Entering records by hand in a real browser: the quick form warns of a double and saves anyway when told."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.steps import at_rest, context_in, sign_in

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def page_of(browser, product):
    contexts = []

    def open_page(**options) -> Page:
        context = context_in(browser, product, "zh-hans", **options)
        contexts.append(context)
        page = context.new_page()
        page.troubles = []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        sign_in(page, product)
        at_rest(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def quick_create(page: Page, product, name: str, phone: str = "") -> None:
    page.goto(f"{product.url}/orders/")
    page.click("#quick-create")
    expect(page.locator("#quick [name=name]")).to_be_visible()
    # Words typed before the form listens warn of nothing.
    expect(page.locator("#quick-body .htmx-added")).to_have_count(0)
    page.locator("#quick [name=name]").fill(name)
    if phone:
        page.locator("#quick [name=phone]").fill(phone)


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, PHONE], ids=["wide", "phone"])
def test_a_customer_is_entered_from_anywhere_and_a_double_is_told(page_of, product, viewport):
    page = page_of(viewport=viewport)
    first = f"上海远达贸易{viewport['width']}有限公司"
    quick_create(page, product, first, f"138{viewport['width']:08d}")
    page.locator("#quick .zk-quick button.btn-primary").click()
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    expect(page.locator("h1")).to_contain_text(first)

    quick_create(page, product, first.replace("有限公司", "股份有限公司"))
    warning = page.locator("#quick .zk-duplicates")
    expect(warning).to_contain_text(first)
    # The words may stand there from typing already: it is the answer to saving that is waited for.
    with page.expect_response(re.compile(r"/customers/new/quick$")) as refused:
        page.locator("#quick .zk-quick .zk-form-foot button.btn-primary").click()
    assert refused.value.status == 422
    expect(page.locator("#quick .zk-quick.htmx-request, #quick .htmx-swapping")).to_have_count(0)
    expect(warning).to_contain_text("仍要保存")
    assert "/orders/" in page.url, "nothing is saved before the person says so"
    warning.locator("[name=save_anyway]").click()
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    assert page.troubles == []


def test_the_full_form_shows_the_fields_of_the_kind_and_the_cities_of_the_province(page_of, product):
    page = page_of(viewport={"width": 1440, "height": 900})
    page.goto(f"{product.url}/customers/new")
    expect(page.locator("#id_gender")).to_be_hidden()
    page.select_option("[name=kind]", "person")
    expect(page.locator("#id_gender")).to_be_visible()
    expect(page.locator("#id_industry_search")).to_be_hidden()
    page.fill("[name=name]", "王芳")
    page.fill("#id_province_search", "广东")
    page.keyboard.press("Enter")
    expect(page.locator("#id_city option", has_text="深圳")).to_have_count(1)
    page.fill("#id_city_search", "深圳")
    page.keyboard.press("Enter")
    page.click("main .zk-record button.btn-primary")
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    expect(page.locator("main")).to_contain_text("深圳")
    assert page.troubles == []


def test_an_order_with_lines_and_its_return(page_of, product):
    page = page_of(viewport=PHONE)
    page.goto(f"{product.url}/products/new")
    page.fill("[name=sku]", "A1")
    page.fill("[name=name]", "显示器")
    page.fill("[name=price]", "1000")
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile(r"/products/$"))
    quick_create(page, product, "退货测试公司")
    page.locator("#quick .zk-quick button.btn-primary").click()
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    page.goto(f"{product.url}/orders/new?customer={page.url.rsplit('/', 1)[1]}")
    page.fill("[name=lines-0-sku]", "显示")
    page.locator(".zk-product-cell [role=option]").first.click()
    page.fill("[name=lines-0-quantity]", "3")
    expect(page.locator("[data-total]")).to_contain_text("3,000")
    page.click("[data-add-line]")
    page.locator("[data-line]:not([hidden])").last.locator("[data-remove-line]").click()
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile(r"/customers/\d+"))
    page.locator("a[href^='/orders/']", has_text=re.compile("M2")).first.click()
    page.click("a[href$='/return']")
    page.locator("[data-all]").first.click()
    expect(page.locator("[data-total]")).to_contain_text("3,000")
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile(r"/customers/\d+"))
    expect(page.locator("main")).to_contain_text("退货")
    assert page.troubles == []


def test_a_note_in_rich_text_is_pinned(page_of, product):
    page = page_of(viewport={"width": 1440, "height": 900})
    quick_create(page, product, "备忘测试公司")
    page.locator("#quick .zk-quick button.btn-primary").click()
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    page.click("a[href*='/notes/new']")
    page.click("[data-command=bold]")
    page.keyboard.type("重要")
    page.check("[name=pinned]")
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    expect(page.locator(".zk-pinned b, .zk-pinned strong", has_text="重要").last).to_be_visible()
    assert page.troubles == []
