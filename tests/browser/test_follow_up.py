"""A sales person's day on a phone: today, a call in at most four taps, put aside, back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from browser.steps import at_rest, context_in, sign_in

TAPS = 4
PASSWORD = "Ein-langes-Passwort-7"
PEOPLE = f"""
from datetime import timedelta
from django.utils import timezone
from zhike.crm.accounts.models import Role, Team, User
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.interactions.models import Interaction
team = Team.objects.create(name="华东")
user = User.objects.create_user("xiaoli", "{PASSWORD}", display_name="小李", team=team, role=Role.objects.get(code="sales"))
for number, late in ((1, 1), (2, 9)):
    customer = Customer.objects.create(name=f"客户{{number}}号", owner=user, team=team)
    Contact.objects.create(customer=customer, name="王总", is_primary=True)
    Interaction.objects.create(
        customer=customer, at=timezone.now() - timedelta(days=30), summary="谈过", next_step="发送报价单",
        next_step_on=timezone.localdate() - timedelta(days=late), author=user,
    )
"""


class Taps:
    """Counts what the thumb does."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def on(self, selector: str, **options) -> None:
        self.page.locator(selector, **options).first.tap()
        self.count += 1


@pytest.fixture(scope="module")
def beginning():
    """A sales person with two customers whom something was promised."""
    return PEOPLE


@pytest.fixture
def phone(browser, product) -> Iterator[Page]:
    viewport = {"width": 390, "height": 844}
    context = context_in(browser, product, "zh-hans", viewport=viewport, has_touch=True, is_mobile=True)
    page = context.new_page()
    sign_in(page, product, "xiaoli", PASSWORD)
    yield page
    context.close()


def test_a_sales_person_s_day_on_the_phone(phone, product):
    phone.wait_for_url(re.compile(r"/today/"))
    names = phone.locator(".zk-today-name > a")
    expect(names).to_have_text(["客户2号", "客户1号"])
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390

    # From the customer page to a logged call.
    names.nth(1).tap()
    phone.wait_for_url(re.compile(r"/customers/\d+"))
    taps = Taps(phone)
    taps.on(".zk-page-actions a[href*='/interactions/new']")
    taps.on("[data-kind=call][data-outcome]", has_text="有意向")
    expect(phone.locator("[name=next_step]")).to_have_value("发送报价单")
    taps.on(".zk-log-foot .btn-primary")
    phone.wait_for_url(re.compile(r"/customers/\d+"))
    assert taps.count <= TAPS
    expect(phone.locator(".zk-timeline")).to_contain_text("有意向")

    # The due step was settled with it: the other line is left.
    phone.goto(f"{product.url}/today/")
    expect(names).to_have_text(["客户2号"])

    # Put aside with a reason, and shown again.
    line = phone.locator(".zk-today-line")
    line.get_by_role("button", name="暂不处理").tap()
    line.get_by_role("button", name="采购季节未到").tap()
    expect(names).to_have_count(0)
    at_rest(phone)
    phone.locator(".zk-today-hidden summary").tap()
    phone.get_by_role("button", name="重新显示").tap()
    expect(names).to_have_text(["客户2号"])
    at_rest(phone)

    # A call from the line, in place.
    taps = Taps(phone)
    taps.on(".zk-today-acts .btn-primary")
    taps.on("[data-kind=call][data-outcome]", has_text="未接通")
    taps.on(".zk-log-foot .btn-primary")
    expect(names).to_have_count(0)
    assert taps.count <= TAPS
