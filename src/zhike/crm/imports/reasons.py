"""Why a row was not taken, in the reader's language. Codes of cells come from the reading library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zhike.analytics.tabular import MESSAGES, describe

REASONS: dict[str, str | Promise] = {
    "not_visible": _("This row belongs to a record that you may not change."),
    "deleted": _("This record was deleted here. Restore it or remove the row."),
    "order_incomplete": _(
        "Another row of this order (row {row}) was rejected, and an order is taken whole or not at all."
    ),
    "order_conflict": _("The rows of this order name different customers."),
    "order_other_customer": _("An order with this number exists for a customer that you may not see."),
    "several_customers": _("Several customers fit “{value}”. Add the customer's key to the file."),
    "customer_unknown": _("There is no customer “{value}”."),
    "customer_missing": _("The row names no customer."),
    "name_missing": _("A name is needed."),
    "number_missing": _("An order number is needed."),
    "key_missing": _("A name, key or number is needed."),
    "sku_missing": _("A product number or name is needed."),
    "unknown_choice": _("“{value}” is none of the known values: {known}."),
    "unknown_province": _("“{value}” is no province of China."),
    "unknown_city": _("“{value}” is no city of China, or several have this name."),
    "unknown_industry": _("“{value}” is no industry of the national standard."),
    "unknown_owner": _("There is no active colleague “{value}” to whom you may assign customers."),
    "unknown_currency": _("“{value}” is no currency. Write its three letters, such as CNY."),
    "rate_missing": _("The order is in {value}: map or fill in the exchange rate."),
    "code_taken": _("Another customer has the number “{value}”."),
    "several_match": _("Several records fit this row."),
    "similar": _("An existing customer looks like this row."),
    "same_key_twice": _("Another record was created with this key at the same time. Import the row again."),
    "negative_rate": _("The exchange rate must be above zero."),
}


def reason(code: str, detail: Mapping[str, Any] | None = None) -> str:
    """The sentence for a code in the active language."""
    if code in MESSAGES:
        return describe(code, get_language() or "zh", detail)
    text = str(REASONS.get(code, code))
    for name, value in (detail or {}).items():
        shown = "、".join(str(part) for part in value) if isinstance(value, list) else str(value)
        text = text.replace("{" + name + "}", shown[:200])
    return text
