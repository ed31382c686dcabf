"""Linear and logistic regression (statsmodels): what goes with a number, or with a yes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zhike.analytics.workbench import design, inference, tree
from zhike.analytics.workbench.data import Data, Floats
from zhike.analytics.workbench.design import Design
from zhike.analytics.workbench.result import Cell, Chart, Column, Result, Table, level, var

Step = Callable[[int, int], None]
#: From this VIF on, the weights of two variables cannot be told apart.
ENTANGLED = 10.0
#: Rows (linear) or cases of the rarer outcome (logistic) that one column of the model needs.
ROWS_PER_COLUMN = 10
SKEWED, TOLD = 2.0, 3


def linear(data: Data, slots: Mapping[str, list[str]], options: Mapping[str, str], step: Step) -> Result:
    """Least squares with HC3 standard errors (Long & Ervin 2000)."""
    import statsmodels.api as sm

    result, matrix, y, target, _rows = _prepared("linear", data, slots)
    if options.get("log") == "yes":
        y = np.sign(y) * np.log1p(np.abs(y))
        result.warn("log_target", target=var(target))
    if not inference.enough(result, len(y)) or _nothing_left(result, matrix, y):
        return result
    step(1, 3)
    fitted = sm.OLS(y, sm.add_constant(matrix.values, has_constant="add")).fit(cov_type="HC3")
    step(2, 3)
    result.figures += [
        ("r2", float(fitted.rsquared), "percent"),
        ("r2_adjusted", float(fitted.rsquared_adj), "percent"),
        ("f_p", float(fitted.f_pvalue), "p"),
        ("aic", float(fitted.aic), "decimal"),
        ("loglik", float(fitted.llf), "decimal"),
    ]
    _coefficients(result, matrix, fitted, float(y.std()), odds=False)
    _linear_words(result, matrix, fitted, y, target, options)
    step(3, 3)
    return result


def logistic(data: Data, slots: Mapping[str, list[str]], options: Mapping[str, str], step: Step) -> Result:
    """Maximum likelihood; odds ratios, pseudo-R² (McFadden) and the AUC on customers kept apart."""
    import statsmodels.api as sm

    result, matrix, y, target, rows = _prepared("logistic", data, slots, wanted=options.get("level", ""))
    outcome = result.model["outcome"]
    yes = int(y.sum())
    result.figures.append(("yes_share", yes / max(1, len(y)), "percent"))
    if not inference.enough(result, len(y), min(yes, len(y) - yes)) or _nothing_left(result, matrix, y):
        return result
    step(1, 3)
    fitted = _logit(sm, y, matrix.values)
    if fitted is None:
        result.hush("separated")
        return result
    step(2, 3)
    result.figures += [
        ("pseudo_r2", float(fitted.prsquared), "percent"),
        ("loglik", float(fitted.llf), "decimal"),
        ("aic", float(fitted.aic), "decimal"),
        ("f_p", float(fitted.llr_pvalue), "p"),
    ]
    _auc_apart(result, matrix, y, *inference.held_out(data, rows))
    _coefficients(result, matrix, fitted, 1.0, odds=True)
    tree.leaks(result, matrix, y)
    _logistic_words(result, matrix, fitted, target, outcome, yes / len(y))
    step(3, 3)
    return result


def _prepared(
    recipe: str, data: Data, slots: Mapping[str, list[str]], *, wanted: str = ""
) -> tuple[Result, Design, Floats, str, Any]:
    target = slots["target"][0]
    predictors = [name for name in slots["predictors"] if name != target]
    result = Result(recipe, data.rows)
    rows = inference.complete_rows(result, data, [target, *predictors])
    rows = inference.sampled(result, rows)
    y, outcome = tree.target_of(data, target, rows, wanted)
    matrix = design.columns(result, data, predictors, rows)
    if len(rows) > 2:
        matrix = design.independent(result, matrix)
    result.figures.append(("customers", len(rows), "number"))
    result.model = {"kind": recipe, "target": target, "outcome": outcome, "rows": len(rows)}
    return result, matrix, y, target, rows


def _nothing_left(result: Result, matrix: Design, y: Floats) -> bool:
    if not matrix.names or np.ptp(y) == 0:
        result.hush("nothing_varies")
        return True
    minority = min(y.sum(), len(y) - y.sum()) if result.recipe == "logistic" else len(y)
    if minority < ROWS_PER_COLUMN * len(matrix.names):
        result.warn("few_rows_per_column", columns=len(matrix.names))
    return False


def _logit(sm: Any, y: Floats, values: Floats) -> Any | None:
    """The fit, or None where a variable separates the outcomes and no finite weights exist."""
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    center, spread = values.mean(axis=0), values.std(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Newton on standardised columns finds its way at any unit; the fit itself is on the raw ones.
            scaled = sm.Logit(y, sm.add_constant((values - center) / spread, has_constant="add"))
            first = scaled.fit(disp=0, maxiter=100)
            if not first.mle_retvals["converged"] or np.abs(first.params).max() > 15:
                return None
            slope = first.params[1:] / spread
            start = np.concatenate([[first.params[0] - slope @ center], slope])
            return sm.Logit(y, sm.add_constant(values, has_constant="add")).fit(start, disp=0, maxiter=50)
        except (PerfectSeparationError, np.linalg.LinAlgError):
            return None


def _auc_apart(result: Result, matrix: Design, y: Floats, apart: Any, dated: bool) -> None:
    """The AUC on rows that a second fit has not seen."""
    import statsmodels.api as sm

    varying = np.ptp(matrix.values[~apart], axis=0) > 0
    if not 0 < y[~apart].sum() < (~apart).sum() or not varying.any():
        return
    fitted = _logit(sm, y[~apart], matrix.values[~apart][:, varying])
    if fitted is not None:
        score = matrix.values[apart][:, varying] @ fitted.params[1:]
        result.figures.append(("auc", inference.auc(y[apart] > 0, score), "decimal"))
        inference.say_tested(result, int(apart.sum()), dated=dated)


def _coefficients(result: Result, matrix: Design, fitted: Any, spread: float, *, odds: bool) -> None:
    """One row per column: weight, error, test, interval, weight of one standard deviation, VIF."""
    inflation = design.variance_inflation(matrix.values)
    interval = np.asarray(fitted.conf_int())
    step = np.asarray(fitted.params)[1:] * matrix.values.std(axis=0) / (spread or 1.0)
    kinds = [("t_weight", "small"), ("t_error", "small"), ("t_z", "decimal"), ("t_p", "p")]
    kinds += [("t_low", "small"), ("t_high", "small"), ("t_one_spread", "decimal"), ("t_vif", "decimal")]
    kinds += [("t_odds", "decimal")] if odds else []
    heads = [Column({"code": "t_variable"}), *(Column({"code": code}, kind) for code, kind in kinds)]
    cells: list[Cell] = [{"code": "t_constant"}, *(_cell(matrix, i) for i in range(len(matrix.names)))]
    rows = []
    for place, cell in enumerate(cells):
        weight = float(fitted.params[place])
        own = [None, None] if not place else [float(step[place - 1]), float(inflation[place - 1])]
        line = [
            cell,
            weight,
            float(fitted.bse[place]),
            float(fitted.tvalues[place]),
            float(fitted.pvalues[place]),
        ]
        line += [float(interval[place, 0]), float(interval[place, 1]), *own]
        rows.append([*line, float(np.exp(min(weight, 50)))] if odds else line)
    result.tables.append(Table("coefficients", heads, rows))
    order = np.argsort(-np.abs(step), kind="stable")[:12]
    labels = [_cell(matrix, int(i)) for i in order]
    series = [({"code": "t_one_spread"}, [float(step[i]) for i in order])]
    result.charts.append(Chart("weights", "bars", labels, series, "number"))
    if (inflation > ENTANGLED).any():
        names = sorted({matrix.origins[i] for i in np.flatnonzero(inflation > ENTANGLED)})
        result.warn("entangled", columns={"vars": names})


def _cell(matrix: Design, place: int) -> Cell:
    """A number by its name; a level with its variable before it."""
    cell = matrix.cells[place]
    return (
        cell
        if "var" in cell
        else {"code": "t_level_of", "values": {"variable": var(matrix.origins[place]), "level": cell}}
    )


def _leading(result: Result, matrix: Design, fitted: Any) -> list[tuple[Cell, str, float, float]]:
    """The columns with the most weight among those that chance does not explain.

    Each with "with" (a number) or "in" (a level), the weight of one standard deviation or
    of the level, and p.
    """
    p = np.asarray(fitted.pvalues)[1:]
    if len(p) > inference.MANY_TESTS:
        p = inference.fdr(p)
        result.warn("fdr", tests=len(p))
    weights = np.asarray(fitted.params)[1:]
    step = weights * matrix.values.std(axis=0)
    order = [i for i in np.argsort(-np.abs(step), kind="stable") if p[i] < inference.SIGNIFICANT]
    found: list[tuple[Cell, str, float, float]] = []
    for i in order[:TOLD]:
        is_number = "var" in matrix.cells[i]
        weight = step[i] if is_number else weights[i]
        found.append((_cell(matrix, int(i)), "with" if is_number else "in", float(weight), float(p[i])))
    return found


def _linear_words(
    result: Result, matrix: Design, fitted: Any, y: Floats, target: str, options: Mapping[str, str]
) -> None:
    result.say("linear_explains", target=var(target), share=float(fitted.rsquared))
    found = _leading(result, matrix, fitted)
    for cell, how, weight, p in found:
        code = f"goes_up_{how}" if weight > 0 else f"goes_down_{how}"
        result.say(code, target=var(target), variable=cell, p=p)
    if not found:
        result.say("nothing_leads", target=var(target))
    spread = float(y.std())
    skew = float(((y - y.mean()) ** 3).mean() / spread**3) if spread else 0.0
    if abs(skew) > SKEWED and options.get("log") != "yes":
        result.warn("skewed_target", target=var(target))
    result.warn("not_a_cause")


def _logistic_words(
    result: Result, matrix: Design, fitted: Any, target: str, outcome: str, share: float
) -> None:
    result.say("logistic_base", outcome=level(target, outcome), target=var(target), share=share)
    found = _leading(result, matrix, fitted)
    for cell, how, weight, p in found:
        code = f"more_likely_{how}" if weight > 0 else f"less_likely_{how}"
        odds = float(np.exp(np.clip(weight, -50, 50)))
        result.say(code, outcome=level(target, outcome), variable=cell, odds=odds, p=p)
    if not found:
        result.say("nothing_leads", target=var(target))
    result.warn("not_a_cause")
