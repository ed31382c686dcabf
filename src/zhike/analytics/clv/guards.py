"""When a forecast of value should not be made, and what to say about one that was."""

from __future__ import annotations

from zhike.analytics.clv.backtest import Backtest
from zhike.analytics.clv.gamma_gamma import MIN_CUSTOMERS
from zhike.analytics.clv.horizons import day_number, end_of
from zhike.analytics.clv.margins import Contribution
from zhike.analytics.clv.seasonal import MIN_DAYS
from zhike.analytics.clv.settings import ValueSettings
from zhike.analytics.clv.table import RFMTable
from zhike.analytics.clv.value import CustomerValue
from zhike.analytics.guards import Guard
from zhike.analytics.words import Words

BIAS, CORRELATION, COVERAGE = 0.20, 0.30, 0.08
_OFF = {True: Words("too high", "偏高"), False: Words("too low", "偏低")}
_MORE = {True: Words("more", "多"), False: Words("less", "少")}
#: The parameter without which nobody drops out, at zero.
_DROPOUT = ("a", "s")


def refusal(table: RFMTable, settings: ValueSettings) -> Guard | None:
    """Why no value can be forecast from ``table``; None when it can."""
    customers, repeats, days = len(table["x"]), int((table["x"] > 0).sum()), _history(table)
    if customers < settings.min_customers:
        return Guard("value_few_customers", {"customers": customers, "needed": settings.min_customers})
    if repeats < settings.min_repeat_customers:
        values = {"customers": repeats, "needed": settings.min_repeat_customers}
        return Guard("value_few_repeat_customers", values)
    if days < settings.min_history_days:
        return Guard("value_short_history", {"days": days, "needed": settings.min_history_days})
    return None


def purchase_guards(value: CustomerValue, table: RFMTable, back: Backtest | None) -> list[Guard]:
    """What is doubtful about the purchases' forecast."""
    model, days = value.model_, _history(table)
    horizon = (end_of(value.horizon, table.until) - table.until).days
    found = []
    if not value.choice_.deviances and value.transactions == "auto":
        found.append(Guard("value_default_model", {}))
    if horizon > days:
        found.append(Guard("value_extrapolates", {"horizon": horizon, "days": days}))
    if days < MIN_DAYS:
        found.append(Guard("value_no_season", {}))
    for name, where in model.boundary_.items():
        gone = name in _DROPOUT and where == "zero"
        found.append(Guard("value_no_dropout", {}) if gone else Guard("value_boundary", {"name": name}))
    # At a boundary the last digits never settle, and the boundary is said already.
    if not model.converged_ and not model.boundary_:
        found.append(Guard("value_not_converged", {}))
    return found + _test_guards(back)


def _test_guards(back: Backtest | None) -> list[Guard]:
    if back is None:
        return [Guard("value_untested", {})]
    found, bias = [], back.scores["model"]["bias"] or 0.0
    if abs(bias) > BIAS:
        values = {"percent": round(abs(100 * bias)), "direction": _OFF[bias > 0].to_dict()}
        found.append(Guard("value_off", values))
    if abs(back.coverage - back.interval) > COVERAGE:
        values = {"percent": round(100 * back.coverage), "wanted": round(100 * back.interval)}
        found.append(Guard("value_interval_off", values))
    return found


def spend_guards(value: CustomerValue, contribution: Contribution | None) -> list[Guard]:
    """What is doubtful about the expected spend and what stays of it."""
    spend, found = value.spend_, []
    if not spend.has_mean_:
        found.append(Guard("spend_no_mean", {}))
    if spend.n_customers_ < MIN_CUSTOMERS:
        found.append(Guard("spend_few", {"needed": MIN_CUSTOMERS}))
    if abs(spend.correlation_) > CORRELATION:
        more = _MORE[spend.correlation_ > 0].to_dict()
        found.append(
            Guard("spend_correlated", {"direction": more, "correlation": f"{spend.correlation_:.2f}"})
        )
    if contribution is not None:
        if contribution.basis == "net_revenue" and contribution.known > 0:
            found.append(Guard("value_cost_unknown", {"percent": round(100 * contribution.known)}))
        if contribution.base <= 0:
            found.append(Guard("value_no_margin", {}))
    return found


def _history(table: RFMTable) -> int:
    return day_number(table.until) - int(table["first_day"].min()) if len(table["x"]) else 0
