"""Pareto/NBD's integrals on a grid of days or weeks are those of the single histories."""

import mpmath
import numpy as np
import pytest

from zhike.analytics.clv import ParetoNBD
from zhike.analytics.clv.death_integral import death_integral
from zhike.analytics.clv.death_table import DeathTable
from zhike.analytics.clv.groups import group

pytestmark = pytest.mark.filterwarnings("error")


def _histories(seed=1, size=4000, length=104, scale=1.0):
    random = np.random.default_rng(seed)
    T = random.integers(0, length, size)
    x = np.minimum(random.poisson(random.gamma(0.4, 12, size)), T)
    t_x = np.where(x > 0, np.maximum(x, (T * random.random(size)).astype(int)), 0)
    groups = group([x, t_x, T])
    return type(groups)(
        (groups.columns[0], *(times / scale for times in groups.columns[1:])),
        groups.weight, groups.values, groups.place,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("r", "alpha", "s", "beta"),
    [(0.55, 10.6, 0.6, 11.7), (0.3, 0.02, 2.5, 400.0), (12.0, 90.0, 0.05, 0.001), (5.0, 0.5, 1e-7, 1e5)],
)
def test_the_table_gives_the_integrals_of_the_single_histories(r, alpha, s, beta):
    groups = _histories()
    table = DeathTable.of(groups, 1.0)
    assert table is not None
    found = table.integrals(r, alpha, s, beta)
    x, t_x, T = groups.columns
    single = death_integral(r + x, alpha, s, beta, t_x, T, derivatives=True)
    seen = t_x < T
    assert found.log[seen] == pytest.approx(single.log[seen], abs=1e-9)
    assert np.all(np.isneginf(found.log[~seen]))
    assert np.allclose(found.gradient[:, seen], single.gradient[:, seen], rtol=1e-8, atol=1e-9)
    assert np.allclose(found.hessian[:, :, seen], single.hessian[:, :, seen], rtol=1e-6, atol=1e-8)


def test_the_table_equals_thirty_digit_arithmetic():
    groups = _histories(size=300, length=40)
    table = DeathTable.of(groups, 1.0) or DeathTable(
        groups, *(times.astype(np.int64) for times in groups.columns[1:]), 1.0
    )
    r, alpha, s, beta = 0.55, 10.58, 0.61, 11.67
    log = table.integrals(r, alpha, s, beta).log
    for row in np.flatnonzero(groups.columns[2] > groups.columns[1])[::25]:
        x, start, end = (column[row] for column in groups.columns)
        with mpmath.workdps(30):
            exact = mpmath.quad(
                lambda y, n=r + x: (alpha + y) ** -mpmath.mpf(n) * (beta + y) ** (-mpmath.mpf(s) - 1),
                [start, (start + end) / 2, end],
            )
        assert log[row] == pytest.approx(float(mpmath.log(exact)), abs=1e-11)


def test_times_off_the_grid_and_few_histories_do_without_a_table():
    assert DeathTable.of(_histories(scale=0.9), 1.0) is None
    assert DeathTable.of(_histories(size=50), 1.0) is None
    assert DeathTable.of(_histories(scale=7.3), 1 / 7.3) is not None


def test_the_fit_is_the_same_with_and_without_the_table(monkeypatch):
    truth = ParetoNBD.from_params(r=0.6, alpha=9, s=0.7, beta=14)
    x, last = truth.sample(100.0, 5000, np.random.default_rng(2))
    t_x = np.where(x > 0, np.maximum(np.ceil(last), 1), 0).astype(int)
    rows = {"x": x.astype(int), "t_x": t_x, "T": np.full(len(x), 100)}
    fitted = ParetoNBD().fit(rows)
    monkeypatch.setattr(DeathTable, "of", classmethod(lambda *_: None))
    single = ParetoNBD().fit(rows)
    assert fitted.loglik_ == pytest.approx(single.loglik_, abs=1e-8)
    assert fitted.params_ == pytest.approx(single.params_, rel=1e-6)
    assert fitted.se_ == pytest.approx(single.se_, rel=1e-5)
