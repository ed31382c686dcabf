"""Factors: the published Big Five, one canonical form, and silence where there is nothing to find."""

from __future__ import annotations

import numpy as np
import pytest

from zhike.analytics.factors import GUARD_WORDS, FactorError, FactorModel, bartlett, kmo


def two_factors(rows=400, seed=3):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, rows))
    noise = rng.standard_normal((6, rows)) * 0.5
    columns = [a, a, -a, b, b, b]
    return {f"v{i}": column + noise[i] for i, column in enumerate(columns)}


@pytest.fixture(scope="module")
def bfi(data_dir):
    import pandas as pd

    frame = pd.read_csv(data_dir / "bfi/bfi.csv.gz").iloc[:, 1:26].dropna()
    return frame, FactorModel(factors=5).fit(frame)


def test_the_big_five_have_their_published_loadings(bfi):
    frame, model = bfi
    assert len(frame) == 2436
    assert model.ss_loadings_ == pytest.approx([2.638, 2.190, 2.133, 2.009, 1.605], abs=0.01)
    assert model.explained_.sum() == pytest.approx(0.423, abs=0.001)
    named = {"N1": 0.844, "N2": 0.807, "A3": 0.692, "A2": 0.624, "C2": 0.623, "O3": 0.632}
    for name, wanted in named.items():
        own = model.loadings_[model.columns_.index(name)]
        assert own[np.argmax(np.abs(own))] == pytest.approx(wanted, abs=0.01)


def test_the_big_five_suit_a_factor_analysis(bfi):
    _frame, model = bfi
    assert model.kmo_ == pytest.approx(0.8486, abs=0.0001)
    assert model.bartlett_.chi2 == pytest.approx(18_146.07, abs=0.01)
    assert model.bartlett_.df == 300
    wanted = [5.1343, 2.7519, 2.1427, 1.8523, 1.5482, 1.0736, 0.840]
    assert model.eigenvalues_[:7] == pytest.approx(wanted, abs=0.001)
    assert model.guards_ == []


def test_parallel_analysis_finds_five(bfi):
    frame, _model = bfi
    assert FactorModel().fit(frame).loadings_.shape[1] == 5


def test_statsmodels_agrees_on_the_big_five(bfi):
    from statsmodels.multivariate.factor import Factor

    frame, model = bfi
    fitted = Factor(frame.to_numpy(float), n_factor=5, method="ml").fit()
    common = 1 - np.asarray(fitted.uniqueness)
    assert (model.loadings_**2).sum(axis=1) == pytest.approx(common, abs=0.005)


def test_scores_are_those_of_scikit_learn_up_to_the_canonical_form(bfi):
    from sklearn.decomposition import FactorAnalysis

    frame, model = bfi
    scaled = ((frame - frame.mean()) / frame.std(ddof=0)).to_numpy()
    fitted = FactorAnalysis(5, rotation="varimax", svd_method="lapack", tol=1e-6, max_iter=5000).fit(scaled)
    mine, theirs = model.transform(frame), fitted.transform(scaled)
    agreement = np.abs(np.corrcoef(mine.T, theirs.T)[:5, 5:])
    assert agreement.max(axis=1) == pytest.approx(np.ones(5), abs=1e-6)


def test_the_canonical_form_does_not_depend_on_the_order_or_sign_of_columns():
    frame = two_factors()
    model = FactorModel(factors=2).fit(frame)
    turned = FactorModel(factors=2).fit({name: frame[name] for name in reversed(frame)})
    again = turned.loadings_[[turned.columns_.index(name) for name in model.columns_]]
    assert again == pytest.approx(model.loadings_, abs=1e-3)
    assert (model.loadings_.sum(axis=0) > 0).all()


def test_the_model_comes_back_from_json_without_pickle():
    frame = two_factors()
    model = FactorModel().fit(frame)
    again = FactorModel.from_json(model.to_json())
    assert again.transform(frame) == pytest.approx(model.transform(frame), abs=0)
    assert again.to_json() == model.to_json()


def test_two_causes_are_found():
    model = FactorModel().fit(two_factors())
    assert model.loadings_.shape == (6, 2)
    assert {name for name, _loading in model.salient(0)} in ({"v0", "v1", "v2"}, {"v3", "v4", "v5"})


def test_a_row_with_an_unknown_value_has_no_score():
    frame = two_factors()
    frame["v0"][0] = np.nan
    model = FactorModel().fit(frame)
    assert np.isnan(model.transform(frame)[0]).all()
    assert [guard.code for guard in model.guards_] == ["left_out"]


def test_few_rows_or_variables_give_no_factors():
    small = {name: values[:99] for name, values in two_factors().items()}
    with pytest.raises(FactorError) as error:
        FactorModel().fit(small)
    assert error.value.guard.text(GUARD_WORDS, "zh")
    with pytest.raises(FactorError):
        FactorModel().fit({name: two_factors()[name] for name in ("v0", "v1")})


def test_noise_is_called_noise():
    rng = np.random.default_rng(2)
    model = FactorModel().fit({f"v{i}": rng.standard_normal(500) for i in range(6)})
    assert {"low_kmo", "uncorrelated"} <= {guard.code for guard in model.guards_}


def test_a_sum_of_other_variables_is_named():
    frame = two_factors()
    model = FactorModel(factors=2).fit({**frame, "sum": frame["v0"] + frame["v1"]})
    assert "redundant" in {guard.code for guard in model.guards_}


def test_kmo_and_bartlett_of_a_matrix_computed_by_hand():
    correlations = np.array([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]])
    # Partial correlations are 1/3 each: .25 / (.25 + 1/9).
    assert kmo(correlations)[0] == pytest.approx(0.25 / (0.25 + 1 / 9))
    found = bartlett(correlations, 100)
    assert found.chi2 == pytest.approx(-(99 - 11 / 6) * np.log(0.5))
    assert found.df == 3
