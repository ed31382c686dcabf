"""The columns of the three lists and their permitted orders."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from zhike.analytics.churn.retention import ACTIONS
from zhike.crm.insight import labels
from zhike.crm.prediction.actions import silent_days
from zhike.platform.keyset import Sort
from zhike.platform.tables import Column
from zhike.platform.templatetags.zhike_format import number, percent

#: Every one that a long list begins with has an index.
SORTS = {
    "at_risk": (
        Sort("value_at_risk", "value_at_risk", descending=True),
        Sort("churn", "churn_probability", descending=True),
        Sort("clv", "clv", descending=True, nullable=True),
    ),
    "overdue": (
        Sort("clv", "clv", descending=True, nullable=True),
        Sort("ratio", "rhythm_ratio", descending=True, nullable=True),
    ),
    "cross_sell": (Sort("clv", "clv", descending=True, nullable=True),),
}
MONEY = "money_whole"


def _customer(record: Any) -> str:
    return reverse("customers:detail", args=[record.customer_id])


def _second_line(record: Any) -> str:
    customer = record.customer
    return customer.code or str(customer.get_kind_display())


def _name() -> Column:
    return Column("name", _("Customer"), value="customer.name", url=_customer, sub=_second_line)


def _tier(names: dict[int, str]) -> Column:
    named = labels.names_given()

    def name(row: Any) -> str:
        score = getattr(row.customer, "score", None)
        return named(score.tier, score.version_id) if score else names[0]

    return Column(
        "tier",
        _("Tier"),
        "tier",
        value="customer.score.tier",
        label_of=name,
    )


def _owner() -> Column:
    return Column("owner", pgettext_lazy("of a customer", "Owner"), value="customer.owner")


def _clv() -> Column:
    return Column("clv", _("Value (12 months)"), MONEY, sort="clv")


def at_risk(names: dict[int, str], *, costs_known: bool = True) -> tuple[Column, ...]:
    """Profit and action say the same on every row while no cost is known: then they show on demand."""
    return (
        _name(),
        _tier(names),
        _owner(),
        Column("value_at_risk", _("Value at risk"), MONEY, sort="value_at_risk"),
        Column("churn", _("Churn probability"), "progress", value="churn_probability", sort="churn"),
        Column(
            "profit",
            _("Expected profit"),
            MONEY,
            template="prediction/_profit_cell.html",
            default=costs_known,
            hint=_("Of the retention offer that the company entered; unknown while a cost is not entered."),
        ),
        Column("action", _("Suggested action"), value=_action, default=costs_known),
        Column("because", _("Main reason"), template="prediction/_reason_cell.html", value="churn_reasons"),
        Column("clv", _("Value (12 months)"), MONEY, sort="clv", default=False),
        Column("as_of", _("Data as of"), "day", default=False),
    )


def _action(row: Any) -> str:
    return labels.say(ACTIONS["offer" if row.profit is not None else "decide"])


def overdue(names: dict[int, str], today: date, *, products: bool = False) -> tuple[Column, ...]:
    """``products``: with what the next order will hold, for those who may see orders."""
    need = Column("need", _("Expected products"), template="prediction/_need_cell.html", value="needs")
    return (
        _name(),
        _tier(names),
        _owner(),
        Column("late", _("Days late"), "number", value=lambda row: _late(row, today)),
        Column("cycle", _("Orders every (days)"), "number", value=_cycle),
        Column(
            "ratio",
            _("Silence against rhythm"),
            value=_ratio,
            sort="ratio",
            hint=_("Days since the last order over the customer's own rhythm."),
        ),
        Column("expected", _("Next order expected"), "day", value="next_order_expected"),
        *((need,) if products else ()),
        _clv(),
        Column("value_at_risk", _("Value at risk"), MONEY),
        Column("churn", _("Churn probability"), "progress", value="churn_probability", default=False),
        Column("as_of", _("Data as of"), "day", default=False),
    )


def _late(row: Any, today: date) -> int | None:
    """Days beyond the customer's own rhythm."""
    silent = silent_days(row, today)
    return None if silent is None else max(silent - round(row.cycle_days), 0)


def _cycle(row: Any) -> int | None:
    return None if row.cycle_days is None else round(row.cycle_days)


def _ratio(row: Any) -> str:
    return (
        "" if row.rhythm_ratio is None else gettext("%(times)s times") % {"times": f"{row.rhythm_ratio:.1f}"}
    )


def cross_sell(names: dict[int, str]) -> tuple[Column, ...]:
    return (
        _name(),
        _tier(names),
        _owner(),
        Column("products", _("May like"), template="prediction/_products_cell.html", value="offered"),
        _clv(),
        Column("as_of", _("Data as of"), "day", default=False),
    )


def audience(names: dict[int, str]) -> tuple[Column, ...]:
    return (
        _name(),
        _tier(names),
        _owner(),
        Column("evidence", _("Why"), value="because"),
        Column("rank", _("Place"), "number", hint=_("Its place among the products for this customer.")),
        Column("clv", _("Value (12 months)"), MONEY, value="customer.prediction.clv"),
    )


#: The surest first: of a pair, the direction that says more.
PAIR_SORTS = (
    Sort("share", "confidence_low", descending=True),
    Sort("both", "n_both", descending=True),
    Sort("lift", "lift", descending=True),
)


def _lines(first: Any, second: str) -> SafeString:
    """A figure with what it rests on below it, as one piece also on a phone."""
    return format_html('<div>{}<div class="zk-sub">{}</div></div>', first, second)


def _other(rule: Any) -> SafeString:
    address = f"{reverse('prediction:cross_sell')}?product={rule.right_id}"
    return _lines(format_html('<a href="{}">{}</a>', address, rule.right.name), rule.right.sku)


def _both(rule: Any) -> SafeString:
    values = {"left": number(rule.n_left), "all": number(rule.n_baskets)}
    return _lines(number(rule.n_both), gettext("of %(left)s with the first, %(all)s in all") % values)


def _share(rule: Any) -> SafeString:
    least = gettext("at least %(share)s") % {"share": percent(rule.confidence_low)}
    return _lines(percent(rule.confidence), least)


def _by_chance(rule: Any) -> str:
    return gettext("%(times)s times") % {"times": number(rule.lift, 1)}


PAIRS = (
    Column("left", _("Who buys"), value="left.name", sub="left.sku"),
    Column("right", _("also buys"), value="right.name", html=_other),
    Column("both", _("Orders with both"), "number", value="n_both", sort="both", html=_both),
    Column(
        "share",
        _("Share of those with the first"),
        "percent",
        value="confidence",
        sort="share",
        html=_share,
        hint=_("Confidence; below it the lower end of its 95 % interval (Wilson), which sorts the column."),
    ),
    Column(
        "lift",
        _("Against chance"),
        value=_by_chance,
        sort="lift",
        hint=_("Lift: how many times as often as if the two had nothing to do with each other."),
    ),
)
