"""Codes of guards and reasons in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from zhike.analytics.churn.guards import GUARDS as CHURN_GUARDS
from zhike.analytics.guards import GUARDS, Guard
from zhike.crm.insight.labels import say
from zhike.crm.prediction.choices import Kind
from zhike.crm.prediction.models import ModelVersion
from zhike.platform.templatetags import zhike_format


def guards_of(version: ModelVersion) -> list[str]:
    """What spoke against the model or limits what it says, in sentences."""
    return [text for one in version.guards if (text := guard_words(version.kind, one))]


def guard_words(kind: str, one: Mapping[str, Any]) -> str:
    code, values = str(one["code"]), dict(one.get("values", {}))
    if kind == Kind.CHURN and code in CHURN_GUARDS:
        return say(CHURN_GUARDS[code])
    own = _own().get(code)
    if own is not None:
        return own % values
    return say(Guard(code, values).words) if code in GUARDS else code


def _own() -> dict[str, str]:
    return {
        "few_repeaters": _(
            "Only %(customers)s customers have bought on two days or more (%(needed)s are needed)."
        ),
        "untested": _("Only %(customers)s customers could be used to test the model."),
        "no_better_than_naive": _("The forecast was no better than the same pause for everybody."),
        "mostly_one_time": _("%(percent)s %% of the customers have bought once: they have no rhythm yet."),
        "few_customers": _("Only %(customers)s customers with products (%(needed)s are needed)."),
        "few_products": _("Only %(products)s products were sold (%(needed)s are needed)."),
        "no_better_than_popular": _("The offers were no better than the most popular products."),
    }


def metric_name(code: str) -> str:
    return {
        "deviance": _("error of the forecast (deviance)"),
        "brier": _("error of the probabilities (Brier)"),
        "mae": _("error of the date (days)"),
        "ndcg": _("order of new products (NDCG)"),
    }.get(code, code)


def reason_words(reason: Mapping[str, Any]) -> str:
    """Why a version came into use, was refused, or a rule stands in."""
    code = reason.get("code", "")
    fixed = {
        "first": _("The first version."),
        "rules": _("Not enough data for a model: a rule is used, or nothing is said."),
        "not_compared": _(
            "There was nothing to compare with version %(against)s on days that neither had learned from."
        ),
    }
    if code in fixed:
        return fixed[code] % {"against": reason.get("against", "")}
    if code not in ("worse", "not_worse"):
        return ""
    values = {
        "metric": metric_name(reason["metric"]),
        "new": zhike_format.number(reason["new"], 4),
        "active": zhike_format.number(reason["active"], 4),
        "against": reason["against"],
        "tolerance": zhike_format.percent(reason["tolerance"]),
        "where": _where(reason),
    }
    if code == "worse":
        text = _(
            "Refused: %(metric)s %(new)s against %(active)s of version %(against)s, %(where)s; "
            "at most %(tolerance)s worse is accepted."
        )
    else:
        text = _("%(metric)s %(new)s against %(active)s of version %(against)s, %(where)s.")
    return text % values


def _where(reason: Mapping[str, Any]) -> str:
    """On which days two versions were compared; versions of earlier releases do not say."""
    if not reason.get("after"):
        return _("on the same hold-out")
    return _("each learned without the days after %(day)s and tested on them") % {"day": reason["after"]}
