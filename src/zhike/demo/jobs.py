"""Loading and removing a simulated company, asked for in the interface."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer
from zhike.crm.insight import services as insight
from zhike.demo import removal
from zhike.demo.loader import SOURCE, load
from zhike.demo.tasks import add_tasks
from zhike.platform import audit
from zhike.platform.jobs import JobRun, job

# Small enough that a block is saved well within the lease of a job.
BLOCK = 500


@job("demo.load", _("Simulated company"))
def load_company(run: JobRun) -> dict[str, Any]:
    """Load the company in small blocks, give its people tasks, and let the analysis follow."""
    total = int(run.params["customers"])
    run.progress(0, total, gettext("Making the company up"))

    def reached(customers: int) -> None:
        run.progress(customers, total, gettext("Loading customers with their orders"))

    rows = load(customers=total, seed=int(run.params["seed"]), block=BLOCK, reached=reached)
    add_tasks()
    _analyze(run)
    return {"customers": rows["customers"], "orders": rows["orders"]}


@job("demo.remove", _("Removal of simulated data"))
def remove_company(run: JobRun) -> dict[str, Any]:
    """Remove what the simulation brought; the analysis follows, so that no page shows it any more."""
    total = Customer._base_manager.filter(source=SOURCE).count()

    def reached(customers: int) -> None:
        run.progress(customers, total, gettext("Removing customers with all that hangs on them"))

    reached(0)
    found = removal.remove(reached)
    audit.record(run.record.requested_by, "simulation.removed", after=found)
    _analyze(run)
    return found


def _analyze(run: JobRun) -> None:
    if run.record.requested_by is not None and run.record.requested_by.can("insight.run"):
        insight.start_run(run.record.requested_by)
