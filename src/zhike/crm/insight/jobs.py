"""Background work of the analysis."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.insight import lake, places, runs
from zhike.platform.jobs import JobRun, job

RUN, COMPARE = "insight.run", "insight.compare"
# One full run at a time.
RUN_KEY = "full"


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
