"""The main job in a real browser: sign in, import the orders of Online Retail, see tiers, read why, see one move."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from browser.steps import context_in, sign_in

IMPORT_SECONDS, ANALYSIS_SECONDS, EVENT_SECONDS = 300, 240, 10
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
    result = page.url.split("?")[0]
    eventually(page, result, "541,909", IMPORT_SECONDS)
    eventually(page, f"{product.url}/insight/tiers", "4,338", ANALYSIS_SECONDS)
    yield page
    context.close()


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
    imported.click("a[href*='/orders/new']")
    imported.fill("[name$=description] >> nth=0", "年度采购")
    imported.fill("[name$=quantity] >> nth=0", "10")
    imported.fill("[name$=unit_price] >> nth=0", "30000")
    imported.click("main form.zk-form button.btn-primary")
    imported.wait_for_url(re.compile(r"/customers/\d+"))
    badge = imported.locator("main .badge", has_text=re.compile("白银|黄金|钻石")).first
    expect(badge).to_be_visible(timeout=EVENT_SECONDS * 1000)


# Whether a page fits depends on language and width; each of both is seen in each color scheme.
@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("zh-hans", 1440, "light"), ("zh-hans", 390, "dark"), ("en", 1440, "dark"), ("en", 390, "light")],
)
def test_every_page_fits_and_is_quiet(imported, browser, product, language, width, scheme):
    """No console error, no sideways scrolling of the page, no English in the Chinese interface."""
    context = context_in(
        browser, product, language, viewport={"width": width, "height": 844}, color_scheme=scheme
    )
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    sign_in(page, product)
    page.goto(f"{product.url}/customers/?q=14646")
    detail = page.locator("table a", has_text="14646").first.get_attribute("href")
    for address in [*PAGES, detail]:
        page.goto(product.url + address)
        page.wait_for_load_state("networkidle")
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 1:
            troubles.append(f"{address}: {overflow} pixels too wide at {width}")
        if language == "zh-hans":
            words = re.findall(r"[A-Za-z]{3,}", NOT_ENGLISH.sub("", chrome_text(page)))
            troubles += [f"{address}: {word}" for word in words]
    context.close()
    assert troubles == []


def chrome_text(page: Page) -> str:
    """The words of the interface: headings, buttons, labels, table heads – not the company's own data."""
    return page.evaluate(
        """() => [...document.querySelectorAll('h1,h2,h3,.card-title,.page-title,th,label,button,.btn,nav a,.nav-link,'
            + '.form-hint,.text-secondary:not(td *):not(li *)')]
            .filter(e => e.offsetParent).map(e => e.innerText).join('\\n')"""
    )
