"""One text for every engine, and nothing in it that is not proven."""

from __future__ import annotations

import pytest

from analytics.samples import features_of, small_company
from zhike.analytics import calibrate
from zhike.analytics.engine import UnsupportedSqlError, render
from zhike.analytics.engine.dialect import DIALECTS
from zhike.analytics.evaluation import evaluation_sql
from zhike.analytics.features.build import feature_sql
from zhike.analytics.features.facts import FACTS_SQL


@pytest.mark.parametrize("text", [
    "SELECT PERCENTILE_CONT(x, 0.9) FROM t",
    "SELECT COUNTT(x) FROM t",
    "SELECT MEDIAN(x) FROM t",
    "SELECT READ_PARQUET('/etc/passwd')",
    "SELECT * FROM READ_CSV('/etc/passwd')",
    "SELECT CURRENT_DATE",
    "SELECT RAND()",
    "SELECT a FROM t WHERE b IN (SELECT GETENV('HOME'))",
])  # fmt: skip
def test_functions_off_the_list_are_refused(text: str) -> None:
    with pytest.raises(UnsupportedSqlError):
        render(text)


@pytest.mark.parametrize("text", ["DROP TABLE t", "COPY t TO 'x'", "INSERT INTO t SELECT 1", "SET x = 1"])
def test_only_selects_are_rendered(text: str) -> None:
    with pytest.raises(UnsupportedSqlError):
        render(text)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_texts_of_the_core_render_for_every_engine(dialect: str) -> None:
    for text in (feature_sql("facts", 20_000), feature_sql("facts", 20_000, "customers", ("region",)),
                 FACTS_SQL.format(orders="orders")):  # fmt: skip
        assert "SELECT" in render(text, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_evaluation_renders_for_every_engine(dialect: str) -> None:
    with features_of(small_company(30)) as session:
        calibration = calibrate(session, "features")
        columns = tuple(c for c in session.columns("features") if c not in {"customer_id", "as_of"})
    assert "SELECT" in render(evaluation_sql(calibration, "features", columns, 20_000, "states"), dialect)


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(UnsupportedSqlError):
        render("SELECT 1", "oracle")


def test_a_number_with_exponent_stays_one() -> None:
    assert "1.00000000000000006e-01" in render("SELECT 1.00000000000000006e-01 * x AS y FROM t").lower()
