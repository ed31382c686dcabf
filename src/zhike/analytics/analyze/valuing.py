"""What every customer will be worth: the value columns, and the cards of the two models behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics.analyze.cards import ModelCard, Remark
from zhike.analytics.clv.backtest import Backtest, backtest
from zhike.analytics.clv.guards import purchase_guards, refusal, spend_guards
from zhike.analytics.clv.margins import Contribution, contribution_rates, rfm_table
from zhike.analytics.clv.settings import ValueSettings
from zhike.analytics.clv.table import RFMTable
from zhike.analytics.clv.value import CustomerValue
from zhike.analytics.engine import Session
from zhike.analytics.guards import Guard

COLUMNS = ("p_active", "expected_orders", "clv", "clv_low", "clv_high")


@dataclass(frozen=True)
class Valued:
    """``table`` (customer_id and COLUMNS, money in currency) is None where nothing could be forecast."""

    cards: tuple[ModelCard, ...]
    horizon_months: int
    discount: float
    until: date
    basis: str = "net_revenue"
    table: pa.Table | None = None
    backtest: Backtest | None = None


def value_customers(session: Session, as_of: int, settings: ValueSettings) -> Valued:
    """Fit on all purchases up to ``as_of`` and score everybody who has bought."""
    table = rfm_table(session, "facts", as_of)
    refused = refusal(table, settings)
    if refused is not None:
        return _nothing(refused, table, settings)
    rates = _rates(session, as_of, table, settings)
    model = CustomerValue(
        margin=rates.rates if rates else settings.margin,
        discount=settings.discount,
        horizon=f"{settings.horizon_months} months",
        interval=settings.interval,
    ).fit(table)
    found = model.predict(table).select(["customer_id", *COLUMNS])
    if not all(np.isfinite(found[name].to_numpy()).all() for name in COLUMNS):
        return _nothing(Guard("value_not_converged", {}), table, settings)
    back = backtest(model, table)
    cards = (
        _purchase_card(model, table, back, settings, rates),
        ModelCard(
            "spend",
            {"model": "gamma_gamma", **model.spend_.params_, "include_first": model.choice_.include_first},
            model.spend_.loglik_,
            {"correlation": model.spend_.correlation_, "customers": model.spend_.n_customers_},
            Remark.of(spend_guards(model, rates)),
        ),
    )
    basis = rates.basis if rates else "margin"
    return Valued(cards, settings.horizon_months, settings.discount, table.until, basis, found, back)


def _rates(session: Session, as_of: int, table: RFMTable, settings: ValueSettings) -> Contribution | None:
    if settings.margin is not None:
        return None
    return contribution_rates(session, "facts", as_of, table["customer_id"], settings.basis)


def _nothing(why: Guard, table: RFMTable, settings: ValueSettings) -> Valued:
    cards = tuple(ModelCard(name, guards=Remark.of([why])) for name in ("value", "spend"))
    return Valued(cards, settings.horizon_months, settings.discount, table.until)


def _purchase_card(
    model: CustomerValue,
    table: RFMTable,
    back: Backtest | None,
    settings: ValueSettings,
    rates: Contribution | None,
) -> ModelCard:
    purchases = model.model_
    params: dict[str, Any] = {
        "model": model.choice_.name,
        **purchases.params_,
        "time_unit": "day",
        "horizon_months": settings.horizon_months,
        "discount_per_year": settings.discount,
        "interval": settings.interval,
        "basis": rates.basis if rates else "margin",
        "contribution": rates.base if rates else settings.margin,
        "season": None if model.clock_.is_flat else np.round(model.clock_.factors, 4).tolist(),
    }
    validation: dict[str, Any] = {
        "standard_errors": purchases.se_,
        "aic": purchases.aic_,
        "customers": purchases.n_customers_,
        "compared": model.choice_.deviances,
    }
    if back is not None:
        validation["holdout"] = back.to_dict()
    guards = Remark.of(purchase_guards(model, table, back))
    return ModelCard("value", params, purchases.loglik_, validation, guards)
