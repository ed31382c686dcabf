"""Clusters and factors as recipes: the models of their own packages, told in tables, charts and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zhike.analytics.clusters import ClusterError, CustomerClusters
from zhike.analytics.factors import FactorError, FactorModel
from zhike.analytics.sayings import Saying
from zhike.analytics.workbench.data import Data
from zhike.analytics.workbench.result import Cell, Chart, Column, Output, Result, Table, of, plain, var

Step = Callable[[int, int], None]


def clusters(
    data: Data,
    slots: Mapping[str, list[str]],
    options: Mapping[str, str],
    step: Step,
    previous: CustomerClusters | None = None,
) -> Result:
    """KMeans on log-scaled numbers; k by stability, or as chosen."""
    names = slots["variables"]
    result = Result("clusters", data.rows)
    k = options.get("k", "auto")
    model = CustomerClusters(k="auto" if k == "auto" else int(k), progress=step)
    frame = data.frame(names)
    try:
        model.fit(frame, previous=previous)
    except ClusterError as error:
        known = int(data.complete(names).sum())
        result.hush(f"clusters_{error.code}", customers=known, needed=model.min_customers)
        return result
    labels = model.predict(frame)
    result.model = model.to_dict()
    result.figures = [
        ("customers", int((labels > 0).sum()), "number"),
        ("clusters", model.k_, "number"),
        ("stability", model.stability_, "decimal"),
        ("rule_accuracy", model.surrogate_.accuracy, "percent"),
    ]
    for guard in model.guards_:
        result.warn(f"clusters_{guard.code}", **guard.values)
    _cluster_tables(result, model, labels)
    _cluster_words(result, model, labels, asked=k)
    names_of = {number: _name(model, place) for place, number in enumerate(model.labels_in_use_)}
    result.outputs = [Output("cluster", "label", labels, {"code": "o_cluster"}, names_of)]
    return result


def _name(model: CustomerClusters, place: int) -> Cell:
    return {"cluster": [model.labels_in_use_[place], plain(model.name_codes_[place])]}


def _cluster_tables(result: Result, model: CustomerClusters, labels: Any) -> None:
    sizes = [int((labels == number).sum()) for number in model.labels_in_use_]
    total = max(1, sum(sizes))
    named = [_name(model, place) for place in range(model.k_)]
    heads = [
        Column({"code": "o_cluster"}),
        Column({"code": "customers"}, "number"),
        Column({"code": "t_share"}, "percent"),
    ]
    heads += [
        Column({"code": "t_median_of", "values": {"variable": var(name)}}, "unit") for name in model.columns_
    ]
    rows = [
        [
            named[i],
            sizes[i],
            sizes[i] / total,
            *(of(n, float(v)) for n, v in zip(model.columns_, model.medians_[i], strict=True)),
        ]
        for i in range(model.k_)
    ]
    result.tables.append(Table("clusters", heads, rows))
    result.tables.append(_rules(model))
    result.tables.append(_stability(model))
    result.charts.append(
        Chart("cluster_sizes", "donut", named, [({"code": "customers"}, sizes)], "customers")
    )
    series = [(var(n), [float(v) for v in model.centers_[:, i]]) for i, n in enumerate(model.columns_)]
    result.charts.append(Chart("cluster_profiles", "bars", named, series, "number"))


def _rules(model: CustomerClusters) -> Table:
    place = {number: i for i, number in enumerate(model.labels_in_use_)}
    heads = [
        Column({"code": "o_cluster"}),
        Column({"code": "t_rule"}),
        Column({"code": "t_purity"}, "percent"),
        Column({"code": "t_cover"}, "percent"),
    ]
    rows = [
        [_name(model, place[rule.cluster]), {"rule": plain(rule.conditions)}, rule.purity, rule.cover]
        for rule in model.surrogate_.rules
        if rule.cover >= 0.02
    ]
    return Table("rules", heads, rows)


def _stability(model: CustomerClusters) -> Table:
    heads = [
        Column({"code": "t_k"}, "number"),
        Column({"code": "t_stability"}, "decimal"),
        Column({"code": "t_stability_min"}, "decimal"),
        Column({"code": "t_min_share"}, "percent"),
        Column({"code": "t_verdict"}),
    ]
    rows = [
        [one.k, one.stability, one.stability_min, one.min_share, {"code": _verdict(model, one)}]
        for one in model.candidates_
    ]
    return Table("stability", heads, rows)


def _verdict(model: CustomerClusters, one: Any) -> str:
    if one.k == model.k_:
        return "v_taken"
    return "v_good" if one.accepted else "v_tiny" if one.min_share < 0.05 else "v_unstable"


def _cluster_words(result: Result, model: CustomerClusters, labels: Any, *, asked: str) -> None:
    code = "clusters_found" if asked == "auto" else "clusters_fixed"
    word = {"code": f"s_{model.stability_word_}"}
    result.say(code, k=model.k_, stability=model.stability_, word=word)
    for place, number in enumerate(model.labels_in_use_):
        own = [rule for rule in model.surrogate_.rules if rule.cluster == number]
        share = float((labels == number).sum() / max(1, (labels > 0).sum()))
        if own:
            result.say(
                "cluster_is", name=_name(model, place), share=share, rule={"rule": plain(own[0].conditions)}
            )
        else:
            result.say("cluster_without_rule", name=_name(model, place), share=share)
    result.warn("clusters_are_made")


def factor(data: Data, slots: Mapping[str, list[str]], options: Mapping[str, str], step: Step) -> Result:
    """Maximum-likelihood factors, varimax-rotated; how many by parallel analysis, or as chosen."""
    names = slots["variables"]
    result = Result("factor", data.rows)
    count = options.get("factors", "auto")
    frame = data.frame(names)
    step(0, 2)
    try:
        model = FactorModel(factors="auto" if count == "auto" else int(count)).fit(frame)
    except FactorError as error:
        result.hush(f"factors_{error.guard.code}", **error.guard.values)
        return result
    step(1, 2)
    scores = model.transform(frame)
    result.model = model.to_dict()
    result.figures = [
        ("rows_used", model.rows_, "number"),
        ("factors", model.loadings_.shape[1], "number"),
        ("kmo", model.kmo_, "decimal"),
        ("bartlett_p", model.bartlett_.p, "p"),
        ("explained", float(model.explained_.sum()), "percent"),
    ]
    for guard in model.guards_:
        result.warn(f"factors_{guard.code}", **guard.values)
    _factor_tables(result, model)
    _factor_words(result, model)
    result.outputs = [
        Output(f"factor_{i + 1}", "score", scores[:, i], _factor_title(model, i))
        for i in range(scores.shape[1])
    ]
    step(2, 2)
    return result


def _factor_title(model: FactorModel, place: int) -> Cell:
    names = [name for name, _loading in model.salient(place)][:2]
    return Saying("factor_name", {"number": place + 1, "variables": {"vars": names}}).to_dict()


def _factor_tables(result: Result, model: FactorModel) -> None:
    count = model.loadings_.shape[1]
    titles = [{"code": "factor_number", "values": {"number": i + 1}} for i in range(count)]
    order = np.lexsort((-np.abs(model.loadings_).max(axis=1), np.abs(model.loadings_).argmax(axis=1)))
    heads = [Column({"code": "t_variable"}), *(Column(title, "loading") for title in titles)]
    heads += [Column({"code": "t_communality"}, "decimal"), Column({"code": "t_kmo"}, "decimal")]
    common = (model.loadings_**2).sum(axis=1)
    rows = [
        [var(model.columns_[i]), *map(float, model.loadings_[i]), float(common[i]), float(model.kmo_each_[i])]
        for i in order
    ]
    result.tables.append(Table("loadings", heads, rows))
    heads = [
        Column({"code": "t_factor"}),
        Column({"code": "t_ss"}, "decimal"),
        Column({"code": "t_share"}, "percent"),
    ]
    body = [
        [_factor_title(model, i), float(model.ss_loadings_[i]), float(model.explained_[i])]
        for i in range(count)
    ]
    result.tables.append(Table("explained", heads, body))
    series = [({"code": "eigenvalue"}, [float(v) for v in model.eigenvalues_])]
    labels = list(range(1, len(model.eigenvalues_) + 1))
    result.charts.append(Chart("eigenvalues", "line", labels, series, "number"))
    names = [var(model.columns_[i]) for i in order]
    loads = [(title, [float(model.loadings_[i, j]) for i in order]) for j, title in enumerate(titles)]
    result.charts.append(Chart("loadings", "heat", names, loads, "number"))


def _factor_words(result: Result, model: FactorModel) -> None:
    count, share = model.loadings_.shape[1], float(model.explained_.sum())
    result.say("factors_found", variables=len(model.columns_), factors=count, share=share, kmo=model.kmo_)
    for place in range(count):
        names = [name for name, _loading in model.salient(place)][:5]
        result.say(
            "factor_is", number=place + 1, variables={"vars": names}, share=float(model.explained_[place])
        )
    result.warn("factors_are_read")
