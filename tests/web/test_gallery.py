"""The components in a real browser: drawn, translated, usable, within the content security policy."""

from __future__ import annotations

import os
from typing import Any

import pytest

pytestmark = pytest.mark.one_store
SHOTS = os.environ.get("ZHIKE_SHOTS")
CHARTS = ("donut", "heat", "pareto", "sankey", "china", "bars", "stacked", "line")


@pytest.fixture
def open_gallery(gallery: None, live_server: Any, people: Any, page: Any, client: Any) -> Any:
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))

    def opener(*, width: int = 1440, theme: str = "light", language: str = "zh-hans", query: str = "") -> Any:
        client.force_login(people.owner)
        page.context.add_cookies(
            [
                {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url},
                {"name": "zhike_language", "value": language, "url": live_server.url},
            ]
        )
        page.add_init_script(f"try {{ localStorage.setItem('zk-theme', '{theme}') }} catch {{}}")
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live_server.url}/gallery{query}")
        page.wait_for_function(f"document.querySelectorAll('[data-drawn=true]').length >= {len(CHARTS)}")
        return page

    yield opener
    assert complaints == []


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [(1440, "light", "zh-hans"), (1440, "dark", "en"), (390, "light", "zh-hans"), (390, "dark", "en")],
)
def test_every_component_is_drawn_without_a_complaint(
    open_gallery: Any, width: int, theme: str, language: str
) -> None:
    page = open_gallery(width=width, theme=theme, language=language)
    assert page.locator("html").get_attribute("data-bs-theme") == theme
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "the page must not scroll sideways"
    )
    if SHOTS:
        page.wait_for_timeout(600)
        page.screenshot(path=f"{SHOTS}/gallery-{width}-{theme}-{language}.png", full_page=True)


def test_a_chart_reads_as_a_table(open_gallery: Any) -> None:
    page = open_gallery()
    page.locator("#chart-donut [data-chart-toggle]").click()
    cells = page.locator("#chart-donut tbody tr").first.locator("td").all_inner_texts()
    assert cells == ["钻石", "812", "4.1%"]


def test_a_click_on_a_datum_opens_the_customers_behind_it(open_gallery: Any) -> None:
    page = open_gallery()
    box = page.locator("#chart-heat .zk-chart-canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.4)
    page.wait_for_url("**/rfm/*")


def test_selected_rows_are_counted_and_travel_with_the_action(open_gallery: Any) -> None:
    page = open_gallery()
    page.locator("#customers [data-check]").nth(0).check()
    page.locator("#customers [data-check]").nth(2).check()
    assert page.locator("#customers [data-bulk-count]").inner_text() == "2"
    page.locator("#customers [data-check-all]").check()
    assert page.locator("#customers [data-bulk-count]").inner_text() == "12"


def test_the_density_and_the_theme_are_remembered(open_gallery: Any) -> None:
    page = open_gallery()
    page.locator("#customers [data-density-switch]").click()
    assert page.evaluate("localStorage.getItem('zk-density')") == "compact"
    assert page.locator("html").get_attribute("data-density") == "compact"


def test_a_message_shows_as_a_toast(open_gallery: Any) -> None:
    assert "已保存" in open_gallery().locator(".toast").first.inner_text()
