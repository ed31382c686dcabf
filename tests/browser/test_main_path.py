"""The main job in a real browser: sign in, import the orders of Online Retail, see tiers, read why, see one move."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from browser.steps import JOB_SECONDS, at_rest, context_in, elsewhere, noted, sign_in, too_wide

IMPORT_SECONDS = 600
PAGES = [
    "/insight/",
    "/customers/",
    "/customers/new",
    "/insight/tiers",
    "/insight/rfm",
    "/insight/pareto",
    "/statistics/",
    "/studio/",
    "/insight/runs",
    "/orders/",
    "/products/",
    "/imports/",
    "/imports/new",
    "/system/jobs",
    "/system/audit",
    "/system/backups",
    "/users",
    "/teams",
    "/roles",
    "/profile",
]
# Latin words that are no English: names, units and abbreviations of the trade.
NOT_ENGLISH = re.compile(
    r"\b(RFM|ABC|API|CSV|TSV|Excel|Parquet|UTF|GB18030|SKU|ERP|CRM|OpenAPI|PDF|ID|UCI|Online|Retail|English|zhike|"
    r"restore|CNY|boss|gz|[RFMABCvV]|v\d+|[RFM]\d|NaN|URL|IP|zip)\b"
)


def eventually(page: Page, address: str, text: str, seconds: int) -> None:
    """Reload the page until it shows the text."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        page.goto(address)
        if text in page.inner_text("body"):
            return
        page.wait_for_timeout(1000)
    pytest.fail(f"{address} never showed {text}: {page.inner_text('body')[:500]}")


@pytest.fixture(scope="module")
def imported(browser, product, data_dir) -> Iterator[Page]:
    """The whole file imported and analyzed through the pages, in Chinese, on a wide screen."""
    context = context_in(browser, product, "zh-hans", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, product)
    page.goto(f"{product.url}/imports/new?entity=orders")
    page.set_input_files("input[type=file]", data_dir / "online_retail/online_retail.csv.gz")
    page.select_option("[name=entity]", "orders")
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile(r"/imports/\d+"))
    page.click("button[name=act][value=run]")
    expect(page.locator("#records")).to_be_visible(timeout=IMPORT_SECONDS * 1000)
    expect(page.locator("main")).to_contain_text("541,909")
    eventually(page, f"{product.url}/insight/tiers", "4,338", JOB_SECONDS)
    yield page
    context.close()


def test_the_store_holds_the_published_figures_exactly(imported, product):
    """UCI Online Retail (Chen, Sain, Guo 2012; see the data set's notes)."""
    lines = "SELECT COUNT(*) FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id WHERE "
    assert product.value(f"{lines} o.customer_id IS NOT NULL AND l.kind = 'purchase'") == 397_884
    orders = product.query(
        "SELECT customer_id, revenue, returned FROM orders_order WHERE customer_id IS NOT NULL"
    )
    totals = [(customer, Decimal(str(bought)), Decimal(str(back))) for customer, bought, back in orders]
    bought = {customer for customer, revenue, _returned in totals if revenue > 0}
    assert len(bought) == 4_338
    assert sum(revenue for _customer, revenue, _returned in totals) == Decimal("8911407.904")
    assert sum(back for _customer, _revenue, back in totals) == Decimal("611342.09")
    only = sum(back for customer, _revenue, back in totals if customer not in bought)
    assert only == Decimal("10411.24")
    # Sales without a customer are kept.
    assert product.value(f"{lines} o.customer_id IS NULL") == 135_080


def test_every_record_of_the_file_is_there_and_counted(imported, product):
    counts = json.loads(product.value("SELECT counts FROM imports_import"))
    assert (counts["rows"], counts["created"]) == (541_909, 541_909)
    made = {name: kinds["created"] for name, kinds in counts["records"].items()}
    assert made == {"customers": 4_372, "products": 4_070, "orders": 25_900}
    # Of 38; one buys only anonymously.
    assert product.value("SELECT COUNT(DISTINCT country) FROM customers_customer") == 37


def customer_page(page: Page, product, key: str) -> None:
    page.goto(f"{product.url}/customers/?q={key}")
    page.locator("table a", has_text=key).first.click()
    page.wait_for_url(re.compile(r"/customers/\d+"))


def test_the_tiers_hold_the_customers_of_the_published_figures(imported, product):
    imported.goto(f"{product.url}/insight/pareto?basis=revenue")
    for figure in ("32.0%", "61.4%", "74.6%", "1,133"):
        expect(imported.locator("main")).to_contain_text(figure)


def test_the_best_customer_says_why_in_chinese(imported, product):
    customer_page(imported, product, "14646")
    main = imported.locator("main")
    for words in ("钻石", "消费金额", "权重", "贡献", "279,489"):
        expect(main).to_contain_text(words)


def test_a_glance_beside_the_list_walks_from_customer_to_customer(imported, product):
    imported.goto(f"{product.url}/customers/")
    links = imported.locator("#customers tbody td > a[href^='/customers/']")
    first, second = links.nth(0).inner_text(), links.nth(1).inner_text()
    links.nth(0).hover()
    imported.locator(".zk-glance").first.click()
    name = imported.locator("#peek h2")
    expect(name).to_have_text(first)
    expect(imported.locator("#peek")).to_contain_text("净消费额")
    imported.keyboard.press("ArrowDown")
    expect(name).to_have_text(second)
    imported.locator("#peek .btn-close").click()
    expect(imported.locator("#peek")).to_be_hidden()


def test_statistics_open_their_customers_and_stay_on_the_overview(imported, product):
    imported.goto(f"{product.url}/statistics/?by=tier")
    row = imported.locator("#groups tbody tr", has_text="钻石")
    count = row.locator("td").nth(1).inner_text()
    row.locator("a").first.click()
    imported.wait_for_url(re.compile("/customers/.*tier="))
    expect(imported.locator("main")).to_contain_text(count)
    imported.goto(f"{product.url}/statistics/?by=tier")
    imported.click("button[data-bs-target='#save-chart']")
    with elsewhere(imported):
        imported.click("#save-chart button.btn-primary")
    imported.goto(f"{product.url}/insight/")
    expect(imported.locator("#my-charts [data-drawn=true]")).to_be_visible()
    imported.locator("#my-charts form[hx-post$='/remove'] button").click()
    expect(imported.locator("#my-charts section")).to_have_count(0)


@pytest.mark.parametrize("key", ["12346", "16446"])
def test_who_returned_everything_is_in_no_upper_tier(imported, product, key):
    customer_page(imported, product, key)
    expect(imported.locator("main")).to_contain_text("青铜")


def test_an_order_moves_the_tier_while_one_looks(imported, product):
    customer_page(imported, product, "12346")
    expect(imported.locator("main .badge", has_text="青铜").first).to_be_visible()
    with elsewhere(imported):
        imported.click("a[href*='/orders/new']")
    imported.fill("[name$=description] >> nth=0", "年度采购")
    imported.fill("[name$=quantity] >> nth=0", "10")
    imported.fill("[name$=unit_price] >> nth=0", "30000")
    imported.click("main form.zk-form button.btn-primary")
    imported.wait_for_url(re.compile(r"/customers/\d+"))
    badge = imported.locator("main .badge", has_text=re.compile("白银|黄金|钻石")).first
    expect(badge).to_be_visible(timeout=1000 * JOB_SECONDS)


WIDE_LIGHT, PHONE_DARK = (1440, "light"), (390, "dark")
PHONE_LIGHT, WIDE_DARK = (390, "light"), (1440, "dark")


# Whether a page fits depends on language and width; each of both is seen in each color scheme. A page is loaded
# once per language, on a wide screen or on a phone, and turned to the other.
@pytest.mark.parametrize(
    ("language", "screens"), [("zh-hans", (WIDE_LIGHT, PHONE_DARK)), ("en", (PHONE_LIGHT, WIDE_DARK))]
)
def test_every_page_fits_and_is_quiet(imported, browser, product, language, screens):
    """No console error, no sideways scrolling of the page, no English in the Chinese interface."""
    context = context_in(browser, product, language)
    page = context.new_page()
    troubles = noted(page)
    sign_in(page, product)
    page.goto(f"{product.url}/customers/?q=14646")
    detail = page.locator("table a", has_text="14646").first.get_attribute("href")
    for address in [*PAGES, detail]:
        turn(page, *screens[0])
        page.goto(product.url + address)
        at_rest(page)
        troubles += unfit(page, address, language)
        turn(page, *screens[1])
        at_rest(page)
        troubles += unfit(page, address, language)
    context.close()
    assert troubles == []


def turn(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")


def unfit(page: Page, address: str, language: str) -> list[str]:
    """What is wrong with the page as it is seen now."""
    width = page.viewport_size["width"]
    wide = too_wide(page)
    found = [f"{address}: {wide} pixels too wide at {width}"] if wide > 1 else []
    if language == "zh-hans":
        words = re.findall(r"[A-Za-z]{3,}", NOT_ENGLISH.sub("", chrome_text(page)))
        found += [f"{address} at {width}: {word}" for word in words]
    return found


def chrome_text(page: Page) -> str:
    """The words of the interface: headings, buttons, labels, table heads – not the company's own data."""
    return page.evaluate(
        """() => [...document.querySelectorAll('h1,h2,h3,.card-title,.page-title,th,label,button,.btn,nav a,.nav-link,'
            + '.form-hint,.text-secondary:not(td *):not(li *)')]
            .filter(e => e.offsetParent).map(e => e.innerText).join('\\n')"""
    )
