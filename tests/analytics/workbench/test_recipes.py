"""Recipes against independent implementations, and what they say when there is little to say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analytics.workbench.samples import codes, customers, figure, table, texts
from zhike.analytics.workbench import RECIPES, SENTENCES, Choice, ChoiceError, Data, Result, Variable, run
from zhike.analytics.workbench.data import OTHER
from zhike.analytics.workbench.inference import fdr


@pytest.fixture(scope="module")
def data():
    return customers()


CASES = {
    "describe": {"variables": ["recency_days", "net_revenue", "industry"], "group": ["industry"]},
    "crosstab": {"rows": ["industry"], "columns": ["lost"], "value": ["net_revenue"]},
    "correlation": {"variables": ["recency_days", "frequency", "net_revenue", "luck"]},
    "clusters": {"variables": ["recency_days", "frequency", "net_revenue"]},
    "factor": {"variables": ["recency_days", "frequency", "net_revenue", "luck"]},
    "tree": {"target": ["lost"], "predictors": ["recency_days", "frequency", "industry"]},
    "linear": {"target": ["net_revenue"], "predictors": ["recency_days", "frequency", "industry"]},
    "logistic": {"target": ["lost"], "predictors": ["recency_days", "frequency", "industry"]},
}


@pytest.mark.parametrize("recipe", CASES)
def test_a_result_is_plain_json_and_reads_in_both_languages(data, recipe):
    options = {"k": "4"} if recipe == "clusters" else {}
    result = run(recipe, data, Choice(CASES[recipe], options))
    again = Result.from_dict(json.loads(result.to_json()))
    assert again.to_json() == result.to_json()
    for language in ("zh", "en"):
        sentences = texts(again, language)
        assert sentences
        assert not [text for text in sentences if "{" in text]
    assert result.conclusions
    assert result.caveats


@pytest.mark.parametrize("recipe", CASES)
def test_small_samples_are_described_and_nothing_is_concluded(recipe):
    small = customers(90)
    result = run(recipe, small, Choice(CASES[recipe]))
    assert result.silent
    assert result.tables
    assert not [one for one in result.conclusions if one.code not in ("typical", "most_frequent")]
    assert texts(result, "zh")


def test_every_sentence_has_the_same_places_in_both_languages():
    import string

    def places(text):
        return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}

    different = [code for code, words in SENTENCES.items() if places(words.en) != places(words.zh)]
    # A Chinese name of a factor needs no more than its number either way; nothing else may differ.
    assert different == []


def test_chi2_is_that_of_scipy(data):
    from scipy.stats import chi2_contingency
    from scipy.stats.contingency import association

    result = run("crosstab", data, Choice(CASES["crosstab"]))
    counts = np.array([row[1:-1] for row in table(result, "counts").rows[:-1]])
    assert counts.sum() == data.rows
    wanted = chi2_contingency(counts, correction=False)
    assert figure(result, "chi2") == pytest.approx(wanted.statistic)
    assert figure(result, "p") == pytest.approx(wanted.pvalue)
    assert figure(result, "df") == wanted.dof
    assert figure(result, "cramers_v") == pytest.approx(association(counts, method="cramer"))


@pytest.mark.parametrize(
    ("aggregate", "code"),
    [("mean", "means"), ("sum", "sums"), ("median", "cell_medians"), ("count", "known")],
)
def test_a_pivot_is_that_of_pandas(data, aggregate, code):
    import pandas as pd

    chosen = {} if aggregate == "mean" else {"aggregate": aggregate}
    result = run("crosstab", data, Choice(CASES["crosstab"], chosen))
    frame = pd.DataFrame(data.columns)
    wanted = frame.pivot_table(values="net_revenue", index="industry", columns="lost", aggfunc=aggregate)
    heads = [column.title["level"][1] for column in table(result, code).columns[1:]]
    for row in table(result, code).rows:
        cells = (cell["x"] if isinstance(cell, dict) else cell for cell in row[1:])
        assert dict(zip(heads, cells, strict=True)) == pytest.approx(dict(wanted.loc[row[0]["level"][1]]))


def test_expected_counts_below_five_are_a_caveat():
    rare = np.array(["x"] * 197 + ["y"] * 4 + ["z"] * 4, object)
    other = np.array((["p", "q"] * 103)[:205], object)
    data = Data([Variable("a", "category"), Variable("b", "category")], {"a": rare, "b": other})
    result = run("crosstab", data, Choice({"rows": ["a"], "columns": ["b"]}))
    assert "sparse_cells" in codes(result.caveats)


def test_a_number_is_cut_into_quarters_by_value(data):
    result = run("crosstab", data, Choice({"rows": ["frequency"], "columns": ["lost"]}))
    found = table(result, "counts")
    assert 2 <= len(found.rows) - 1 <= 4
    assert found.rows[-1][-1] == data.rows


def test_correlations_are_those_of_scipy(data):
    from scipy.stats import pearsonr, spearmanr

    for method, oracle in (("spearman", spearmanr), ("pearson", pearsonr)):
        result = run("correlation", data, Choice(CASES["correlation"], {"method": method}))
        for first, second, r, p in table(result, "pairs").rows:
            wanted = oracle(data.number(first["var"]), data.number(second["var"]))
            assert r == pytest.approx(wanted.statistic)
            assert p == pytest.approx(wanted.pvalue, abs=1e-9)


def test_more_than_twenty_tests_are_adjusted():
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(2)
    noise = {f"n{i}": rng.standard_normal(300) for i in range(9)}
    result = run("correlation", customers(300, **noise), Choice({"variables": list(noise)}))
    assert "fdr" in codes(result.caveats)
    assert "no_correlation" in codes(result.conclusions)
    p = rng.random(30) ** 2
    assert fdr(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_linear_regression_is_that_of_statsmodels(data):
    import pandas as pd
    import statsmodels.formula.api as smf
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    result = run("linear", data, Choice(CASES["linear"]))
    frame = pd.DataFrame(data.columns)
    base = frame.industry.mode()[0]
    wanted = smf.ols(f"net_revenue ~ recency_days + frequency + C(industry, Treatment('{base}'))", frame).fit(
        cov_type="HC3"
    )
    rows = {str(row[0]): row for row in table(result, "coefficients").rows}
    own = rows[str({"var": "frequency"})]
    assert own[1] == pytest.approx(wanted.params["frequency"])
    assert own[2] == pytest.approx(wanted.bse["frequency"])
    assert figure(result, "r2") == pytest.approx(wanted.rsquared)
    design = wanted.model.exog
    place = wanted.model.exog_names.index("frequency")
    assert own[8] == pytest.approx(variance_inflation_factor(design, place))


def test_a_column_that_follows_from_another_is_left_out_and_named(data):
    choice = Choice({"target": ["recency_days"], "predictors": ["net_revenue", "double", "frequency"]})
    result = run("linear", data, choice)
    assert "redundant" in codes(result.caveats)
    assert len(table(result, "coefficients").rows) == 3


def test_entangled_variables_are_named(data):
    near = data.number("net_revenue") * (1 + 0.01 * np.random.default_rng(0).standard_normal(data.rows))
    choice = Choice({"target": ["recency_days"], "predictors": ["net_revenue", "near"]})
    assert "entangled" in codes(run("linear", customers(near=near), choice).caveats)


def test_a_variable_that_gives_the_answer_away_is_refused_or_named(data):
    later = np.where(data.columns["lost"] == "yes", 1.0, 0.0)
    choice = Choice({"target": ["lost"], "predictors": ["recency_days", "later"]})
    assert run("logistic", customers(later=later), choice).silent == "separated"
    noisy = later + np.random.default_rng(0).normal(0, 0.35, len(later))
    assert "leak" in codes(run("logistic", customers(later=noisy), choice).caveats)
    assert "leak" in codes(run("tree", customers(later=later), choice).caveats)


def test_a_small_minority_is_described_only():
    lost = np.array(["no"] * 780 + ["yes"] * 20, object)
    for recipe in ("logistic", "tree"):
        result = run(recipe, customers(lost=lost), Choice(CASES[recipe]))
        assert result.silent == "small_minority"


def test_the_tree_finds_the_planted_rule():
    rng = np.random.default_rng(1)
    recency, orders = rng.integers(0, 200, 1000).astype(float), rng.integers(1, 20, 1000).astype(float)
    lost = np.where((recency > 90) & (orders <= 5), "yes", "no").astype(object)
    data = Data(
        [Variable("recency"), Variable("orders"), Variable("lost", "category")],
        {"recency": recency, "orders": orders, "lost": lost},
    )
    result = run("tree", data, Choice({"target": ["lost"], "predictors": ["recency", "orders"]}))
    best = table(result, "leaves").rows[0]
    assert best[0]["rule"] == [["recency", 90.0, None], ["orders", None, 5.0]]
    assert best[2] == 1.0
    assert figure(result, "auc") > 0.99


def test_with_dates_the_newest_customers_are_kept_apart(data):
    dated = Data(list(data.variables.values()), data.columns, order=np.arange(data.rows))
    result = run("tree", dated, Choice(CASES["tree"]))
    assert "tested_newest" in codes(result.caveats)
    assert "tested_apart" in codes(run("tree", data, Choice(CASES["tree"])).caveats)


def test_groups_that_differ_are_named_with_their_effect():
    rng = np.random.default_rng(4)
    group = rng.choice(["low", "high"], 600).astype(object)
    value = rng.standard_normal(600) + 2.0 * (group == "high")
    data = Data([Variable("g", "category"), Variable("v")], {"g": group, "v": value})
    result = run("describe", data, Choice({"variables": ["v"], "group": ["g"]}))
    said = next(one for one in result.conclusions if one.code == "groups_differ")
    assert said.values["top"] == {"level": ["g", "high"]}
    from scipy.stats import kruskal

    assert said.values["p"] == pytest.approx(kruskal(value[group == "low"], value[group == "high"]).pvalue)


def test_rows_without_a_value_are_counted(data):
    recency = data.number("recency_days").copy()
    recency[:40] = np.nan
    result = run("linear", customers(recency_days=recency), Choice(CASES["linear"]))
    caveat = next(one for one in result.caveats if one.code == "rows_left_out")
    assert caveat.values["rows"] == 40


def test_rare_levels_are_put_together():
    names = np.array([f"level {i % 40}" for i in range(800)], object)
    data = customers(city=names)
    assert data.coded("city", most=12).levels[-1] == OTHER
    result = run("linear", data, Choice({"target": ["net_revenue"], "predictors": ["city"]}))
    assert "many_levels" in codes(result.caveats)


def test_clusters_and_factors_give_every_customer_a_column(data):
    result = run("clusters", data, Choice(CASES["clusters"], {"k": "3"}))
    (labels,) = result.outputs
    assert set(labels.values) == {1, 2, 3}
    assert set(labels.names) == {1, 2, 3}
    scores = run("factor", data, Choice(CASES["factor"], {"factors": "1"})).outputs[0]
    assert scores.kind == "score"
    assert len(scores.values) == data.rows


def test_work_can_be_stopped_between_steps(data):
    class Stopped(Exception):
        pass

    def stop(_done, _total):
        raise Stopped

    for recipe in CASES:
        with pytest.raises(Stopped):
            run(recipe, data, Choice(CASES[recipe]), stop)


@pytest.mark.parametrize(
    ("recipe", "slots", "code"),
    [
        ("nothing", {}, "unknown_recipe"),
        ("correlation", {"variables": ["luck"]}, "too_few"),
        ("correlation", {"variables": ["luck", "industry"]}, "wrong_kind"),
        ("correlation", {"variables": ["luck", "__class__"]}, "unknown_variable"),
        ("crosstab", {"rows": ["industry"], "columns": ["industry"]}, "same_variable"),
        ("crosstab", {"rows": ["industry", "lost"], "columns": ["lost"]}, "too_many"),
        ("describe", {"variables": ["luck"], "evil": ["luck"]}, "unknown_slot"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(data, recipe, slots, code):
    with pytest.raises(ChoiceError) as error:
        run(recipe, data, Choice(slots))
    assert error.value.code == code


def test_every_recipe_has_words_and_a_function():
    for recipe in RECIPES.values():
        assert recipe.name.zh
        assert recipe.purpose.zh
        assert callable(recipe.function)
