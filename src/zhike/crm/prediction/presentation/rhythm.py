"""The rhythm's page: how far dates were off, and when customers come back."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.presentation.sheet import (
    Comparison,
    Measure,
    Parameter,
    Part,
    Sheet,
    days,
    empty,
    number,
    percent,
)
from zhike.platform import charts
from zhike.platform.charts import Series
from zhike.platform.figures import Figure

SHARES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)


def sheet(version: ModelVersion) -> Sheet:
    found, parameters = version.validation, version.parameters
    if parameters.get("rules"):
        return empty()
    scores = found.get("scores", {})
    return Sheet(
        method=_("Own rhythm, with few orders drawn toward that of all customers"),
        tested=_("Dates forecast %(days)s days ago for %(customers)s customers who came back since.")
        % {"days": found.get("window"), "customers": number(scores["own rhythm"]["all"]["customers"], 0)},
        figures=_figures(scores, found),
        parameters=_parameters(parameters),
        comparison=_comparison(scores),
        charts=_charts(scores, parameters),
        more=_need(found.get("need")),
    )


def _need(found: dict[str, Any] | None) -> list[Part]:
    """How the products and quantities of the last basket were met."""
    if not found:
        return []
    names = {"expected": _("this model"), "same_again": _("the same as last time")}
    headings = [
        _("Method"),
        _("Named and bought"),
        _("Bought and named"),
        _("Quantity off by half at most"),
        _("Error of the day"),
    ]
    rows = [
        [
            words,
            percent(found[name]["precision"]),
            percent(found[name]["recall"]),
            percent(found[name]["quantity_within_half"]),
            days(found["date_mae"]) if name == "expected" else "—",
        ]
        for name, words in names.items()
    ]
    tested = _("Products expected from what came before, against the hidden last basket of %(customers)s.")
    customers = ngettext("%(n)s customer", "%(n)s customers", found["customers"])
    text = tested % {"customers": customers % {"n": number(found["customers"], 0)}}
    return [Part(_("Expected products"), text, Comparison(headings, rows))]


def _figures(scores: dict[str, Any], found: dict[str, Any]) -> list[Figure]:
    own = scores["own rhythm"]["all"]
    return [
        Measure(_("Error of the date (days)"), own["mae"], digits=1),
        Measure(_("Half of the dates are closer than (days)"), own["median_error"], digits=1),
        Figure(_("Within two weeks"), own["within_14"], "percent"),
        Figure(
            _("Truth within the interval"),
            found.get("interval_share"),
            "percent",
            hint=_("wanted: %(share)s") % {"share": percent(0.5)},
        ),
    ]


def _parameters(parameters: dict[str, Any]) -> list[Parameter]:
    typical = parameters["stretch"] * float(np.exp(parameters["mean_log"]))
    return [
        Parameter(_("usual pause of all customers (days)"), days(typical)),
        Parameter(_("weight of all customers, in own pauses"), number(parameters["pseudo_gaps"], 2)),
        Parameter(_("own rhythm alone from (pauses)"), str(parameters["settings"]["own_gaps"])),
        Parameter(_("overdue from (times the own rhythm)"), number(parameters["settings"]["overdue"], 1)),
    ]


def _comparison(scores: dict[str, Any]) -> Comparison:
    names = {
        "own rhythm": _("this model"),
        "global median": _("the same pause for everybody"),
        "last gap": _("the last pause again"),
        "own mean": _("mean of the own pauses"),
    }
    headings = [
        _("Method"),
        _("Error (days)"),
        _("Half closer than (days)"),
        _("Within two weeks"),
        _("Error with four pauses or more (days)"),
    ]
    rows = [
        [
            names.get(name, name),
            days(part["all"]["mae"]),
            days(part["all"]["median_error"]),
            percent(part["all"]["within_14"]),
            days(part["four_gaps"]["mae"]) if part["four_gaps"]["customers"] else "—",
        ]
        for name, part in scores.items()
    ]
    return Comparison(headings, rows)


def _charts(scores: dict[str, Any], parameters: dict[str, Any]) -> list[dict[str, Any]]:
    scaled = np.asarray(parameters["scaled"])
    back = [float((scaled <= share).mean()) for share in SHARES]
    table = _comparison(scores)
    return [
        charts.bars(
            title=_("Error of the date, beside simple rules"),
            labels=[row[0] for row in table.rows],
            series=[Series(_("days"), [round(part["all"]["mae"], 1) for part in scores.values()])],
            unit="days",
            horizontal=True,
        ),
        charts.line(
            title=_("Customers who came back, by time in own rhythms"),
            labels=[f"{share:g}×" for share in SHARES],
            series=[Series(_("came back"), [round(value, 4) for value in back])],
            unit="percent",
            label_title=_("time since the last order, in own rhythms"),
        ),
    ]
