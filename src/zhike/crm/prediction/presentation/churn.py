"""The churn model's page: ranking, calibration, lift."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zhike.analytics.churn.features import FEATURES
from zhike.crm.insight.days import day_of
from zhike.crm.insight.labels import say
from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.presentation.sheet import Comparison, Measure, Parameter, Sheet, number, percent
from zhike.platform import charts
from zhike.platform.charts import Series
from zhike.platform.figures import Figure


def sheet(version: ModelVersion) -> Sheet:
    found, parameters = version.validation, version.parameters
    return Sheet(
        method=_method(parameters),
        tested=_tested(found),
        figures=_figures(found),
        parameters=_parameters(parameters),
        comparison=_comparison(found),
        charts=_charts(found),
    )


def _method(parameters: dict[str, Any]) -> str:
    kind = (parameters.get("model") or {}).get("kind", "rules")
    if parameters.get("rules"):
        kind = "rules"
    return {
        "rules": _("Rule: how long a customer is silent, against the own rhythm"),
        "logistic": _("Logistic regression, calibrated"),
        "boosting": _("Gradient boosting, calibrated"),
    }.get(kind, kind)


def _tested(found: dict[str, Any]) -> str:
    if not found:
        return _("Not tested: there is no model.")
    if found.get("method") != "time":
        return _("Tested on customers who took no part in the training.")
    return _(
        "Tested on %(customers)s customers as of %(day)s, by a model that knew only what came before."
    ) % {
        "customers": number(found["n"], 0),
        "day": day_of(found["tested_on"]),
    }


def _figures(found: dict[str, Any]) -> list[Figure]:
    if not found:
        return []
    low, high = found.get("auc_low"), found.get("auc_high")
    span = "" if low is None or high is None else f"{number(low)} – {number(high)}"
    return [
        Measure(_("Ranking (AUC; 0.5 is chance)"), found.get("auc"), hint=span),
        Measure(_("Leavers among the riskiest tenth, times the average"), found.get("lift_10")),
        Figure(_("Error of the probabilities (ECE)"), found.get("ece"), "percent"),
        Measure(_("Brier score (0 is perfect)"), found.get("brier")),
    ]


def _parameters(parameters: dict[str, Any]) -> list[Parameter]:
    if "horizon" not in parameters:
        # Nobody has ordered yet.
        return []
    rows = [
        Parameter(_("counts as left after (days without an order)"), str(parameters["horizon"])),
        Parameter(_("usual pause (days)"), number(parameters.get("rhythm"), 1)),
        Parameter(_("learned from the customers as of"), _days(parameters.get("snapshots", []))),
    ]
    model = parameters.get("model") or {}
    for name, weight in list((model.get("importance") or {}).items())[:8]:
        words = FEATURES.get(name)
        rows.append(Parameter(say(words.meaning) if words else name, percent(weight)))
    return rows


def _days(numbers: list[int]) -> str:
    """The first and the last of some days."""
    if not numbers:
        return "—"
    first, last = (str(day_of(number)) for number in (numbers[0], numbers[-1]))
    return first if first == last else f"{first} – {last} ({len(numbers)})"


def _comparison(found: dict[str, Any]) -> Comparison | None:
    baselines = found.get("baselines")
    if not baselines:
        return None
    names = {"recency": _("days since the last order"), "frequency": _("fewest orders")}
    rows = [[_("this model"), number(found["auc"])]]
    rows += [[names.get(name, name), number(value)] for name, value in baselines.items()]
    groups = {"one_time": _("customers with one purchase"), "repeat": _("customers with several")}
    for name, part in (found.get("groups") or {}).items():
        text = _("this model, %(group)s: %(rate)s left") % {
            "group": groups.get(name, name),
            "rate": percent(part["rate"]),
        }
        rows.append([text, number(part["auc"])])
    here = found.get("still_here")
    if here:
        text = _("this model, customers not lost yet: %(rate)s left") % {"rate": percent(here["rate"])}
        rows.append([text, number(here["auc"])])
    return Comparison([_("Method"), _("Ranking (AUC)")], rows)


def _charts(found: dict[str, Any]) -> list[dict[str, Any]]:
    shown = []
    bins = found.get("reliability") or []
    if bins:
        shown.append(
            charts.bars(
                title=_("Said and happened, by groups of equal probability"),
                labels=[percent(one["p"]) for one in bins],
                series=[
                    Series(_("left"), [round(one["rate"], 4) for one in bins]),
                    Series(_("said"), [round(one["p"], 4) for one in bins]),
                ],
                unit="percent",
                label_title=_("probability"),
            )
        )
    lift = found.get("lift_by_decile") or []
    if lift:
        shown.append(
            charts.bars(
                title=_("Leavers per tenth, as a multiple of the average"),
                labels=[str(place) for place in range(1, len(lift) + 1)],
                series=[Series(_("lift"), [round(value, 3) for value in lift])],
                unit="number",
                label_title=_("tenth, riskiest first"),
            )
        )
    return shown
