"""What a customer would be worth if it were certain to stay: no dropout anywhere.

Under all purchase models here an active customer buys at a rate with posterior mean (r + x) / (alpha + T):
gamma prior, Poisson purchases. A churn probability may be multiplied with this value; with the lifetime
value it may not, because that contains dropout already.
"""

from __future__ import annotations

import numpy as np

from zhike.analytics.clv.groups import Floats
from zhike.analytics.clv.table import RFMTable
from zhike.analytics.clv.value import CustomerValue


def value_if_kept(value: CustomerValue, table: RFMTable) -> Floats:
    """Discounted margin over the horizon of a fitted ``value``, if each customer stays; shape (n,)."""
    columns = value.clock_.columns(table)
    steps = value._steps(table.until)
    params = value.model_.params_
    rate = (params["r"] + columns["x"]) / (params["alpha"] + columns["T"])
    discounted = float(np.diff(steps.ends, prepend=0.0) @ steps.discounts)
    spend = value.spend_.predict(table.spend_columns(include_first=value.choice_.include_first))
    return rate * discounted * spend * np.asarray(value.margin, dtype=np.float64)
