"""Zhike's analytical core: pure Python, usable alone, without web or database server.

    with Session() as session:
        session.load("orders", arrow)                       # features.ORDER_COLUMNS
        build_facts(session, orders="orders")
        build(session, facts="facts", as_of=day)
        version = calibrate(session, "features", AnalysisSettings())
        scores = evaluate(session, "features", version, day)

Money is an integer of 1/10,000 of the base currency, a day the number of days since 1970-01-01.
"""

from zhike.analytics.calibration import Calibration, calibrate
from zhike.analytics.engine import Lake, Session, SnapshotReader, publish
from zhike.analytics.evaluation import evaluate, rescore
from zhike.analytics.features import CATALOGUE, build, build_facts
from zhike.analytics.settings import AnalysisSettings, SettingsError
from zhike.analytics.tiers import TierModel, default_model, explain

__all__ = [
    "CATALOGUE",
    "AnalysisSettings",
    "Calibration",
    "Lake",
    "Session",
    "SettingsError",
    "SnapshotReader",
    "TierModel",
    "build",
    "build_facts",
    "calibrate",
    "default_model",
    "evaluate",
    "explain",
    "publish",
    "rescore",
]
