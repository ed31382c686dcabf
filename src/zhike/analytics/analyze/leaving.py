"""Who leaves, why, and what goes with them: the churn columns and the card of the model."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.analyze.cards import ModelCard, Remark
from zhike.analytics.analyze.model_settings import ChurnSettings
from zhike.analytics.analyze.wording import raw_text
from zhike.analytics.clv.margins import contribution_rates
from zhike.analytics.engine import Session
from zhike.analytics.orders import UNITS

#: Effects on the probability below this are no reason.
SLIGHT = 0.005


@dataclass(frozen=True)
class Leaving:
    """``table``: customer_id, churn_probability, status, reasons (JSON) and value_at_risk in currency."""

    card: ModelCard
    horizon: int
    table: pa.Table | None = None
    validation: dict[str, Any] = field(default_factory=dict)


def leaving_customers(
    session: Session, as_of: int, settings: ChurnSettings, margin: float | None, basis: str
) -> Leaving:
    """Learn from the orders who comes back within the horizon, and score everybody.

    ``margin``, ``basis``: what of the revenue stays, as for the value (see ``clv.margins``). The value at
    risk is that of a customer who stays, never a lifetime value, which contains the leaving already.
    """
    # The learners load here: an analysis without enough orders never pays for them.
    from zhike.analytics.churn import GUARDS, kept_values, score_churn, train_churn, value_at_risk

    training = train_churn(session, "facts", as_of, settings.horizon_days)
    scores = score_churn(session, "facts", as_of, training)
    drift = json.loads(scores.schema.metadata[b"churn"])
    guards = tuple(Remark(f"churn_{code}", GUARDS[code]) for code in [*training.guards, *drift["guards"]])
    kind = training.model.kind_
    if kind == "rules":
        return Leaving(ModelCard("churn", guards=guards), training.horizon, scores)
    params = {
        "model": kind,
        "horizon_days": training.horizon,
        "snapshots": training.snapshots,
        **json.loads(training.model.to_json()),
    }
    card = ModelCard("churn", params, None, training.validation, guards)
    kept = kept_values(session, "facts", as_of, training)
    customers = kept["customer_id"].combine_chunks()
    rates = contribution_rates(session, "facts", as_of, customers, basis).rates if margin is None else margin
    risk = value_at_risk(scores["churn_probability"].to_numpy(), kept["value"].to_numpy() / UNITS * rates)
    scores = scores.append_column("value_at_risk", pa.array(risk, from_pandas=True))
    return Leaving(card, training.horizon, scores, training.validation)


def reason_words(texts: Any, lang: str) -> pa.Array:
    """The reasons that raise the probability, strongest first, in one line; equal texts are read once."""
    from zhike.analytics.churn import FEATURES

    distinct = pc.dictionary_encode(texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts)
    words = [_sentence(text, FEATURES, lang) for text in distinct.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(distinct.indices)


def _sentence(text: str, features: Any, lang: str) -> str | None:
    parts = []
    for reason in json.loads(text):
        effect, value = reason["e"], reason["v"]
        if value is None or (effect is not None and effect < SLIGHT):
            continue
        feature = features[reason["f"]]
        parts.append(f"{feature.meaning.text(lang)} {raw_text(value, feature.unit, lang)}")
    return ("；" if lang == "zh" else ", ").join(parts) or None


def probabilities(found: Leaving) -> Any:
    """Known probabilities as an array."""
    if found.table is None:
        return np.empty(0)
    return found.table["churn_probability"].drop_null().to_numpy()
