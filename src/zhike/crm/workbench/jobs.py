"""The job of an analysis: read the customers, run the recipe, write down what it says."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.analytics.clusters import CustomerClusters
from zhike.analytics.workbench import Choice, Result, run
from zhike.crm.accounts.models import User
from zhike.crm.insight import days, extract, places
from zhike.crm.prediction.sources import ORDER_LINES, lines_sql
from zhike.crm.workbench import catalogue, frames
from zhike.crm.workbench.models import Analysis, AnalysisState, AnalysisValue
from zhike.platform import audit, rows
from zhike.platform.errors import DomainError
from zhike.platform.jobs import Cancelled, JobRun, LeaseLost, job

LIBRARIES = ("numpy", "scikit-learn", "statsmodels", "scipy")
CHUNK = 5_000


@job("workbench.run", gettext_lazy("Analysis of the workbench"))
def run_analysis(run_: JobRun) -> dict[str, Any]:
    """Run one analysis for its author, within the author's rights of now."""
    analysis = Analysis.objects.select_related("previous").get(pk=run_.params["analysis"])
    actor = User.objects.select_related("role", "team").get(pk=run_.params["actor"])
    if analysis.state == AnalysisState.DONE:
        return {"analysis": analysis.pk}
    with translation.override(actor.language):
        try:
            if not actor.is_active:
                raise DomainError(_("Who asked for this no longer works here."), code="inactive")
            _work(analysis, actor, run_)
        except Exception as error:
            _stop(analysis, error)
            raise
    return {"analysis": analysis.pk, "customers": analysis.customers}


def _work(analysis: Analysis, actor: Any, run_: JobRun) -> None:
    run_.progress(0, 100, gettext_lazy("Reading the customers"))
    if analysis.recipe == "pairs":
        _finish(analysis, actor, _pairs(analysis, actor, run_), None)
        return
    choice = Choice(analysis.choice["slots"], analysis.choice["options"])
    known = catalogue.entries()
    try:
        frame = frames.build(actor, analysis.query, [known[name] for name in choice.variables])
    except frames.NothingPublished as error:
        raise DomainError(_("There are no figures yet: run the analysis of all customers first.")) from error
    more = _previous(analysis)
    result = run(analysis.recipe, frame.data, choice, _progress(run_), **more)
    _finish(analysis, actor, result, frame)


def _progress(run_: JobRun) -> Any:
    def step(done: int, total: int) -> None:
        run_.progress(10 + 85 * done // max(1, total), 100, gettext_lazy("Computing"))

    return step


def _previous(analysis: Analysis) -> dict[str, Any]:
    before = analysis.previous
    if analysis.recipe != "clusters" or before is None or not before.result.get("model"):
        return {}
    return {"previous": CustomerClusters.from_dict(before.result["model"])}


def _pairs(analysis: Analysis, actor: Any, run_: JobRun) -> Result:
    import pyarrow as pa

    from zhike.analytics.workbench.pairs import pairs

    ids = frames.chosen(actor, analysis.query).filter(no_profiling=False).order_by()
    wanted = pa.table({"customer_id": pa.array(list(ids.values_list("pk", flat=True)), pa.int64())})
    as_of = days.analysis_day()
    with places.heavy_session() as session:
        extract.load(session, "all_lines", lines_sql(as_of), ORDER_LINES)
        session.load("wanted", wanted)
        session.create(
            "lines", "SELECT l.* FROM all_lines AS l JOIN wanted AS w ON w.customer_id = l.customer_id"
        )
        result = pairs(session, "lines", analysis.choice["options"], _progress(run_))
    analysis.customers, analysis.as_of = wanted.num_rows, as_of
    return result


@transaction.atomic
def _finish(analysis: Analysis, actor: Any, result: Result, frame: frames.Frame | None) -> None:
    """Everything at once: nobody sees a result without its columns."""
    if frame is not None:
        analysis.customers, analysis.as_of = len(frame.ids), frame.as_of
        if frame.excluded:
            result.warn("not_profiled", customers=frame.excluded)
        _write(analysis, result, frame.ids)
    analysis.result = result.to_dict()
    analysis.provenance = {
        "libraries": {name: version(name) for name in LIBRARIES},
        "rows": analysis.customers,
        "data": frame.digest if frame else "",
        "seed": result.model.get("seed"),
    }
    analysis.state, analysis.error, analysis.finished_at = AnalysisState.DONE, "", timezone.now()
    open_one = Analysis.objects.filter(pk=analysis.pk, state=AnalysisState.RUNNING)
    if open_one.exists():
        analysis.save()
        audit.record(actor, "analysis.done", analysis, after={"customers": analysis.customers})


def _write(analysis: Analysis, result: Result, ids: Any) -> None:
    AnalysisValue.objects.filter(analysis=analysis).delete()
    for output in result.outputs:
        is_label = output.kind == "label"
        values = np.asarray(output.values)
        known = np.flatnonzero(values > 0 if is_label else np.isfinite(values))
        for first in range(0, len(known), CHUNK):
            rows.insert(
                AnalysisValue,
                [
                    {
                        "analysis_id": analysis.pk,
                        "customer_id": int(ids[i]),
                        "output": output.code,
                        "label": int(values[i]) if is_label else None,
                        "score": None if is_label else float(values[i]),
                    }
                    for i in known[first : first + CHUNK]
                ],
            )


def _stop(analysis: Analysis, error: Exception) -> None:
    """Whatever happens, the page says how it ended."""
    if isinstance(error, LeaseLost):
        return
    state, text = AnalysisState.FAILED, _("An unexpected error stopped the analysis.")
    if isinstance(error, Cancelled):
        state, text = AnalysisState.CANCELLED, _("Stopped before the end.")
    elif isinstance(error, DomainError):
        text = str(error)
    running = Analysis.objects.filter(pk=analysis.pk, state=AnalysisState.RUNNING)
    running.update(state=state, error=text[:500], finished_at=timezone.now())
