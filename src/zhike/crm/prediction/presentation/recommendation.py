"""The recommendations' page: hits among ten products, beside what is popular."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.presentation.sheet import Comparison, Measure, Parameter, Sheet, number, percent
from zhike.platform import charts
from zhike.platform.charts import Series
from zhike.platform.figures import Figure

WAYS = {"ease": "EASE", "bm25": "BM25"}


def sheet(version: ModelVersion) -> Sheet:
    found, parameters = version.validation, version.parameters
    if parameters.get("rules"):
        return Sheet(method=_("Buying again only: too little data to find similar tastes"))
    scores = found.get("scores", {})
    return Sheet(
        method=_("Buy again by own frequency; may like by %(way)s") % {"way": way_name(parameters["name"])},
        tested=_tested(found),
        figures=_figures(scores),
        parameters=_parameters(parameters, version.data, found),
        comparison=_comparison(scores),
        charts=_charts(scores),
    )


def way_name(code: str) -> str:
    if code == "ease_recent":
        return _("EASE with what sold recently")
    return WAYS.get(code, code)


def _tested(found: dict[str, Any]) -> str:
    values = {"customers": number(found.get("all"), 0), "size": number(found.get("mean_basket"), 1)}
    if found.get("split") == "time":
        text = _("The next purchase of %(customers)s customers, %(size)s products each, was kept secret.")
    else:
        text = _("The last purchase of %(customers)s customers, %(size)s products each, was kept secret.")
    return text % values


def _figures(scores: dict[str, Any]) -> list[Figure]:
    again, fresh = scores.get("rebuy all", {}), scores.get("discover new", {})
    popular = scores.get("popular new", {})
    return [
        Figure(_("Bought again: found among ten"), again.get("recall"), "percent"),
        Measure(_("Bought again: order of the list (NDCG)"), again.get("ndcg")),
        Figure(
            _("New products: found among ten"),
            fresh.get("recall"),
            "percent",
            hint=_("most popular: %(share)s") % {"share": percent(popular.get("recall"))},
        ),
        Measure(_("New products: order of the list (NDCG)"), fresh.get("ndcg")),
    ]


def _parameters(parameters: dict[str, Any], data: dict[str, Any], found: dict[str, Any]) -> list[Parameter]:
    rows = [
        Parameter(_("products"), number(data.get("products"), 0)),
        Parameter(_("order lines"), number(data.get("lines"), 0)),
        Parameter(_("shrinkage of EASE"), number(parameters["settings"]["penalty"], 0)),
        Parameter(_("offers per list"), str(parameters["limit"])),
        Parameter(_("pairs from (orders)"), str(parameters["min_count"])),
    ]
    for name, ndcg in (found.get("compared") or {}).items():
        rows.append(Parameter(_("tried: %(way)s (NDCG)") % {"way": way_name(name)}, number(ndcg, 4)))
    return rows


def _names() -> dict[str, str]:
    return {
        "rebuy all": _("buy again"),
        "discover new": _("may like"),
        "popular all": _("most popular"),
        "popular_recent all": _("most popular lately"),
        "popular new": _("most popular, not bought yet"),
        "popular_recent new": _("most popular lately, not bought yet"),
    }


def _comparison(scores: dict[str, Any]) -> Comparison | None:
    if not scores:
        return None
    names = _names()
    rows = [
        [names[name], percent(scores[name]["recall"]), number(scores[name]["ndcg"])]
        for name in names
        if name in scores
    ]
    return Comparison([_("Products offered"), _("Found among ten"), _("Order (NDCG)")], rows)


def _charts(scores: dict[str, Any]) -> list[dict[str, Any]]:
    if not scores:
        return []
    names = _names()
    shown = []
    for title, wanted in (
        (_("All products of the next purchase"), "all"),
        (_("Products never bought before"), "new"),
    ):
        rows = [name for name in names if name.endswith(f" {wanted}") and name in scores]
        shown.append(
            charts.bars(
                title=title,
                labels=[names[name] for name in rows],
                series=[Series(_("found among ten"), [round(scores[name]["recall"], 4) for name in rows])],
                unit="percent",
                horizontal=True,
            )
        )
    return shown
