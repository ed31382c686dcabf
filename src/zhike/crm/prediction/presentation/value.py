"""The value model's page: tracking, tenths, coverage of the interval."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.presentation.sheet import (
    Comparison,
    Measure,
    Parameter,
    Sheet,
    empty,
    number,
    parameter,
    percent,
)
from zhike.platform import charts
from zhike.platform.charts import Series
from zhike.platform.figures import Figure

MODELS = {"mbg_nbd": "MBG/NBD", "bg_nbd": "BG/NBD", "pareto_nbd": "Pareto/NBD"}


def sheet(version: ModelVersion) -> Sheet:
    found, parameters = version.validation, version.parameters
    if parameters.get("rules"):
        return empty()
    scores = found.get("scores", {})
    return Sheet(
        method=_method(parameters),
        tested=_tested(found),
        figures=_figures(scores.get("model", {}), found),
        parameters=_parameters(parameters),
        comparison=_comparison(scores),
        charts=_charts(found, parameters),
    )


def _method(parameters: dict[str, Any]) -> str:
    name = MODELS[parameters["transactions"]["name"]]
    seasonal = len(set(parameters["clock"])) > 1
    text = _("%(model)s with a seasonal clock") if seasonal else _("%(model)s")
    basis = _("margin") if parameters["basis"] == "margin" else _("revenue after returns")
    return " · ".join([text % {"model": name}, "Gamma-Gamma", _("value is %(basis)s") % {"basis": basis}])


def _tested(found: dict[str, Any]) -> str:
    if not found:
        return _("Not tested: too few purchases after the cut.")
    return _("Learned up to %(at)s, compared with what %(customers)s customers bought until %(until)s.") % {
        "at": found["at"],
        "until": found["until"],
        "customers": number(found["customers"], 0),
    }


def _figures(model: dict[str, Any], found: dict[str, Any]) -> list[Figure]:
    if not found:
        return []
    return [
        Figure(_("Orders forecast, too many or too few"), model.get("bias"), "percent"),
        Measure(_("Error per customer (orders)"), model.get("mae")),
        Measure(_("Ranking by value (1 is perfect)"), model.get("gini")),
        Figure(
            _("Truth within the interval"),
            found.get("coverage"),
            "percent",
            hint=_("wanted: %(share)s") % {"share": percent(found.get("interval"))},
        ),
    ]


def _parameters(parameters: dict[str, Any]) -> list[Parameter]:
    words = _meanings()
    rows = [
        parameter(words.get(name, name), value, part["se"].get(name))
        for part in (parameters["transactions"], parameters["spend"])
        for name, value in part["params"].items()
    ]
    return [
        *rows,
        Parameter(_("log-likelihood"), number(parameters["transactions"]["loglik"], 2)),
        Parameter(_("horizon"), _horizon(parameters["horizon"])),
        Parameter(_("discount per year"), percent(parameters["discount"])),
        Parameter(_("kept of each unit of revenue"), percent(parameters["rate"])),
        Parameter(_("revenue with known costs"), percent(parameters["known_costs"])),
    ]


def _meanings() -> dict[str, str]:
    """What the parameters of the published models say, with the names that they have there."""
    return {
        "r": _("pace of purchases among customers: shape r"),
        "alpha": _("pace of purchases among customers: scale alpha"),
        "a": _("chance to leave after a purchase: a of a / (a + b)"),
        "b": _("chance to leave after a purchase: b of a / (a + b)"),
        "s": _("time until leaving: shape s"),
        "beta": _("time until leaving: scale beta"),
        "p": _("how even the orders of one customer are: p"),
        "q": _("how even the customers are among each other: q"),
        "gamma": _("level of the amounts: gamma"),
    }


def _horizon(words: str) -> str:
    count = words.split()[0]
    return _("%(count)s months") % {"count": count}


def _comparison(scores: dict[str, Any]) -> Comparison | None:
    if not scores:
        return None
    names = {
        "model": _("this model"),
        "past rate": _("orders as often as so far"),
        "past spend": _("spend so far"),
        "recency": _("last order first"),
    }
    headings = [_("Method"), _("Too many or too few"), _("Error"), _("Ranking"), _("Who buys (AUC)")]
    rows = [
        [
            names.get(name, name),
            percent(row["bias"]),
            number(row["mae"]),
            number(row["gini"]),
            number(row["auc"]),
        ]
        for name, row in scores.items()
    ]
    return Comparison(headings, rows)


def _charts(found: dict[str, Any], parameters: dict[str, Any]) -> list[dict[str, Any]]:
    shown = []
    if found:
        track = found["tracking"]
        shown.append(
            charts.line(
                title=_("Repeat orders since the beginning"),
                labels=track["day"],
                series=[
                    Series(_("happened"), track["actual"]),
                    Series(_("expected"), [round(value, 1) for value in track["expected"]]),
                ],
                unit="orders",
            )
        )
        tenths = found["tenths"]
        shown.append(
            charts.bars(
                title=_("Orders per customer, by tenths of the forecast"),
                labels=[str(place) for place in range(1, len(tenths["actual"]) + 1)],
                series=[
                    Series(_("happened"), [round(value, 3) for value in tenths["actual"]]),
                    Series(_("expected"), [round(value, 3) for value in tenths["expected"]]),
                ],
                unit="number",
                label_title=_("tenth, lowest forecast first"),
            )
        )
    if len(set(parameters["clock"])) > 1:
        shown.append(
            charts.bars(
                title=_("How busy a month is (1 is the average)"),
                labels=[str(month) for month in range(1, 13)],
                series=[Series(_("season"), [round(rate, 3) for rate in parameters["clock"]])],
                unit="number",
                label_title=_("month"),
            )
        )
    return shown
