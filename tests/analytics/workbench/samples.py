"""A table of customers with known connections, and a reader of results."""

from __future__ import annotations

import numpy as np

from zhike.analytics.workbench import Data, Variable
from zhike.analytics.workbench.reading import Reader


def customers(rows=800, seed=5, **more):
    rng = np.random.default_rng(seed)
    recency = rng.exponential(60, rows).round()
    frequency = 1.0 + rng.poisson(np.exp(rng.normal(0.5, 1, rows)))
    revenue = frequency * np.exp(rng.normal(5, 0.8, rows))
    industry = rng.choice(["A", "B", "C"], rows, p=[0.6, 0.3, 0.1]).astype(object)
    likely = 1 / (1 + np.exp(-(recency - 60) / 30 - 1.5 * (industry == "C")))
    lost = np.where(rng.random(rows) < likely, "yes", "no").astype(object)
    columns = {
        "recency_days": recency,
        "frequency": frequency,
        "net_revenue": revenue,
        "double": 2 * revenue,
        "luck": rng.standard_normal(rows),
        "industry": industry,
        "lost": lost,
        **more,
    }
    units = {"recency_days": "days", "frequency": "orders", "net_revenue": "money", "double": "money"}
    variables = [
        Variable(name, "category" if np.asarray(values).dtype == object else "number", units.get(name, ""))
        for name, values in columns.items()
    ]
    return Data(variables, columns)


def texts(result, language="en"):
    """Every sentence of a result, which also proves that each code has its words."""
    reader = Reader(language)
    for table in result.tables:
        assert reader.title(f"table_{table.code}")
        for row in table.rows:
            assert len(row) == len(table.columns)
            assert all(
                reader.cell(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)
            )
        assert all(reader.cell(column.title) for column in table.columns)
    for chart in result.charts:
        assert reader.title(f"chart_{chart.code}", **chart.values)
        assert all(reader.cell(label) for label in chart.labels)
    assert all(reader.title(code) for code, _value, _kind in result.figures)
    return [reader.say(saying) for saying in (*result.conclusions, *result.caveats)]


def codes(sayings):
    return [saying.code for saying in sayings]


def figure(result, code):
    return next(value for name, value, _kind in result.figures if name == code)


def table(result, code):
    return next(one for one in result.tables if one.code == code)
