"""Loading and removing a simulated company, asked for in the interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer
from zhike.crm.insight import services as insight
from zhike.demo import removal
from zhike.demo.life import enliven
from zhike.demo.loader import SOURCE, load
from zhike.platform import audit
from zhike.platform.errors import Text
from zhike.platform.jobs import JobRun, job

# Small enough that a block is saved well within the lease of a job.
BLOCK = 500


@job("demo.load", _("Simulated company"))
def load_company(run: JobRun) -> dict[str, Any]:
    """Load the company in small blocks, analyze it, and give it what makes it lively."""
    with run.in_language():
        return _load(run)


def _load(run: JobRun) -> dict[str, Any]:
    total = int(run.params["customers"])
    run.progress(0, total, _("Making the company up"))

    def reached(customers: int) -> None:
        run.progress(customers, total, _("Loading customers with their orders"))

    rows = load(customers=total, seed=int(run.params["seed"]), block=BLOCK, reached=reached)
    _analyze_now(lambda text: run.progress(total, total, text))
    run.progress(total, total, _("Adding tasks, birthdays and a list"))
    enliven(run.record.requested_by, lambda _step: None)
    return {"customers": rows["customers"], "orders": rows["orders"]}


@job("demo.remove", _("Removal of simulated data"))
def remove_company(run: JobRun) -> dict[str, Any]:
    """Remove what the simulation brought; the analysis follows, so that no page shows it any more."""
    with run.in_language():
        return _remove(run)


def _remove(run: JobRun) -> dict[str, Any]:
    total = Customer._base_manager.filter(source=SOURCE).count()

    def reached(customers: int) -> None:
        run.progress(customers, total, _("Removing customers with all that hangs on them"))

    reached(0)
    found = removal.remove(reached)
    audit.record(run.record.requested_by, "simulation.removed", after=found)
    _analyze(run)
    return found


def _analyze_now(say: Callable[[Text], None]) -> None:
    """In this process, because what follows looks at the tiers."""
    insight.run_now(progress=say)


def _analyze(run: JobRun) -> None:
    if run.record.requested_by is not None and run.record.requested_by.can("insight.run"):
        insight.start_run(run.record.requested_by)
