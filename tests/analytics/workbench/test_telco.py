"""The logistic regression of the Telco data, whose figures are known."""

from __future__ import annotations

import pytest

from analytics.workbench.samples import codes, figure, table
from zhike.analytics.workbench import Choice, Data, Variable, run


@pytest.fixture(scope="module")
def telco(data_dir):
    import pandas as pd

    frame = pd.read_csv(data_dir / "telco/telco_customer_churn.csv.gz")
    numbers, categories = (
        ("tenure", "MonthlyCharges"),
        ("Contract", "InternetService", "PaymentMethod", "Churn"),
    )
    variables = [Variable(name) for name in numbers] + [Variable(name, "category") for name in categories]
    return Data(variables, {name: frame[name].to_numpy() for name in (*numbers, *categories)})


def test_the_telco_logit_has_its_known_figures(telco):
    predictors = ["tenure", "MonthlyCharges", "Contract", "InternetService", "PaymentMethod"]
    result = run("logistic", telco, Choice({"target": ["Churn"], "predictors": predictors}))
    assert figure(result, "loglik") == pytest.approx(-3005.2087, abs=0.001)
    assert figure(result, "pseudo_r2") == pytest.approx(0.262539, abs=1e-6)
    weights = {str(row[0]): row for row in table(result, "coefficients").rows}
    assert weights[str({"var": "tenure"})][1] == pytest.approx(-0.0313, abs=0.0001)
    two_years = weights[str(_level("Contract", "Two year"))]
    assert two_years[1] == pytest.approx(-1.6128, abs=0.0001)


def _level(variable, value):
    return {
        "code": "t_level_of",
        "values": {"variable": {"var": variable}, "level": {"level": [variable, value]}},
    }


def test_no_honest_model_of_telco_is_better_than_it_can_be(telco):
    predictors = ["tenure", "MonthlyCharges", "Contract", "InternetService", "PaymentMethod"]
    result = run("logistic", telco, Choice({"target": ["Churn"], "predictors": predictors}))
    assert 0.80 < figure(result, "auc") < 0.90
    assert "leak" not in codes(result.caveats)
