"""Background work of the analysis."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.insight import deciding, lake, places, runs
from zhike.platform.daily import DayRun, daily
from zhike.platform.jobs import JobRun, enqueue, job

RUN, COMPARE = "insight.run", "insight.compare"
# One full run at a time.
RUN_KEY = "full"
COMPARE_KEY = "whole"


@job(RUN, _("Full analysis"))
def run(job: JobRun) -> dict[str, Any]:
    return runs.work(job)


@job(COMPARE, _("Comparison of the analytical store"))
def compare(job: JobRun) -> dict[str, Any]:
    """Compare the lake with the operational store and write again what differs."""
    with places.heavy_session() as session:
        lake.sync(session)
        found = lake.compare(session)
    return {"parts": found.parts, "repaired": len(found.repaired)}


@daily("insight.compare", hour=3, catch_up=1, title=_("Comparison of the analytical store"))
def compare_nightly(_day: DayRun) -> dict[str, Any]:
    """The safety net beneath the change log: every night the whole lake is held against the store."""
    return {"job": enqueue(COMPARE, {}, key=COMPARE_KEY).pk}


@daily("insight.overrides", hour=0, catch_up=1, title=_("Decisions on tiers that are over"))
def end_overrides(run: DayRun) -> dict[str, Any]:
    """Whose tier a person decided until yesterday has the one that the rules give again."""
    return {"ended": deciding.expire(run.day)}
