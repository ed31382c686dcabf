"""The shell: what each role finds in the side bar, messages, language, phone."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from zhike.crm.customers.services import create_customer
from zhike.web.navigation import SECTIONS, sections_for

SHOTS = os.environ.get("ZHIKE_SHOTS")


def test_the_side_bar_shows_only_what_the_role_may_open(people: Any) -> None:
    urls = {link.item.url_name for _, links in sections_for(people.owner, "/") for link in links}
    assert "accounts:users" in urls
    sales = {link.item.url_name for _, links in sections_for(people.sales_east, "/") for link in links}
    assert "accounts:users" not in sales
    assert sales < urls


def test_every_item_points_at_a_page_that_exists() -> None:
    for section in SECTIONS:
        for item in section.items:
            assert reverse(item.url_name), item.url_name


def test_only_the_page_being_viewed_is_active(people: Any) -> None:
    path = reverse("accounts:users")
    active = [link for _, links in sections_for(people.owner, path) for link in links if link.active]
    assert [link.item.url_name for link in active] == ["accounts:users"]


@pytest.mark.django_db
def test_a_part_of_a_page_never_becomes_the_page_to_sign_in(client: Client) -> None:
    address = reverse("decisions:count")
    assert client.get(address).status_code == 302
    answer = client.get(address, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (401, b"")


def test_messages_of_an_htmx_request_travel_as_toasts(gallery: None, people: Any, client: Client) -> None:
    client.force_login(people.owner)
    answer = client.get("/gallery/message", headers={"HX-Request": "true"})
    assert "toast" in answer.headers["HX-Trigger"]
    assert 'zk-toast"' not in client.get(reverse("accounts:roles")).content.decode()


def test_no_page_asks_another_host_for_anything(gallery: None, people: Any, client: Client) -> None:
    client.force_login(people.owner)
    page = client.get("/gallery")
    assert "http://" not in page.content.decode().replace("http://testserver", "")
    assert "https://" not in page.content.decode()
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "unsafe-eval" not in policy


def sign_in(page: Any, live_server: Any, client: Client, user: Any) -> None:
    page.set_default_timeout(8000)
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


@pytest.mark.one_store
def test_on_a_phone_the_side_bar_is_a_drawer(
    gallery: None, people: Any, live_server: Any, page: Any, client: Client
) -> None:
    sign_in(page, live_server, client, people.owner)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}{reverse('accounts:roles')}")
    assert not page.locator("#side").is_visible()
    page.locator(".zk-top [data-bs-target='#side']").click()
    page.locator("#side.show").wait_for()
    assert page.locator("#side .zk-nav-link.active").is_visible()
    # On a phone the search has the room of the language switch, which is here.
    assert page.locator("#global-search").bounding_box()["width"] > 150
    assert not page.locator(".zk-top .zk-language button").is_visible()
    assert page.locator("#side .zk-language button").is_visible()
    if SHOTS:
        page.wait_for_timeout(500)
        page.screenshot(path=f"{SHOTS}/drawer.png")


@pytest.mark.one_store
def test_the_language_switch_turns_the_same_page(
    gallery: None, people: Any, live_server: Any, page: Any, client: Client
) -> None:
    sign_in(page, live_server, client, people.owner)
    page.goto(f"{live_server.url}{reverse('accounts:roles')}?x=1")
    page.locator(".zk-top .zk-language button[value=zh-hans]").click()
    page.locator("html[lang=zh-hans]").wait_for()
    assert page.url.endswith("?x=1")
    page.locator(".zk-top .zk-language button[value=en]").click()
    page.locator("html[lang=en]").wait_for()


@pytest.mark.one_store
def test_the_theme_switch_turns_the_page_dark_at_once(
    gallery: None, people: Any, live_server: Any, page: Any, client: Client
) -> None:
    sign_in(page, live_server, client, people.owner)
    page.goto(f"{live_server.url}{reverse('accounts:roles')}")
    page.locator(".zk-top [data-bs-toggle=dropdown]").first.click()
    page.locator(".zk-top [data-theme-choice=dark]").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/users-dark.png")
        page.goto(f"{live_server.url}/nowhere")
        page.screenshot(path=f"{SHOTS}/404.png")
        page.context.clear_cookies()
        page.goto(f"{live_server.url}/sign-in")
        page.screenshot(path=f"{SHOTS}/sign-in.png")


@pytest.mark.one_store
def test_the_search_box_is_reached_by_a_key_and_walked_by_arrows(
    people: Any, live_server: Any, page: Any, client: Client
) -> None:
    customer = create_customer(actor=people.owner, name="武汉瑞通医疗器械有限公司")
    sign_in(page, live_server, client, people.owner)
    page.goto(f"{live_server.url}{reverse('accounts:roles')}")
    page.keyboard.press("/")
    page.keyboard.type("瑞")
    page.locator("#search-results a").first.wait_for()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/search.png")
    page.keyboard.press("Escape")
    assert page.locator("#search-results a").count() == 0
    page.keyboard.press("/")
    page.keyboard.type("通")
    page.locator("#search-results a").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{customer.pk}**")
