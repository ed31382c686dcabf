"""The side bar: sections by the loop customers → insight → sales → marketing → service → settings.

An item shows when its page exists and the person has the capability; a section when it has an item.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.platform.permissions import allowed


@dataclass(frozen=True)
class Item:
    label: Promise
    url_name: str
    capability: str
    icon: str
    # A page that answers with how much waits there, asked for once the page stands.
    count_name: str = ""


@dataclass(frozen=True)
class Section:
    label: Promise
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Link:
    """An item for one person on one page."""

    item: Item
    url: str
    active: bool
    count_url: str = ""


SECTIONS: tuple[Section, ...] = (
    Section(
        _("Customers"),
        (
            Item(pgettext_lazy("the page", "Today"), "today:page", "customers.view", icon="sun"),
            Item(_("Overview"), "insight:dashboard", "customers.view", icon="layout-dashboard"),
            Item(_("Customer list"), "customers:list", "customers.view", icon="users"),
            Item(_("Orders"), "orders:list", "orders.view", icon="shopping-cart"),
            Item(_("Products"), "catalog:list", "orders.view", icon="package"),
            Item(_("Import"), "imports:list", "import", icon="file-import"),
            Item(
                _("Decisions"),
                "decisions:inbox",
                "customers.view",
                icon="inbox",
                count_name="decisions:count",
            ),
            Item(_("Customer lists"), "lists:list", "customers.view", icon="list-check"),
            Item(_("Bulk work"), "bulk:list", "customers.view", icon="checkbox"),
            Item(_("Recycle bin"), "customers:recycle_bin", "customers.edit", icon="trash"),
        ),
    ),
    Section(
        _("Insight"),
        (
            Item(_("Tiers"), "insight:tiers", "insight.view", icon="diamond"),
            Item(_("Segments"), "segments:list", "insight.view", icon="users-group"),
            Item(_("Segments and tiers over time"), "watching:page", "insight.view", icon="activity"),
            Item(_("RFM"), "insight:rfm", "insight.view", icon="grid-dots"),
            Item(_("Pareto 80/20"), "insight:pareto", "insight.view", icon="chart-line"),
            Item(_("Customer statistics"), "statistics:page", "insight.view", icon="chart-pie"),
            Item(_("At risk and worth it"), "prediction:at_risk", "insight.view", icon="heart-broken"),
            Item(_("Overdue customers"), "prediction:overdue", "insight.view", icon="clock-exclamation"),
            Item(_("Cross-selling"), "prediction:cross_sell", "insight.view", icon="shopping-bag-plus"),
            Item(_("Investment per tier"), "prediction:investment", "insight.view", icon="coin-yuan"),
            Item(_("Workbench"), "workbench:list", "insight.view", icon="flask"),
            Item(_("Models"), "prediction:models", "insight.view", icon="brain"),
            Item(_("Analysis runs"), "insight:runs", "insight.run", icon="refresh"),
        ),
    ),
    Section(
        _("Sales"),
        (
            Item(_("Tasks"), "tasks:list", "customers.view", icon="checklist"),
            Item(_("Calendar"), "tasks:calendar", "customers.view", icon="calendar"),
            Item(_("Care"), "care:upcoming", "customers.view", icon="cake"),
            Item(_("Alerts"), "alerts:list", "customers.view", icon="alert-triangle"),
        ),
    ),
    Section(_("Marketing"), (Item(_("Treatments"), "treatments:list", "customers.view", icon="flask"),)),
    Section(_("Service"), ()),
    Section(
        _("Settings"),
        (
            Item(_("Company"), "welcome:company", "users.manage", icon="building"),
            Item(_("Tier studio"), "studio:list", "tiers.edit", icon="adjustments-star"),
            Item(_("Strategy per tier"), "strategy:page", "insight.view", icon="award"),
            Item(_("Follow-up rhythm"), "followups:policies", "followups.edit", icon="calendar-repeat"),
            Item(_("Own fields"), "customers:fields", "users.manage", icon="forms"),
            Item(_("Tags"), "customers:tags", "users.manage", icon="tags"),
            Item(_("Background jobs"), "platform:jobs", "jobs.view", icon="progress"),
            Item(_("Users"), "accounts:users", "users.manage", icon="user-cog"),
            Item(_("Hand over customers"), "customers:handovers", "customers.edit", icon="user-share"),
            Item(_("Teams"), "accounts:teams", "users.manage", icon="sitemap"),
            Item(_("Roles"), "accounts:roles", "users.manage", icon="shield-lock"),
            Item(_("Audit trail"), "platform:audit", "audit.view", icon="history"),
            Item(_("Backups"), "platform:backups", "backup", icon="database-export"),
        ),
    ),
)


def sections_for(user: Any, path: str) -> list[tuple[Section, list[Link]]]:
    """Sections with the links that exist and that the person may open; the one being viewed is active."""
    found = [(section, _links(section, user)) for section in SECTIONS]
    current = _current([url for _, links in found for _, url in links], path)
    return [
        (section, [Link(item, url, url == current, _count_url(item)) for item, url in links])
        for section, links in found
        if links
    ]


@cache
def address(url_name: str) -> str:
    """The page's address, or "" while the page does not exist."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _count_url(item: Item) -> str:
    return address(item.count_name) if item.count_name else ""


def _links(section: Section, user: Any) -> list[tuple[Item, str]]:
    permitted = (item for item in section.items if allowed(user, item.capability))
    return [(item, url) for item in permitted if (url := address(item.url_name))]


def _current(urls: list[str], path: str) -> str:
    """The longest address that the path lies under."""
    return max((url for url in urls if path.startswith(url)), key=len, default="")
