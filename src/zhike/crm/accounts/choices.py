"""The roles that every installation starts with; a company may change them and add its own."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from zhike.platform.permissions import CAPABILITIES, RowScope

_SALES = [
    "customers.view",
    "customers.edit",
    "orders.view",
    "orders.edit",
    "insight.view",
    "personal_data",
    "api",
]

# code, name, row scope, rights
STARTING_ROLES: list[tuple[str, str, str, list[str]]] = [
    ("owner", _("Company owner"), RowScope.ALL, list(CAPABILITIES)),
    (
        "sales_manager",
        _("Sales manager"),
        RowScope.TEAM_TREE,
        [
            *_SALES,
            *(
                "export",
                "import",
                "insight.run",
                "jobs.view",
                "followups.edit",
                "rules.edit",
                "segments.edit",
            ),
        ],
    ),
    ("sales", _("Sales person"), RowScope.OWN, _SALES),
    (
        "analyst",
        _("Analyst"),
        RowScope.ALL,
        [
            "customers.view",
            "orders.view",
            "insight.view",
            "insight.run",
            "segments.edit",
            "tiers.edit",
            "export",
            "jobs.view",
            "api",
        ],
    ),
]
