"""Key figures of the dashboards: named, compared with the period before, opening their customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from zhike.crm.insight import links, snapshot_queries
from zhike.crm.insight.snapshot_queries import Pareto, Row, Snapshot
from zhike.platform.figures import Figure
from zhike.platform.money import from_units
from zhike.platform.templatetags import zhike_format as say


@dataclass(frozen=True)
class Sums:
    """Everything that the key figures of one period are made of."""

    base: Snapshot
    period: int
    totals: Row
    now: Row
    before: Row
    state: Row
    pareto: Pareto

    @property
    def compared(self) -> bool:
        """Whether the state before the period is known for most customers of that time."""
        return bool(self.state["known"]) and self.state["known"] >= 0.5 * self.totals["customers_before"]


def sums(base: Snapshot, period: int) -> Sums:
    now, before = snapshot_queries.period_sums(base, period)
    return Sums(
        base,
        period,
        snapshot_queries.totals(base, period),
        now,
        before,
        snapshot_queries.state_before(base, period),
        snapshot_queries.pareto(base),
    )


def key_figures(sums: Sums) -> list[Figure]:
    """The figures of a company, a team or a person: the row scope decided which."""
    return [*_people(sums), *_money(sums), *_states(sums), *_shape(sums)]


def _people(sums: Sums) -> list[Figure]:
    totals, base = sums.totals, sums.base
    first = base.since(sums.period)
    return [
        Figure(
            _("Customers"),
            totals["customers"],
            previous=totals["customers_before"],
            url=links.customers(first_order_to=base.as_of),
            hint=_("with at least one purchase"),
            icon="users",
        ),
        Figure(
            _("Active customers"),
            sums.now["active"],
            previous=sums.before["active"],
            url=links.customers(last_order_from=first),
            hint=_("bought in the period"),
            icon="activity",
        ),
        Figure(
            _("New customers"),
            totals["newcomers"],
            previous=totals["newcomers_before"],
            url=links.customers(first_order_from=first),
            hint=_("first purchase in the period"),
            icon="user-plus",
        ),
    ]


def _money(sums: Sums) -> list[Figure]:
    now, before = sums.now, sums.before
    active = links.customers(last_order_from=sums.base.since(sums.period))
    return [
        Figure(
            _("Net revenue"),
            amount(now["net_revenue"]),
            "money",
            amount(before["net_revenue"]),
            url=active,
            hint=_("revenue less returns"),
            icon="coin-yuan",
        ),
        Figure(_("Orders"), now["orders"], previous=before["orders"], url=active, icon="shopping-cart"),
        Figure(
            _("Average order"),
            _ratio(amount(now["revenue"]), now["orders"]),
            "money",
            _ratio(amount(before["revenue"]), before["orders"]),
            url=active,
            icon="receipt",
        ),
        _margin(now, before, active),
    ]


def _margin(now: Row, before: Row, url: str) -> Figure:
    """Margin over the orders whose cost is known; how much of the revenue that is, is said."""
    known = now["costed"] / now["net_revenue"] if now["net_revenue"] else None
    rate = now["margin"] / now["costed"] if now["costed"] else None
    hint = _("costs known for %(share)s of net revenue") % {"share": say.percent(known, 0)}
    return Figure(
        _("Margin rate"),
        rate,
        "percent",
        before["margin"] / before["costed"] if before["costed"] else None,
        url=url,
        hint=hint if rate is not None else _("no costs entered"),
        icon="percentage",
    )


def _states(sums: Sums) -> list[Figure]:
    totals, base = sums.totals, sums.base
    at_risk = say.money_short(amount(totals["at_risk_revenue"]))
    return [
        Figure(
            _("Key customers"),
            totals["key_customers"],
            previous=_then(sums, "key_customers"),
            url=links.customers(tier=base.top_tier),
            hint=_("tier %(tier)s") % {"tier": base.names[base.top_tier]},
            icon="diamond",
        ),
        Figure(
            _("Customers at risk"),
            totals["at_risk"],
            previous=_then(sums, "at_risk"),
            url=links.customers(lifecycle="at_risk"),
            better="down",
            hint=_("%(amount)s of revenue in the last 365 days") % {"amount": at_risk},
            icon="alert-triangle",
        ),
        Figure(
            _("Lost customers"),
            totals["lost"],
            previous=_then(sums, "lost"),
            url=links.customers(lifecycle="lost"),
            better="down",
            icon="user-x",
        ),
    ]


def _then(sums: Sums, name: str) -> int | None:
    return sums.state[name] if sums.compared else None


def _shape(sums: Sums) -> list[Figure]:
    figures, base = sums.pareto.figures, sums.base
    best = sums.pareto.top_20_from
    url = links.here("insight:pareto") if best is None else links.customers(net_revenue_min=whole(best))
    return [
        Figure(
            _("Share of the top 20 %"),
            figures.top_20_share,
            "percent",
            url=url,
            better="",
            hint=_("%(count)s customers bring 80 %%")
            % {"count": say.number(figures.customers_for_80_percent)},
            icon="chart-line",
        ),
        Figure(
            _("Repeat purchase rate"),
            _ratio(sums.now["repeaters"], sums.now["active"]),
            "percent",
            _ratio(sums.before["repeaters"], sums.before["active"]),
            url=links.customers(last_order_from=base.since(sums.period)),
            hint=_("active customers who bought on two days or more"),
            icon="repeat",
        ),
    ]


def uncared(sums: Sums) -> Figure:
    """Customers without an owner, for those who may give them one."""
    revenue = say.money_short(amount(sums.totals["nobody_revenue"]))
    return Figure(
        _("Nobody looks after these"),
        sums.totals["nobody"],
        url=links.customers(owner="", first_order_to=sums.base.as_of),
        better="down",
        hint=_("%(amount)s of revenue in the last 365 days") % {"amount": revenue},
        icon="user-question",
    )


def period_words(base: Snapshot, period: int) -> str:
    """“2026-10-24 to 2026-11-22, compared with the 30 days before”."""
    return _("%(start)s to %(end)s, compared with the %(days)s days before") % {
        "start": base.since(period).isoformat(),
        "end": base.as_of.isoformat(),
        "days": period,
    }


def state_day(base: Snapshot, period: int) -> Any:
    """The day whose state is compared: the one before the period."""
    return base.as_of - timedelta(days=period)


def amount(units: int | None) -> Decimal | None:
    return None if units is None else from_units(units)


def whole(units: int) -> str:
    """A lower bound for the customer list, exact to the last digit."""
    return format(Decimal(units).scaleb(-4).normalize(), "f")


def _ratio(part: Any, total: Any) -> Any:
    return part / total if part is not None and total else None
